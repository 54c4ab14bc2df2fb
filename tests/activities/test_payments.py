"""Money moves once, whatever is lost on the way."""

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from activities.contract import Refusal, Undone
from activities.payments.contract import (
    GatewayState,
    PaymentDeclined,
    PaymentStatus,
)
from activities.payments.faults import GatewaySilent, GatewayUnsure
from tests.activities.till import VISA, Till, a_payment, an_authorisation, of

# What httpx says of Stripe's own SDK.


async def test_a_payment_is_opened_authorised_and_captured(till: Till) -> None:
    payment = a_payment()

    opened = await till.do(till.door.open_payment, payment)
    authorised = await till.do(till.door.authorise, an_authorisation(payment))
    captured = await till.capture(payment)

    account = till.account(payment.payment_id)
    assert opened.client_secret.startswith(account.id)
    assert authorised.is_authorised
    assert captured.status is PaymentStatus.COMPLETED
    assert (account.status, account.captured) == ("succeeded", 10500)


@pytest.mark.parametrize("kind", ["timeout-after", "500-after", "garbage"])
async def test_a_payment_whose_answer_was_lost_is_opened_once(till: Till, kind: str) -> None:
    payment = a_payment()
    till.fails("create", kind)
    till.fails("retrieve", "500-not-stored")

    with pytest.raises(GatewayUnsure):
        await till.do(till.door.open_payment, payment)
    opened = await till.do(till.door.open_payment, payment, attempt=2)

    assert opened.client_secret.startswith(till.account(payment.payment_id).id)


@pytest.mark.parametrize("kind", ["timeout-after", "500-after", "garbage"])
async def test_money_that_was_taken_but_not_answered_for_is_taken_once(
    till: Till, kind: str
) -> None:
    payment = await till.reserve()
    till.fails("capture", kind)
    till.fails("retrieve", "500-not-stored")

    with pytest.raises(GatewayUnsure):
        await till.capture(payment)
    state = await till.capture(payment, attempt=2)

    key = f"{payment.payment_id}:capture:a1"
    assert state.at_gateway is GatewayState.CAPTURED
    assert till.account(payment.payment_id).captured == 10500
    assert till.peer.times_executed(key) == 1


async def test_an_answer_that_was_lost_is_asked_for_at_once(till: Till) -> None:
    payment = await till.reserve()
    till.fails("capture", "timeout-after")

    state = await till.capture(payment)

    assert state.status is PaymentStatus.COMPLETED


@pytest.mark.parametrize("match", ["create", "authorise", "capture"])
async def test_a_fault_that_the_gateway_keeps_is_overcome_with_another_key(
    till: Till, match: str
) -> None:
    payment = a_payment()
    till.fails(match, "500-stored")

    async def pay(attempt: int) -> None:
        await till.do(till.door.open_payment, payment, attempt=attempt)
        await till.do(till.door.authorise, an_authorisation(payment), attempt=attempt)
        await till.capture(payment, attempt=attempt)

    with pytest.raises(GatewayUnsure):
        await pay(1)
    await pay(2)

    assert till.account(payment.payment_id).captured == 10500


async def test_a_step_that_was_answered_is_answered_the_same_for_ever(till: Till) -> None:
    payment = a_payment()
    first = await till.do(till.door.open_payment, payment)
    await till.do(till.door.authorise, an_authorisation(payment))

    again = await till.do(till.door.open_payment, payment)
    states = [await till.capture(payment) for _ in range(2)]

    assert first == again
    assert states[0] == states[1]
    assert till.account(payment.payment_id).captured == 10500


