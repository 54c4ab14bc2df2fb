"""The payment gateway keeps Stripe's promises: states, ceilings, declines, lists."""

from collections.abc import Callable

import pytest
import stripe

from tests.deploy.peers import PaymentPeer, a_key

# The SDK hands bytes to httpx in a way that httpx no longer likes.


def test_a_payment_is_authorised_and_then_captured(gateway: PaymentPeer) -> None:
    authorised = gateway.authorise()

    captured = gateway.stripe.v1.payment_intents.capture(authorised.id)

    assert (authorised.status, authorised.amount_capturable) == ("requires_capture", 5000)
    assert (captured.status, captured.amount_received) == ("succeeded", 5000)
    assert captured.amount_capturable == 0


async def test_the_asynchronous_methods_of_the_sdk_work_too(gateway: PaymentPeer) -> None:
    async with gateway.asynchronous() as client:
        payments = client.v1.payment_intents

        opened = await payments.create_async({"amount": 700, "currency": "EUR"})
        paid = await payments.confirm_async(opened.id, {"payment_method": "pm_card_visa"})
        refund = await client.v1.refunds.create_async({"payment_intent": paid.id})
        found = await payments.retrieve_async(opened.id)

    assert opened.status == "requires_payment_method"
    assert (refund.status, refund.amount, refund.charge) == ("succeeded", 700, found.latest_charge)


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ],
)
def test_a_bad_card_is_declined_with_its_reason(
    gateway: PaymentPeer, method: str, code: str, decline_code: str
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        gateway.authorise(method)

    assert refused.value.error
    assert refused.value.error.payment_intent
    assert (refused.value.http_status, refused.value.code) == (402, code)
    assert refused.value.error.decline_code == decline_code
    assert refused.value.error.payment_intent.status == "requires_payment_method"


def test_after_a_decline_another_card_can_pay(gateway: PaymentPeer) -> None:
    payments = gateway.stripe.v1.payment_intents
    opened = payments.create({"amount": 900, "currency": "eur"})
    with pytest.raises(stripe.CardError):
        payments.confirm(opened.id, {"payment_method": "pm_card_visa_chargeDeclined"})
    refused = payments.retrieve(opened.id)

    paid = payments.confirm(opened.id, {"payment_method": "pm_card_visa"})

    assert refused.last_payment_error
    assert refused.last_payment_error.decline_code == "generic_decline"
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


@pytest.mark.parametrize(
    ("succeed", "status"), [("true", "requires_capture"), ("false", "requires_payment_method")]
)
def test_a_card_that_wants_authentication_waits_for_it(
    gateway: PaymentPeer, succeed: str, status: str
) -> None:
    waiting = gateway.authorise("pm_card_authenticationRequired")

    gateway.control(f"authenticate/{waiting.id}?succeed={succeed}")

    assert waiting.next_action
    assert (waiting.status, waiting.next_action.type) == ("requires_action", "use_stripe_sdk")
    assert gateway.stripe.v1.payment_intents.retrieve(waiting.id).status == status


def test_no_more_is_captured_than_was_authorised(gateway: PaymentPeer) -> None:
    authorised = gateway.authorise(amount=5000)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        gateway.stripe.v1.payment_intents.capture(authorised.id, {"amount_to_capture": 5001})

    assert refused.value.code == "amount_too_large"
    assert gateway.account(authorised.id)["captured"] == 0


def test_a_capture_of_less_frees_the_rest(gateway: PaymentPeer) -> None:
    authorised = gateway.authorise(amount=5000)

    gateway.stripe.v1.payment_intents.capture(authorised.id, {"amount_to_capture": 3000})

    assert gateway.account(authorised.id) == {
        "authorised": 3000,
        "captured": 3000,
        "refunded": 0,
    }


def test_a_card_may_be_declined_as_late_as_at_the_capture(gateway: PaymentPeer) -> None:
    authorised = gateway.authorise("pm_sandbox_declineAtCapture")

    with pytest.raises(stripe.CardError):
        gateway.stripe.v1.payment_intents.capture(authorised.id)

    assert gateway.account(authorised.id) == {"authorised": 0, "captured": 0, "refunded": 0}


def test_no_more_is_refunded_than_was_captured(gateway: PaymentPeer) -> None:
    charged = gateway.charge(amount=5000)
    refunds = gateway.stripe.v1.refunds
    refunds.create({"payment_intent": charged.id, "amount": 3000})

    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        refunds.create({"payment_intent": charged.id, "amount": 2001})
    refunds.create({"charge": str(charged.latest_charge), "amount": 2000})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refunds.create({"payment_intent": charged.id})

    assert refused.value.code == "charge_already_refunded"
    assert gateway.account(charged.id)["refunded"] == 5000


def test_a_pending_refund_counts_and_settles_later(gateway: PaymentPeer) -> None:
    charged = gateway.charge("pm_sandbox_refundPending")
    refunds = gateway.stripe.v1.refunds
    pending = refunds.create({"payment_intent": charged.id})
    with pytest.raises(stripe.InvalidRequestError):
        refunds.create({"payment_intent": charged.id})

    gateway.control(f"refunds/{pending.id}/settle?status=succeeded")

    assert (pending.status, refunds.retrieve(pending.id).status) == ("pending", "succeeded")
    assert gateway.account(charged.id)["refunded"] == 5000


def test_a_refund_that_failed_in_the_end_can_be_asked_for_again(gateway: PaymentPeer) -> None:
    charged = gateway.charge("pm_sandbox_refundPending")
    refunds = gateway.stripe.v1.refunds
    pending = refunds.create({"payment_intent": charged.id})

    gateway.control(f"refunds/{pending.id}/settle?status=failed")

    assert refunds.retrieve(pending.id).status == "failed"
    assert refunds.create({"payment_intent": charged.id}).amount == 5000


def test_a_refund_may_fail_at_once(gateway: PaymentPeer) -> None:
    charged = gateway.charge("pm_sandbox_refundFails")

    gateway.stripe.v1.refunds.create({"payment_intent": charged.id})

    listed = gateway.stripe.v1.refunds.list({"payment_intent": charged.id})
    assert [refund.status for refund in listed.data] == ["failed"]
    assert gateway.account(charged.id)["refunded"] == 0


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("capture", "capture"),
        ("capture", "cancel"),
        ("capture", "confirm"),
        ("cancel", "cancel"),
        ("cancel", "capture"),
        ("cancel", "confirm"),
    ],
)
def test_a_wrong_move_is_refused_and_changes_nothing(
    gateway: PaymentPeer, first: str, then: str
) -> None:
    payments = gateway.stripe.v1.payment_intents
    moves: dict[str, Callable[[str], stripe.PaymentIntent]] = {
        "capture": payments.capture,
        "cancel": payments.cancel,
        "confirm": payments.confirm,
    }
    authorised = gateway.authorise()
    moved = moves[first](authorised.id)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        moves[then](authorised.id)

    assert refused.value.error
    assert refused.value.error.payment_intent
    assert refused.value.code == "payment_intent_unexpected_state"
    assert refused.value.error.payment_intent.status == moved.status
    assert payments.retrieve(authorised.id).status == moved.status


