"""A card that comes with the request is asked for its money in one call, and once."""

from decimal import Decimal

import pytest
import stripe

from activities.contract import Refusal, Undone
from activities.payments.contract import Attempt, OpenPayment, PaymentDeclined, PaymentStatus
from activities.payments.faults import GatewayUnsure
from activities.payments.gateway import Payment
from tests.activities.till import VISA, Till, a_first_try, a_payment, an_authorisation, of

# What httpx says of Stripe's own SDK.

DECLINED = "pm_card_visa_chargeDeclinedInsufficientFunds"


def asked(till: Till, payment: OpenPayment) -> list[str]:
    """Tell under which keys the gateway was asked to do something for a payment."""
    log = till.peer.http.get("/_control/log").raise_for_status().json()
    ours = str(payment.payment_id)
    return [entry["key"] for entry in log if (entry["key"] or "").startswith(ours)]


def made(till: Till, payment: OpenPayment) -> stripe.PaymentIntent:
    return till.peer.stripe.v1.payment_intents.retrieve(till.account(payment.payment_id).id)


async def test_a_payment_is_opened_and_authorised_in_one_call(till: Till) -> None:
    payment = a_payment()

    authorised = await till.do(till.door.authorise, a_first_try(payment))
    captured = await till.capture(payment)

    row = await till.row(payment.payment_id)
    notes = made(till, payment).metadata
    assert authorised.is_authorised
    assert captured.status is PaymentStatus.COMPLETED
    assert asked(till, payment) == [str(payment.payment_id), f"{payment.payment_id}:capture:a1"]
    assert (row.reference, row.captured) == (made(till, payment).id, Decimal("105.00"))
    assert (notes["payment_id"], notes["process"]) == (str(payment.payment_id), payment.process)


@pytest.mark.parametrize("kind", ["timeout-after", "500-after", "garbage"])
async def test_a_first_try_whose_answer_was_lost_reserves_once(till: Till, kind: str) -> None:
    payment = a_payment()
    till.fails("authorise", kind)
    till.fails("retrieve", "500-not-stored")

    with pytest.raises(GatewayUnsure):
        await till.do(till.door.authorise, a_first_try(payment))
    authorised = await till.do(till.door.authorise, a_first_try(payment), attempt=2)

    assert authorised.is_authorised
    assert till.account(payment.payment_id).authorised == 10500
    assert (await till.row(payment.payment_id)).reference == made(till, payment).id


async def test_a_fault_that_is_kept_under_the_first_key_is_overcome_with_another(
    till: Till,
) -> None:
    payment = a_payment()
    till.fails("authorise", "500-stored")

    with pytest.raises(GatewayUnsure):
        await till.do(till.door.authorise, a_first_try(payment))
    authorised = await till.do(till.door.authorise, a_first_try(payment), attempt=2)

    assert authorised.is_authorised
    assert till.account(payment.payment_id).authorised == 10500


async def test_a_payment_that_was_made_and_not_tried_is_tried(till: Till) -> None:
    payment = a_payment()
    here = Payment(payment.payment_id, payment.amount)
    await till.gateway.open(here, payment.process, Attempt())

    authorised = await till.do(till.door.authorise, a_first_try(payment), attempt=2)

    assert authorised.is_authorised
    assert till.account(payment.payment_id).authorised == 10500


async def test_a_declined_card_leaves_a_payment_that_another_card_may_pay(till: Till) -> None:
    payment = a_payment()

    for attempt in (1, 2):
        with pytest.raises(Refusal) as refusal:
            await till.do(till.door.authorise, a_first_try(payment, DECLINED), attempt=attempt)
        assert refusal.value.code == "payment-declined"
        assert refusal.value.details == {"decline_code": "insufficient_funds"}
    row = await till.row(payment.payment_id)
    other = await till.do(till.door.authorise, a_first_try(payment, VISA, "a2"))

    assert (row.status, row.reference) == (PaymentStatus.PENDING, made(till, payment).id)
    assert other.is_authorised
    assert till.account(payment.payment_id).authorised == 10500


async def test_a_decline_whose_answer_was_lost_is_found(till: Till) -> None:
    payment = a_payment()
    till.fails("authorise", "timeout-after")

    with pytest.raises(PaymentDeclined) as refusal:
        await till.do(till.door.authorise, a_first_try(payment, DECLINED))

    assert refusal.value.details == {"decline_code": "insufficient_funds"}
    assert (await till.row(payment.payment_id)).reference == made(till, payment).id


async def test_a_further_step_at_the_bank_can_be_taken_or_let_go(till: Till) -> None:
    payment = a_payment()

    wanted = await till.do(
        till.door.authorise, a_first_try(payment, "pm_card_authenticationRequired")
    )
    row = await till.row(payment.payment_id)
    await till.do(till.door.void, payment)

    assert not wanted.is_authorised
    assert wanted.next_action
    assert (wanted.client_secret or "").startswith(row.reference or "nothing")
    assert made(till, payment).status == "canceled"


@pytest.mark.parametrize("method", [VISA, DECLINED])
async def test_a_void_lets_go_what_a_first_try_made(till: Till, method: str) -> None:
    payment = a_payment()
    if method == VISA:
        await till.do(till.door.authorise, a_first_try(payment))
    else:
        with pytest.raises(PaymentDeclined):
            await till.do(till.door.authorise, a_first_try(payment, method))

    for attempt in (1, 2):
        await till.do(till.door.void, payment, attempt=attempt)

    row = await till.row(payment.payment_id)
    assert made(till, payment).status == "canceled"
    assert (row.status, row.failure_code) == (PaymentStatus.FAILED, "voided")
    for step in (a_first_try(payment, VISA, "a2"), an_authorisation(payment, VISA, "a3")):
        with pytest.raises(Undone):
            await till.do(till.door.authorise, step)


async def test_a_first_try_whose_answer_was_lost_is_found_by_its_void(till: Till) -> None:
    payment = a_payment()
    till.fails("authorise", "timeout-after")
    till.fails("retrieve", "500-not-stored")
    with pytest.raises(GatewayUnsure):
        await till.do(till.door.authorise, a_first_try(payment))

    await till.do(till.door.void, payment)

    assert made(till, payment).status == "canceled"


async def test_a_void_before_the_first_try_asks_nobody_and_forbids_it(till: Till) -> None:
    payment = a_payment()
    till.fails("any", "500-not-stored")  # whoever asks now would meet it

    await till.do(till.door.void, payment)
    with pytest.raises(Undone):
        await till.do(till.door.authorise, a_first_try(payment))

    assert till.accounts(payment.payment_id) == []


async def test_a_try_of_a_payment_that_nobody_opened_is_refused(till: Till) -> None:
    with pytest.raises(Refusal) as refusal:
        await till.do(till.door.authorise, an_authorisation(a_payment()))

    assert refusal.value.code == "unknown-reference"


async def test_a_payment_that_was_opened_is_tried_as_it_was_opened(till: Till) -> None:
    payment = a_payment()
    await till.do(till.door.open_payment, payment)

    authorised = await till.do(till.door.authorise, a_first_try(payment))

    assert authorised.is_authorised
    assert asked(till, payment) == [str(payment.payment_id), f"{payment.payment_id}:a1"]
    assert (await till.do(till.door.read_payment, of(payment))).status is PaymentStatus.PENDING
