"""What a booking promises, told one by one; the law breaks all of it everywhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from activities.appointments.contract import SlotTaken
from activities.contract import Money, Refusal, WrongState
from activities.patients.contract import PatientInactive
from activities.payments.contract import RefundStatus
from tests import wire
from tests.drive import Run
from tests.examples import NOW, an_offer
from tests.fakes.gateway import CARD
from tests.outcomes import NOTHING, Sums
from tests.stage import Strike
from tests.wire import Job, Step
from tests.workflows.bookings import (
    BOOKINGS,
    DECLINED,
    EMPTY,
    GONE,
    HELD_AND_PAID,
    LATER,
    PREPAID,
    VISIT,
    booking,
    with_method,
)
from tests.workflows.breaks import DOWN, NEVER, beside, until_mended
from tests.workflows.paths import MINUTE, SECOND, Path
from tests.workflows.play import Action, Break, Play
from workflows.saga import Decision

HOUR = timedelta(hours=1)


def refused(step: str, refusal: Refusal) -> Break:
    return Break(strike=until_mended(Strike(refusal=refusal))(step))


@pytest.mark.parametrize(
    ("path", "broken"),
    [
        (PREPAID, Break(strike=until_mended(Strike(refusal=SlotTaken("no")))("hold_slot"))),
        (
            PREPAID,
            Break(strike=until_mended(Strike(refusal=PatientInactive("no")))("check_patient")),
        ),
        (DECLINED, Break()),
        (EMPTY, Break()),
    ],
    ids=["slot taken", "patient inactive", "card declined", "card empty"],
)
def test_a_refused_booking_is_never_charged(path: Path, broken: Break) -> None:
    play = Play(path, broken)

    assert play.seen.status == "REFUSED"
    assert play.seen.net == NOTHING
    assert play.world.payments.gateway.moved.total() == 0
    play.check()


def test_a_slot_that_was_refused_is_not_released() -> None:
    play = Play(LATER, refused("book_slot", SlotTaken("no")))

    assert "release_slot" not in play.steps
    assert play.row == "O-03"


@pytest.mark.parametrize("path", BOOKINGS, ids=lambda path: path.name)
def test_a_reset_asks_for_the_very_same_steps(path: Path) -> None:
    """Later, under another run id: only so does every step give its first answer again."""
    first = Play(path)
    again = Play(path, Break(begins_after=SECOND / 2))

    asked = {name: step.request.data for name, step in first.steps.items()}
    assert {name: step.request.data for name, step in again.steps.items()} == asked
    assert again.row == first.row


def test_the_last_step_is_undone_first() -> None:
    play = Play(DECLINED)

    undone = [step for step in play.steps if step in ("void", "void_bill", "release_slot")]
    assert undone == ["void", "void_bill", "release_slot"]


@pytest.mark.parametrize("action", ["retry", "skip"])
@pytest.mark.parametrize("undo", ["void", "void_bill", "release_slot"])
def test_an_undo_that_cannot_succeed_parks_the_saga(undo: str, action: Action) -> None:
    play = Play(DECLINED, Break(strike=NEVER(undo), action=action))

    assert play.parked == [undo]
    assert play.answers["outcome"]["status"] == "NEEDS_ATTENTION"
    assert play.row == "O-04"
    assert play.world.audit.entries[0].details["decisions"] == f"{action} {undo} by ops: seen"
    play.check()


def test_what_is_parked_stands_as_it_was_until_a_person_decides() -> None:
    shown: list[tuple[object, ...]] = []

    def look(run: Run, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        if any(job.do_update.name == "resolve" for job in jobs):
            shown.append((run.attributes["SagaState"], run.attributes["SagaStep"]))
        return [jobs]

    play = Play(PREPAID, Break(strike=NEVER("capture:a1"), meddling=look))

    assert shown == [("NEEDS_ATTENTION", "capture:a1")]
    assert play.row == "O-02"


def test_an_operator_who_decides_twice_is_refused_the_second_time() -> None:
    again = Decision(step="void", action="retry", reason="again", by="ops")

    play = Play(
        DECLINED,
        Break(
            strike=NEVER("void"),
            meddling=beside("resolve", wire.update("again", "resolve", again)),
        ),
    )

    assert play.answers["again"] == "saga-not-parked"
    assert play.row == "O-04"
    play.check()


def test_nobody_who_asked_waits_for_the_tail() -> None:
    play = Play(HELD_AND_PAID, Break(strike=DOWN("send:receipt")))

    answered = {asked: at for asked, (at, _) in play.stage.answers.items()}
    assert play.stage.now > NOW + HOUR
    assert answered["outcome"] < NOW + SECOND
    assert answered["pay-0"] < NOW + MINUTE + SECOND
    play.check()


@pytest.mark.parametrize("path", [LATER, PREPAID], ids=["later", "prepaid"])
def test_who_books_does_not_wait_for_the_tail(path: Path) -> None:
    play = Play(path, Break(strike=DOWN("send:booked")))

    at, _ = play.stage.answers["outcome"]
    assert at < NOW + SECOND
    assert play.row == path.row


def test_a_visit_that_costs_nothing_is_booked_without_a_payment() -> None:
    free = an_offer(VISIT.slot_start)
    free = free.model_copy(update={"fee": Money(amount=Decimal(0), currency="GBP")})

    play = Play(booking("free", "O-01", pay=with_method(CARD), offer=free, sums=Sums()))

    assert play.row == "O-01"
    assert play.world.payments.payments == {}
    play.check()


def test_a_refund_that_failed_is_tried_again_when_a_person_says_so() -> None:
    failing = replace(GONE, refunding=(RefundStatus.FAILED, RefundStatus.COMPLETED))

    play = Play(failing)

    assert [step.partition(":")[0] for step in play.parked] == ["settle_refund"]
    assert play.world.payments.gateway.moved.total() == 2
    assert play.row == "O-07"
    play.check()


def test_a_question_about_the_second_try_of_a_refund_can_be_asked_again() -> None:
    statuses = (RefundStatus.FAILED, RefundStatus.PENDING, RefundStatus.COMPLETED)
    refusals = iter([Strike(refusal=WrongState("no", {"status": "GONE"}))])

    def once(_: Play, step: Step, __: int) -> Strike | None:
        return next(refusals, None) if step.id.startswith("settle_refund") else None

    play = Play(replace(GONE, refunding=statuses), Break(strike=once))

    assert play.suspended == []
    assert len(play.parked) == 2
    assert play.row == "O-07"
    play.check()


def test_a_gateway_that_is_unsure_of_a_refund_is_asked_for_a_day() -> None:
    unsure = replace(GONE, refunding=(RefundStatus.PENDING,) * 40)

    play = Play(unsure, Break(action="skip"))

    assert timedelta(hours=24) < play.stage.now - NOW < timedelta(hours=27)
    assert [step.partition(":")[0] for step in play.parked] == ["settle_refund"]
    assert play.row == "O-07"
