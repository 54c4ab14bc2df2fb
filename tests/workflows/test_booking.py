"""What a booking promises, told one by one; the law breaks all of it everywhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from activities.appointments.contract import SlotTaken
from activities.contract import Money, Refusal, WrongState
from activities.patients.contract import PatientInactive
from activities.payments.contract import GatewayState, RefundStatus
from tests import wire
from tests.drive import Run
from tests.examples import NOW, an_offer
from tests.fakes.payments import CARD, EMPTY_CARD, NO_CARD
from tests.outcomes import NOTHING
from tests.stage import Meddling, Strike
from tests.wire import Job, Step
from tests.workflows.booking import Break, Play, StrikeOf
from tests.workflows.paths import (
    HOLD,
    MINUTE,
    PATHS,
    PAYMENT,
    SECOND,
    VISIT,
    Ask,
    Path,
    nothing_new,
    with_method,
)
from workflows.held_payment import Pay, Release
from workflows.saga import Decision

HOUR = timedelta(hours=1)
PREPAID = Path("prepaid", "O-02", pay=with_method(CARD))
HELD = Path("held", "O-05")
PAID = Path("held, paid", "O-02", asks=(Ask(MINUTE, "pay"),))
GONE = next(path for path in PATHS if path.row == "O-07")
FIRST, SECOND_ONE = UUID(int=41), UUID(int=42)


def refusing(broken: str, refusal: Refusal) -> StrikeOf:
    return lambda _, step, __: Strike(refusal=refusal) if step.id == broken else None


def down(broken: str, lasting: timedelta = HOUR) -> StrikeOf:
    """A step fails for a while from the start on."""

    def strike(play: Play, step: Step, _: int) -> Strike | None:
        is_down = step.id == broken and play.stage.now < NOW + lasting
        return Strike("DatabaseFault", is_done=False) if is_down else None

    return strike


def never(broken: str) -> StrikeOf:
    """A step can never succeed, until somebody looks."""
    stuck = Strike("GatewayRejected", is_done=False, is_final=True)
    return lambda play, step, _: stuck if step.id == broken and not play.is_mended else None


def beside(name: str, *more: Job) -> Meddling:
    """Tell more in the very activation in which an update comes."""

    def meddle(_: Run, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        is_it = any(job.do_update.name == name for job in jobs)
        return [[*jobs, *more]] if is_it else [jobs]

    return meddle


def pay(command: UUID, method: str = CARD) -> Job:
    return wire.update(f"pay-{command}", "pay", Pay(command=command, payment_method=method))


@pytest.mark.parametrize(
    ("path", "broken"),
    [
        (PREPAID, Break(strike=refusing("hold_slot", SlotTaken("no")))),
        (PREPAID, Break(strike=refusing("check_patient", PatientInactive("no")))),
        (replace(PREPAID, pay=with_method(NO_CARD)), Break()),
        (replace(PREPAID, pay=with_method(EMPTY_CARD)), Break()),
    ],
    ids=["slot taken", "patient inactive", "card declined", "card empty"],
)
def test_a_refused_booking_is_never_charged(path: Path, broken: Break) -> None:
    play = Play(path, broken)

    assert play.seen.status == "REFUSED"
    assert play.seen.net == NOTHING
    assert play.world.payments.gateway.moved.total() == 0
    play.check()


@pytest.mark.parametrize("action", ["retry", "skip"])
@pytest.mark.parametrize("undo", ["void", "void_bill", "release_slot"])
def test_an_undo_that_cannot_succeed_parks_the_saga(undo: str, action: str) -> None:
    declined = replace(PREPAID, pay=with_method(NO_CARD))

    play = Play(declined, Break(strike=never(undo), action=action))  # type: ignore[arg-type]

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

    play = Play(PREPAID, Break(strike=never("capture:a1"), meddling=look))

    assert shown == [("NEEDS_ATTENTION", "capture:a1")]
    assert play.row == "O-02"


def test_an_operator_who_decides_twice_is_refused_the_second_time() -> None:
    again = Decision(step="void", action="retry", reason="again", by="ops")
    declined = replace(PREPAID, pay=with_method(NO_CARD))

    play = Play(
        declined,
        Break(
            strike=never("void"),
            meddling=beside("resolve", wire.update("again", "resolve", again)),
        ),
    )

    assert play.answers["again"] == "saga-not-parked"
    assert play.row == "O-04"
    play.check()


def test_who_pays_in_the_last_second_of_a_hold_is_booked() -> None:
    play = Play(Path("", "", asks=(Ask(HOLD - SECOND, "pay"),)))

    assert play.row == "O-02"
    play.check()


def test_who_pays_in_the_instant_in_which_the_hold_ends_is_booked() -> None:
    def as_the_hold_ends(_: Run, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        return [[pay(FIRST), *jobs]] if any(job.HasField("fire_timer") for job in jobs) else [jobs]

    play = Play(HELD, Break(meddling=as_the_hold_ends))

    assert play.answers[f"pay-{FIRST}"]["result"]["status"] == "BOOKED"
    assert play.row == "O-02"
    play.check()


def test_an_event_and_a_payment_at_once_take_the_money_once() -> None:
    play = Play(PAID, Break(meddling=beside("pay", wire.told("gateway_event"))))

    assert play.world.payments.gateway.moved[PAYMENT] == 1
    assert play.row == "O-02"
    play.check()


def test_two_who_pay_at_once_pay_once_and_are_both_booked() -> None:
    play = Play(PAID, Break(meddling=beside("pay", pay(SECOND_ONE))))

    assert play.world.payments.gateway.moved[PAYMENT] == 1
    assert play.answers["pay-0"]["result"]["status"] == "BOOKED"
    assert play.answers[f"pay-{SECOND_ONE}"]["result"]["status"] == "BOOKED"
    assert play.row == "O-02"
    play.check()


def test_who_lets_go_first_does_not_pay() -> None:
    let_go = Path("", "", asks=(Ask(MINUTE, "release"),))

    play = Play(let_go, Break(meddling=beside("release", pay(FIRST))))

    assert play.answers["release-0"]["refusal"] == "released"
    assert play.answers[f"pay-{FIRST}"]["refusal"] == "released"
    assert play.row == "O-05"
    play.check()


def test_who_pays_first_does_not_let_go() -> None:
    release = wire.update("late", "release", Release(command=FIRST))

    play = Play(PAID, Break(meddling=beside("pay", release)))

    assert play.answers["late"]["result"]["status"] == "BOOKED"
    assert play.row == "O-02"
    play.check()


def test_a_slot_that_is_not_held_yet_cannot_be_paid() -> None:
    play = Play(PAID, Break(meddling=beside("outcome", pay(FIRST))))

    assert play.answers[f"pay-{FIRST}"] == "not-held"
    assert play.row == "O-02"


def test_a_slot_that_was_paid_cannot_be_paid_again() -> None:
    paid_twice = replace(PAID, asks=(*PAID.asks, Ask(MINUTE, "pay")))

    play = Play(paid_twice, Break(strike=down("send:receipt")))

    assert play.answers["pay-1"] == "not-held"
    assert play.row == "O-02"
    play.check()


def test_nobody_who_asked_waits_for_the_tail() -> None:
    play = Play(PAID, Break(strike=down("send:receipt")))

    answered = {asked: at for asked, (at, _) in play.stage.answers.items()}
    assert play.stage.now > NOW + HOUR
    assert answered["outcome"] < NOW + SECOND
    assert answered["pay-0"] < NOW + MINUTE + SECOND
    play.check()


@pytest.mark.parametrize("path", [PATHS[0], PREPAID], ids=["later", "prepaid"])
def test_who_books_does_not_wait_for_the_tail(path: Path) -> None:
    play = Play(path, Break(strike=down("send:booked")))

    at, _ = play.stage.answers["outcome"]
    assert at < NOW + SECOND
    assert play.row == path.row


def test_a_visit_that_costs_nothing_is_booked_without_a_payment() -> None:
    free = an_offer(VISIT.slot_start)
    free = free.model_copy(update={"fee": Money(amount=Decimal(0), currency="GBP")})

    play = Play(replace(PREPAID, offer=free))

    assert play.row == "O-01"
    assert play.world.payments.payments == {}
    play.check()


def test_news_that_change_nothing_leave_the_slot_held() -> None:
    play = Play(replace(PAID, happens={SECOND: nothing_new, 2 * SECOND: nothing_new}))

    assert play.row == "O-02"
    play.check()


def test_a_cancellation_while_a_card_is_declined_is_obeyed_then() -> None:
    """It comes at the pivot, which it can not stop; declined, nothing is decided any more."""

    def at_the_capture(_: Run, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        is_asked = any(job.do_update.name == "pay" for job in jobs)
        seen.append(is_asked)
        # The third activation from `pay` on: it, its authorisation, the capture at work.
        return [[wire.cancel()], jobs] if seen[-3:] == [True, False, False] else [jobs]

    seen: list[bool] = []
    empty = Path("", "", asks=(Ask(MINUTE, "pay", EMPTY_CARD), Ask(MINUTE, "pay")))

    play = Play(empty, Break(meddling=at_the_capture))

    assert play.seen.status == "CANCELLED"
    assert play.answers["pay-0"]["refusal"] == "payment-declined"
    assert play.stage.now < NOW + HOLD + SECOND
    assert play.row == "O-08"
    play.check()


def test_a_refund_that_failed_is_tried_again_when_a_person_says_so() -> None:
    failing = replace(GONE, refunding=(RefundStatus.FAILED, RefundStatus.COMPLETED))

    play = Play(failing)

    assert [step.partition(":")[0] for step in play.parked] == ["settle_refund"]
    assert play.world.payments.gateway.moved[PAYMENT] == 2
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


def test_a_payment_that_nobody_made_is_voided_with_its_hold() -> None:
    play = Play(HELD)

    assert play.world.payments.gateway.intents[PAYMENT].state is GatewayState.CANCELLED
    assert play.row == "O-05"
