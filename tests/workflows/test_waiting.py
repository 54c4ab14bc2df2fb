"""Processes that wait: a visit's own life; and the gateway's events, which wake others."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from activities.appointments.contract import AppointmentStatus
from activities.audit.contract import AuditOutcome
from activities.payments.contract import GatewayEvent
from activities.process import Process
from tests import wire
from tests.drive import Run, Start
from tests.examples import NOW, TOMORROW_NINE, a_slot
from tests.fakes.world import World
from tests.outcomes import result_of
from tests.stage import Stage
from tests.workflows.booking import origin_interceptor
from workflows.appointment_lifecycle import AppointmentLifecycleWorkflow, Lifecycle
from workflows.record_gateway_event import RecordGatewayEventWorkflow

A = UUID(int=1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AROUND = (origin_interceptor(),)


def an_event(process: str | None = "book-1") -> GatewayEvent:
    return GatewayEvent(
        event_id="evt_1",
        type="payment_intent.succeeded",
        object_reference="pi_1",
        payload={},
        occurred_at=1,
        process=process,
    )


def lifecycle(**change: object) -> Lifecycle:
    usual = Lifecycle(
        appointment_id=A,
        slot_start=TOMORROW_NINE,
        slot_end=TOMORROW_NINE + MINUTE * 30,
        reminder_minutes=(1440, 120),
        no_show_grace_minutes=15,
    )
    return usual.model_copy(update=change)


def booked(world: World) -> None:
    slot = a_slot()
    visit = slot.visit.model_copy(update={"appointment_id": A})
    process = Process(id="book-1")
    world.appointments.book_slot(process, slot.model_copy(update={"visit": visit}))


def reads(world: World) -> list[str]:
    return [step for _, step, _ in world.asked if step == "appointments.read_visit"]


def test_a_life_reads_the_truth_each_time_that_something_is_due() -> None:
    world = World()
    booked(world)

    stage = living(world)

    # A day before the visit, two hours before it, and when its grace is over.
    assert len(reads(world)) == 3
    assert stage.now >= TOMORROW_NINE + 45 * MINUTE
    end = result_of(stage.runs["appointment-1"])
    assert end == {"status": "DONE", "result": {"status": "BOOKED"}}


def living(world: World, *happens: tuple[timedelta, Callable[[Stage, Run], None]]) -> Stage:
    stage = Stage(world)
    life = Start(
        AppointmentLifecycleWorkflow,
        lifecycle(),
        "appointment-1",
        NOW,
        interceptors=AROUND,
    )
    run = stage.start(life)
    for after, happen in happens:
        stage.after(after, lambda happen=happen: happen(stage, run))  # type: ignore[misc]
    stage.play()
    run.replay()
    assert run.end
    return stage


def test_a_life_ends_when_the_visit_is_over_before_its_time() -> None:
    world = World()
    booked(world)

    def cancel(stage: Stage, run: Run) -> None:
        world.appointments.slots[A].history.append(AppointmentStatus.CANCELLED)
        stage.tell(run, "changed")

    stage = living(world, (HOUR, cancel))

    assert len(reads(world)) == 1
    assert stage.runs["appointment-1"].end
    assert world.audit.entries[0].outcome is AuditOutcome.DONE


def test_a_life_follows_a_visit_that_was_moved() -> None:
    world = World()
    booked(world)

    def move(stage: Stage, run: Run) -> None:
        slot = world.appointments.slots[A]
        slot.start, slot.end = slot.start + 2 * DAY, slot.end + 2 * DAY
        stage.tell(run, "changed")

    stage = living(world, (HOUR, move))

    # Told of it; then a day and two hours before the new time, and at the end of its grace.
    assert len(reads(world)) == 4
    assert stage.now >= TOMORROW_NINE + 2 * DAY + 45 * MINUTE


def test_a_life_that_nobody_may_stop_goes_on() -> None:
    world = World()
    booked(world)
    stage = living(world, (HOUR, lambda stage, run: stage.turn(run, wire.cancel())))

    assert len(reads(world)) == 3
    assert stage.runs["appointment-1"].end == wire.End(
        "completed", {"status": "DONE", "result": {"status": "BOOKED"}}
    )


def keeping(world: World, event: GatewayEvent) -> Run:
    stage = Stage(world)
    run = stage.start(
        Start(RecordGatewayEventWorkflow, event, "gateway-event-1", NOW, interceptors=AROUND)
    )
    stage.play()
    run.replay()
    return run


def test_an_event_of_the_gateway_is_kept_though_nobody_waits_for_it() -> None:
    world = World()

    run = keeping(world, an_event())

    assert world.payments.events == {"evt_1": False}
    assert result_of(run)["result"] == {"is_handled": False}
    assert len(world.audit.entries) == 1


@pytest.mark.parametrize("process", [None, "book-2"], ids=["nobody's", "closed"])
def test_an_event_that_is_nobodys_is_kept_to_be_looked_at(process: str | None) -> None:
    world = World()

    keeping(world, an_event(process))

    assert world.payments.events == {"evt_1": False}


def test_a_running_process_is_told_of_its_event() -> None:
    world = World()
    booked(world)
    stage = Stage(world)
    life = stage.start(
        Start(
            AppointmentLifecycleWorkflow,
            lifecycle(),
            "book-1",
            NOW,
            interceptors=AROUND,
        )
    )

    keeper = stage.start(
        Start(
            RecordGatewayEventWorkflow,
            an_event(),
            "gateway-event-1",
            NOW,
            interceptors=AROUND,
        )
    )
    stage.play()

    told = [job for turn in life.turns for job in turn.jobs if job.HasField("signal_workflow")]
    assert [job.signal_workflow.signal_name for job in told] == ["gateway_event"]
    assert world.payments.events == {"evt_1": True}
    keeper.replay()
