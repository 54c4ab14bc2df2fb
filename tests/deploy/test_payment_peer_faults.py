"""A bad day of the gateway never charges twice: keys, faults on request, lost answers."""

import asyncio
import socket
import time
from pathlib import Path

import pytest
import stripe

from tests.deploy.peers import SECRET_KEY, PaymentPeer, a_key, eventually

# The SDK hands bytes to httpx in a way that httpx no longer likes.

A_HANG_LASTS = 60


def test_one_key_makes_one_payment(gateway: PaymentPeer) -> None:
    key = a_key()

    first, again = gateway.authorise(key=key), gateway.authorise(key=key)

    assert again.last_response
    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert gateway.times_executed(key) == 1


def test_a_key_is_refused_for_anything_else(gateway: PaymentPeer) -> None:
    key = a_key()
    gateway.authorise(key=key, amount=5000)

    with pytest.raises(stripe.IdempotencyError) as refused:
        gateway.authorise(key=key, amount=6000)

    assert refused.value.http_status == 400


async def test_a_key_is_in_use_while_its_first_request_runs(gateway: PaymentPeer) -> None:
    gateway.control("faults", match="create", kind="slow", seconds=0.2)
    key = a_key()

    async with gateway.asynchronous() as client:
        create = client.v1.payment_intents.create_async
        answers = await asyncio.gather(
            *(create({"amount": 100, "currency": "eur"}, {"idempotency_key": key}) for _ in "ab"),
            return_exceptions=True,
        )

    (refused,) = [answer for answer in answers if isinstance(answer, stripe.StripeError)]
    assert refused.error
    assert (refused.http_status, refused.error.code) == (409, "idempotency_key_in_use")
    assert gateway.times_executed(key) == 1


def test_what_was_never_executed_leaves_its_key_free(gateway: PaymentPeer) -> None:
    key = a_key()
    with pytest.raises(stripe.InvalidRequestError):
        gateway.authorise("pm_card_of_nobody", key=key)

    payment = gateway.authorise(key=key)

    assert payment.status == "requires_capture"


def test_a_decline_is_remembered_under_its_key(gateway: PaymentPeer) -> None:
    key = a_key()

    for _ in range(2):
        with pytest.raises(stripe.CardError):
            gateway.authorise("pm_card_visa_chargeDeclined", key=key)

    assert gateway.times_executed(key) == 1


@pytest.mark.parametrize(("kind", "captured"), [("500-stored", 0), ("500-after", 5000)])
def test_a_stored_server_error_is_final_for_its_key(
    gateway: PaymentPeer, kind: str, captured: int
) -> None:
    authorised = gateway.authorise()
    gateway.control("faults", match="capture", kind=kind)
    key = a_key()

    for is_replay in (None, "true"):
        with pytest.raises(stripe.APIError) as broken:
            gateway.stripe.v1.payment_intents.capture(authorised.id, {}, {"idempotency_key": key})
        assert broken.value.http_status == 500
        assert (broken.value.headers or {}).get("idempotent-replayed") == is_replay

    assert gateway.account(authorised.id)["captured"] == captured


def test_a_server_error_that_is_not_stored_can_be_tried_again(gateway: PaymentPeer) -> None:
    key = a_key()

    with pytest.raises(stripe.APIError):
        gateway.authorise("pm_sandbox_500ThenOk", key=key)
    authorised = gateway.authorise("pm_sandbox_500ThenOk", key=key)

    assert authorised.status == "requires_capture"
    assert gateway.times_executed(key) == 1


def test_charged_and_answer_lost_then_retried_is_one_charge(gateway: PaymentPeer) -> None:
    authorise, capture, refund = a_key(), a_key(), a_key()

    with pytest.raises(stripe.APIConnectionError):
        gateway.authorise("pm_sandbox_timeoutAfterCharge", key=authorise)
    payment = gateway.authorise("pm_sandbox_timeoutAfterCharge", key=authorise)
    with pytest.raises(stripe.APIConnectionError):
        gateway.stripe.v1.payment_intents.capture(payment.id, {}, {"idempotency_key": capture})
    gateway.stripe.v1.payment_intents.capture(payment.id, {}, {"idempotency_key": capture})
    with pytest.raises(stripe.APIConnectionError):
        gateway.stripe.v1.refunds.create(
            {"payment_intent": payment.id, "amount": 2000}, {"idempotency_key": refund}
        )
    gateway.stripe.v1.refunds.create(
        {"payment_intent": payment.id, "amount": 2000}, {"idempotency_key": refund}
    )

    assert [gateway.times_executed(key) for key in (authorise, capture, refund)] == [1, 1, 1]
    assert gateway.account(payment.id) == {"authorised": 5000, "captured": 5000, "refunded": 2000}


@pytest.mark.parametrize(
    ("kind", "error", "captured"),
    [
        ("429", stripe.RateLimitError, 0),
        ("402", stripe.CardError, 0),
        ("500-not-stored", stripe.APIError, 0),
        ("timeout-before", stripe.APIConnectionError, 0),
        ("timeout-after", stripe.APIConnectionError, 5000),
        ("garbage", stripe.APIError, 5000),
    ],
)
def test_a_fault_on_request_happens_once_and_where_it_was_asked_for(
    gateway: PaymentPeer, kind: str, error: type[stripe.StripeError], captured: int
) -> None:
    gateway.control("faults", match="capture", kind=kind)
    authorised = gateway.authorise()

    with pytest.raises(error):
        gateway.stripe.v1.payment_intents.capture(authorised.id)

    assert gateway.account(authorised.id)["captured"] == captured
    assert gateway.charge().status == "succeeded"


def test_a_fault_can_be_meant_for_one_payment_and_for_its_second_request(
    gateway: PaymentPeer,
) -> None:
    bill = {"bill": a_key()}
    gateway.control("faults", match="retrieve", kind="ok", metadata=bill)
    gateway.control("faults", match="retrieve", kind="429", metadata=bill)
    payments = gateway.stripe.v1.payment_intents
    other = payments.create({"amount": 100, "currency": "eur"})
    meant = payments.create({"amount": 100, "currency": "eur", "metadata": bill})

    payments.retrieve(other.id)
    payments.retrieve(meant.id)
    with pytest.raises(stripe.RateLimitError):
        payments.retrieve(meant.id)

    assert payments.retrieve(meant.id).id == meant.id


def test_a_killed_gateway_remembers_payments_and_keys(folder: Path) -> None:
    gateway = PaymentPeer(folder)
    key = a_key()
    payment = gateway.authorise(key=key)
    gateway.process.kill()
    gateway.process.wait()

    gateway.start()

    again = gateway.authorise(key=key)
    captured = gateway.stripe.v1.payment_intents.capture(payment.id)
    gateway.close()
    assert (again.id, captured.status) == (payment.id, "succeeded")


def test_a_hanging_request_does_not_hold_up_the_end(folder: Path) -> None:
    gateway = PaymentPeer(folder)
    gateway.control("faults", kind="timeout-before", seconds=A_HANG_LASTS)
    request = f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET_KEY}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", gateway.port)) as hanging:
        hanging.sendall(request.encode())
        eventually(lambda: gateway.http.get("/_control/faults").json() == [])
        started = time.monotonic()

        gateway.process.terminate()
        gateway.process.wait()

        took = time.monotonic() - started
    gateway.close()
    assert took < A_HANG_LASTS / 3