@pytest.mark.parametrize(
    ("method", "why"),
    [
        ("pm_card_visa_chargeDeclined", "generic"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
    ],
)
async def test_a_declined_card_is_refused_for_ever_and_another_one_may_pay(
    till: Till, method: str, why: str
) -> None:
    payment = a_payment()
    await till.do(till.door.open_payment, payment)
    before = REGISTRY.get_sample_value("payments_failed_total", {"code": why}) or 0

    for attempt in (1, 2):
        with pytest.raises(Refusal) as refusal:
            await till.do(till.door.authorise, an_authorisation(payment, method), attempt=attempt)
        assert refusal.value.code == "payment-declined"
        assert refusal.value.details == {"decline_code": why}
    other = await till.do(till.door.authorise, an_authorisation(payment, VISA, "a2"))

    assert other.is_authorised
    assert REGISTRY.get_sample_value("payments_failed_total", {"code": why}) == before + 1


async def test_a_card_that_is_declined_at_the_capture_leaves_room_for_another(till: Till) -> None:
    payment = await till.reserve("pm_sandbox_declineAtCapture")

    with pytest.raises(PaymentDeclined):
        await till.capture(payment)
    await till.do(till.door.authorise, an_authorisation(payment, VISA, "a2"))
    state = await till.capture(payment, "a2")

    assert state.status is PaymentStatus.COMPLETED


async def test_a_further_step_at_the_bank_is_an_answer_and_is_asked_for(till: Till) -> None:
    payment = a_payment()
    await till.do(till.door.open_payment, payment)
    wanted = await till.do(
        till.door.authorise, an_authorisation(payment, "pm_card_authenticationRequired")
    )
    waiting = await till.do(till.door.read_payment, of(payment))

    till.peer.control(f"authenticate/{till.account(payment.payment_id).id}")
    done = await till.do(till.door.read_payment, of(payment, "n1"))
    captured = await till.capture(payment, "a2")

    assert not wanted.is_authorised
    assert wanted.next_action
    assert wanted.client_secret
    assert waiting.at_gateway is GatewayState.NEEDS_ACTION
    assert done.at_gateway is GatewayState.AUTHORISED
    assert captured.status is PaymentStatus.COMPLETED


async def test_who_paid_in_the_gateways_own_form_needs_no_second_card(till: Till) -> None:
    payment = a_payment()
    await till.do(till.door.open_payment, payment)
    till.peer.control(f"confirm/{till.account(payment.payment_id).id}")

    authorised = await till.do(till.door.authorise, an_authorisation(payment))

    assert authorised.is_authorised


async def test_what_nobody_knows_for_a_day_needs_a_person(till: Till) -> None:
    payment = await till.reserve()
    till.fails("any", "500-not-stored", "500-not-stored")

    with pytest.raises(GatewaySilent):
        await till.do(
            till.door.capture, of(payment, "a1"), attempt=700, waited=timedelta(hours=24, seconds=1)
        )


async def test_a_void_lets_go_what_was_authorised(till: Till) -> None:
    payment = await till.reserve()

    for attempt in (1, 2):
        await till.do(till.door.void, payment, attempt=attempt)

    account = till.account(payment.payment_id)
    assert (account.status, account.authorised) == ("canceled", 0)
    with pytest.raises(Undone):
        await till.capture(payment)


async def test_a_void_before_anything_asks_nobody_and_forbids_the_rest(till: Till) -> None:
    payment = a_payment()
    till.fails("any", "500-not-stored")  # whoever asks now would meet it

    await till.do(till.door.void, payment)
    with pytest.raises(Undone):
        await till.do(till.door.open_payment, payment)

    assert till.accounts(payment.payment_id) == []


@pytest.mark.parametrize("kind", ["500-stored", "timeout-after", "garbage", "429"])
async def test_a_void_comes_to_its_end_whatever_the_gateway_answers(till: Till, kind: str) -> None:
    payment = await till.reserve()
    till.fails("cancel", kind)
    till.fails("retrieve", "ok", "500-not-stored")

    with pytest.raises(Exception, match=r"500|busy"):
        await till.do(till.door.void, payment)
    till.peer.http.delete("/_control/faults")
    await till.do(till.door.void, payment, attempt=2)

    assert till.account(payment.payment_id).authorised == 0


async def test_a_payment_whose_answer_was_lost_is_found_by_its_void(till: Till) -> None:
    payment = a_payment()
    till.fails("create", "timeout-after")
    till.fails("retrieve", "500-not-stored")
    with pytest.raises(GatewayUnsure):
        await till.do(till.door.open_payment, payment)

    await till.do(till.door.void, payment)

    assert till.account(payment.payment_id).status == "canceled"


async def test_what_was_captured_is_never_voided(till: Till) -> None:
    payment = await till.charge()

    await till.do(till.door.void, payment)

    assert till.account(payment.payment_id).captured == 10500
    assert (await till.do(till.door.read_payment, of(payment))).status is PaymentStatus.COMPLETED
