"""All workers die at once, and inside every step of a booking one of them dies."""

import asyncio

from tests.chaos.halting import Moment, Plan, step_of
from tests.e2e.desk import card
from tests.e2e.hospital import Hospital
from tests.e2e.stack import ALL_WORKERS
from tests.waiting import until

MOMENTS: tuple[Moment, ...] = ("before", "after")
PIVOT = "capture:a1"
STANDS = 45.0
"""Seconds within which all stand still; on an idle machine it takes three."""


async def steps_of(hospital: Hospital, workflow_id: str) -> list[str]:
    """Read the steps that a process took in its history: a new one is not forgotten."""
    history = await hospital.temporal.get_workflow_handle(workflow_id).fetch_history()
    scheduled = [
        event.activity_task_scheduled_event_attributes
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    return [step_of(activity.activity_id) for activity in scheduled]


async def test_workers_killed_inside_every_step_leave_one_visit_and_one_capture_or_none(
    hospital: Hospital,
) -> None:
    plan = Plan(hospital.stack.halts)
    happy = (await hospital.desk.settled(hospital.wish(card()))).json()["id"]
    await hospital.outcome(happy)
    steps = await steps_of(hospital, f"book-{happy}")
    halts = {
        f"halted-{moment}-{step.replace(':', '.')}": (step, moment)
        for step in steps
        for moment in MOMENTS
    }
    assert len(halts) == len(steps) * len(MOMENTS) >= 26
    plan.write(halts)
    wishes = {name: hospital.wish(card(), correlation=name) for name in halts}
    # Whoever has the longest way goes first, so that all arrive together.
    begun = {
        name: await hospital.desk.book(wishes[name], "respond-async") for name in reversed(halts)
    }
    assert {answer.status_code for answer in begun.values()} == {202}

    async def running() -> set[str]:
        return set(halts) - plan.inside()

    await until(running, lambda missing: not missing, seconds=STANDS)
    await hospital.stack.hurt(*ALL_WORKERS)
    hospital.stack.is_halting = False
    await hospital.stack.heal(*ALL_WORKERS)

    ends = await asyncio.gather(
        *(end_of(hospital, begun[name].json()["workflow_id"]) for name in halts)
    )
    answers = await asyncio.gather(*(hospital.desk.settled(wish) for wish in wishes.values()))
    for name, answer, (outcome, captures) in zip(halts, answers, ends, strict=True):
        is_booked = outcome == "O-02"
        assert outcome in ({"O-02"} if is_decided(name, steps) else {"O-02", "O-08"}), name
        assert captures == int(is_booked), name
        assert answer.status_code == (201 if is_booked else 500), name
    await hospital.check_books()


def is_decided(name: str, steps: list[str]) -> bool:
    """Tell the steps from which on nobody may give up, however long it takes."""
    later = steps[steps.index(PIVOT) :]
    return any(name.endswith(f"-{step.replace(':', '.')}") for step in later)


async def end_of(hospital: Hospital, workflow_id: str) -> tuple[str, int]:
    """Name the end of a booking, and count how often its money was taken."""
    appointment_id = workflow_id.removeprefix("book-")
    outcome = await hospital.outcome(appointment_id, is_killed=True)
    accounts = await hospital.accounts_of(appointment_id)
    return outcome, sum([await hospital.gateway.captures(account.id) for account in accounts])
