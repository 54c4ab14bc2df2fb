"""Processes that wait: a visit's own life; and the gateway's events, which wake others."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from activities.appointments.contract import AppointmentStatus
from activities.audit.contract import AuditOutcome
from activities.payments.contract import GatewayEvent
from tests import wire
from tests.drive import Run, Start
from tests.examples import NOW
from tests.fakes.world import World
from tests.invariants import violations
from tests.outcomes import result_of
from tests.stage import Stage
from tests.workflows.around import origin_interceptor
from tests.workflows.given import APPOINTMENT, PAYMENTS, Given, being_changed
from tests.workflows.paths import MINUTE, Happening
from tests.workflows.visits import DAY, HOUR, LIFE, LIVES, NOBODY_CAME, becomes, is_moved
from workflows.appointment_lifecycle import AppointmentLifecycleWorkflow
from workflows.mark_no_show import MarkNoShowWorkflow
from workflows.record_gateway_event import RecordGatewayEventWorkflow

AROUND = (origin_interceptor(),)
BOOKED = Given()


def an_event(process: str | None = "book-1") -> GatewayEvent:
    return GatewayEvent(
        event_id="evt_1",
        type="payment_intent.succeeded",
        object_reference="pi_1",
        payload={},
        occurred_at=1,
        process=process,
    )


def reads(world: World) -> list[str]:
    return [step for _, step, _ in world.asked if step == "appointments.read_visit"]


def living(
    *happens: tuple[timedelta, Happening], before: Callable[[World], None] = BOOKED
) -> Stage:
    """Let a visit live that begins tomorrow at nine; others do to it what happens."""
    world = World()
    before(world)
    stage = Stage(world, cast=(MarkNoShowWorkflow,))
    run = stage.start(Start(AppointmentLifecycleWorkflow, LIFE, LIVES, NOW, interceptors=AROUND))
    for after, happen in happens:
        stage.after(after, partial(happen, stage))
    stage.play()
    run.replay()
    assert list(violations(world, stage.runs.values())) == []
    return stage


def ended(stage: Stage) -> object:
    return result_of(stage.runs[LIVES])["result"]


def test_a_life_reads_the_truth_each_time_that_something_is_due() -> None:
    stage = living()

    # A day before the visit is past already; two hours before it, at the end of its grace, and
    # when the visit had been marked as missed.
    assert len(reads(stage.world)) == 4
    assert stage.now >= NOBODY_CAME
    assert ended(stage) == {"status": "NO_SHOW"}


def test_a_patient_who_does_not_come_is_marked_as_missed() -> None:
    stage = living()

    slot = stage.world.appointments.slots[APPOINTMENT]
    assert slot.history == [AppointmentStatus.BOOKED, AppointmentStatus.NO_SHOW]
    assert stage.world.notifications.sent == ["booked", "reminder", "reminder", "no-show"]


def test_a_life_ends_when_the_visit_is_over_before_its_time() -> None:
    stage = living((HOUR, becomes(AppointmentStatus.CANCELLED)))

    assert len(reads(stage.world)) == 1
    assert stage.world.notifications.sent == ["booked"]
    assert ended(stage) == {"status": "CANCELLED"}
    assert stage.world.audit.entries[0].outcome is AuditOutcome.DONE


def test_a_life_follows_a_visit_that_was_moved() -> None:
    stage = living((HOUR, is_moved))

    reminders = [letter for letter in stage.world.notifications.letters if "reminder" in letter]
    assert len(reminders) == 2
    assert stage.now >= NOBODY_CAME + DAY
    assert ended(stage) == {"status": "NO_SHOW"}


def test_a_life_that_nobody_may_stop_goes_on() -> None:
    def cancel(stage: Stage) -> None:
        stage.turn(stage.runs[LIVES], wire.cancel())

    stage = living((HOUR, cancel))

    assert ended(stage) == {"status": "NO_SHOW"}


def test_a_missed_visit_that_is_being_changed_is_marked_when_it_is_free() -> None:
    def is_free(stage: Stage) -> None:
        stage.world.appointments.slots[APPOINTMENT].changed_by = None

    changed = Given(becomes=being_changed)
    stage = living((NOBODY_CAME - NOW + 40 * MINUTE, is_free), before=changed)

    assert ended(stage) == {"status": "NO_SHOW"}
    slot = stage.world.appointments.slots[APPOINTMENT]
    assert slot.no_show_at
    assert NOBODY_CAME + 40 * MINUTE < slot.no_show_at < NOBODY_CAME + 46 * MINUTE


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

    assert world.payments.events == {"evt_1": True}
    assert result_of(run)["result"] == {"is_news": True, "is_told": False}
    assert len(world.audit.entries) == 1


@pytest.mark.parametrize("process", [None, "book-2"], ids=["nobody's", "closed"])
def test_an_event_that_is_nobodys_is_kept_to_be_looked_at(process: str | None) -> None:
    world = World()

    keeping(world, an_event(process))

    assert world.payments.events == {"evt_1": True}


@pytest.mark.parametrize("is_paid", [True, False])
def test_only_news_wakes_a_process(*, is_paid: bool) -> None:
    world = World()
    Given(paid=("105",) if is_paid else ())(world)
    stage = Stage(world)
    stage.listening.add("book-1")
    event = an_event().model_copy(update={"payment_id": PAYMENTS[0]})

    stage.start(Start(RecordGatewayEventWorkflow, event, "event-1", NOW, interceptors=AROUND))
    stage.play()

    assert stage.told == ([] if is_paid else [("book-1", "gateway_event")])


def test_a_running_process_is_told_of_its_event() -> None:
    world = World()
    BOOKED(world)
    stage = Stage(world)
    life = stage.start(
        Start(AppointmentLifecycleWorkflow, LIFE, "book-1", NOW, interceptors=AROUND)
    )

    keeper = stage.start(
        Start(RecordGatewayEventWorkflow, an_event(), "event-1", NOW, interceptors=AROUND)
    )
    stage.after(HOUR, lambda: becomes(AppointmentStatus.CANCELLED, life="book-1")(stage))
    stage.play()

    told = [job for turn in life.turns for job in turn.jobs if job.HasField("signal_workflow")]
    assert [job.signal_workflow.signal_name for job in told] == ["gateway_event", "changed"]
    assert world.payments.events == {"evt_1": True}
    keeper.replay()