def test_payments_are_listed_by_the_time_they_were_made(gateway: PaymentPeer) -> None:
    payments = gateway.stripe.v1.payment_intents
    made = [gateway.authorise().id for _ in range(3)]
    moment = payments.retrieve(made[0]).created

    # Pages of two: the third payment proves that one page leads to the next.
    since = payments.list({"created": {"gte": moment}, "limit": 2}).auto_paging_iter()
    before = payments.list({"created": {"lte": moment - 1}, "limit": 2}).auto_paging_iter()

    assert [payment.id for payment in since][:3] == made[::-1]
    assert not {payment.id for payment in before} & set(made)


def test_payments_are_found_by_their_metadata(gateway: PaymentPeer) -> None:
    payments = gateway.stripe.v1.payment_intents
    bill = a_key()
    made = payments.create({"amount": 100, "currency": "eur", "metadata": {"bill id": bill}})

    found = payments.search({"query": f"metadata['bill id']:'{bill}'"})

    assert [payment.id for payment in found.data] == [made.id]


def test_whoever_bears_another_key_is_turned_away(gateway: PaymentPeer) -> None:
    with pytest.raises(stripe.AuthenticationError):
        gateway.stripe.v1.payment_intents.list(options={"api_key": "sk_test_somebody"})


def test_every_event_can_be_read_again(gateway: PaymentPeer) -> None:
    charged = gateway.charge()

    (event, *_) = gateway.stripe.v1.events.list({"type": "payment_intent.succeeded"}).data

    assert event.data.object["id"] == charged.id
    assert gateway.stripe.v1.events.retrieve(event.id).data.object["status"] == "succeeded"
