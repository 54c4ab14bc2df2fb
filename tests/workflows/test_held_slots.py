"""What is promised to whoever holds a slot that is not paid yet."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from activities.payments.contract import GatewayState
from tests import wire
from tests.drive import Run
from tests.examples import NOW
from tests.fakes.gateway import CARD, EMPTY_CARD
from tests.wire import Job
from tests.workflows.bookings import HELD_AND_PAID as PAID
from tests.workflows.bookings import HOLD, PAYMENT, booking, nothing_new
from tests.workflows.breaks import DOWN, beside
from tests.workflows.paths import MINUTE, SECOND, Ask
from tests.workflows.play import Break, Play
from workflows.held_payment import Pay, Release
from workflows.saga import Decision

HELD = booking("held, forgotten", "O-05")
STOP = Decision(action="compensate", reason="a mistake", by="ops")
FIRST, SECOND_ONE = UUID(int=41), UUID(int=42)


def pay(command: UUID, method: str = CARD) -> Job:
    return wire.update(f"pay-{command}", "pay", Pay(command=command, payment_method=method))


def test_who_pays_in_the_last_second_of_a_hold_is_booked() -> None:
    play = Play(booking("", "", asks=(Ask(HOLD - SECOND, "pay"),)))

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
    let_go = booking("", "", asks=(Ask(MINUTE, "release"),))

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

    play = Play(paid_twice, Break(strike=DOWN("send:receipt")))

    assert play.answers["pay-1"] == "not-held"
    assert play.row == "O-02"
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
    empty = booking("", "", asks=(Ask(MINUTE, "pay", EMPTY_CARD), Ask(MINUTE, "pay")))

    play = Play(empty, Break(meddling=at_the_capture))

    assert play.seen.status == "CANCELLED"
    assert play.answers["pay-0"]["refusal"] == "payment-declined"
    assert play.stage.now < NOW + HOLD + SECOND
    assert play.row == "O-08"
    play.check()


@pytest.mark.parametrize(
    "stop",
    [wire.cancel(), wire.update("stop", "compensate", STOP)],
    ids=["cancelled", "by an operator"],
)
def test_a_hold_can_still_be_stopped_after_a_card_was_declined(stop: Job) -> None:
    declined = booking(
        "", "", asks=(Ask(MINUTE, "pay", EMPTY_CARD),), happens={2 * MINUTE: nothing_new}
    )

    def with_the_news(_: Run, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        is_news = any(job.HasField("signal_workflow") for job in jobs)
        return [[stop]] if is_news else [jobs]

    play = Play(declined, Break(meddling=with_the_news))

    assert play.seen.status == "CANCELLED"
    assert play.world.audit.entries
    assert play.run.turns[-1].at < NOW + 2 * MINUTE + SECOND
    assert play.row == "O-08"
    play.check()


def test_a_payment_that_nobody_made_is_voided_with_its_hold() -> None:
    play = Play(HELD)

    assert play.world.payments.gateway.intents[PAYMENT].state is GatewayState.CANCELLED
    assert play.row == "O-05"
