"""What the gateway says or doesn't say becomes an answer or a fault of ours, without its words."""

import traceback
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from stripe import APIConnectionError, APIError, StripeError

from activities.contract import Money
from activities.payments.amounts import minor_units
from activities.payments.faults import (
    FaultKept,
    GatewayBusy,
    GatewayDenied,
    GatewayRejected,
    GatewayUnsure,
    decline_code,
    fault_of,
)
from activities.payments.gateway import Payment
from activities.payments.stripe_gateway import StripeGateway
from ops.processes import free_port
from tests.activities.till import Till, a_payment
from tests.deploy.peers import SECRET_KEY

# What httpx says of Stripe's own SDK.

SECRET = "4242 of Jo Doe"  # noqa: S105 - what must not be in any message
REPLAYED = {"idempotent-replayed": "true"}


def an_error(status: int, code: str = "", headers: dict[str, str] | None = None) -> StripeError:
    body = {"error": {"code": code, "message": SECRET}}
    return APIError(SECRET, SECRET, status, body, headers or {})


FAULTS: list[tuple[StripeError, type[Exception]]] = [
    *((an_error(status), GatewayRejected) for status in (400, 404, 409, 422)),
    *((an_error(status), GatewayDenied) for status in (401, 403)),
    *((an_error(status), GatewayUnsure) for status in (500, 502, 503, 504)),
    (an_error(409, "idempotency_key_in_use"), GatewayUnsure),
    (an_error(500, headers=REPLAYED), FaultKept),
    (an_error(429), GatewayBusy),
    (an_error(418), GatewayUnsure),
    (APIConnectionError(SECRET), GatewayUnsure),  # type: ignore[no-untyped-call] # the SDK's
]


@pytest.mark.parametrize(("error", "fault"), FAULTS)
def test_every_error_has_its_fault_and_none_tells_what_was_asked(
    error: StripeError, fault: type[Exception]
) -> None:
    found = fault_of(error)

    assert type(found) is fault
    assert SECRET not in str(found)


def test_a_busy_gateway_says_when_to_come_again() -> None:
    fault = fault_of(an_error(429, headers={"retry-after": "7"}))

    assert isinstance(fault, GatewayBusy)
    assert fault.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("insufficient_funds", "card_declined"), "insufficient_funds"),
        (("expired_card",), "expired_card"),
        ((None, "payment_intent_authentication_failure"), "authentication_failed"),
        (("authentication_required",), "authentication_failed"),
        (("stolen_card", "card_declined"), "generic"),
        ((None, None), "generic"),
    ],
)
def test_patients_are_told_one_of_four_reasons(words: tuple[str | None, ...], told: str) -> None:
    assert decline_code(*words) == told


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("429", GatewayBusy),
        ("500-not-stored", GatewayUnsure),
        ("timeout-before", GatewayUnsure),
        ("garbage", GatewayUnsure),
    ],
)
async def test_a_bad_day_of_the_gateway_is_a_fault(
    till: Till, kind: str, fault: type[Exception]
) -> None:
    payment = a_payment()
    await till.do(till.door.open_payment, payment)
    reference = till.account(payment.payment_id).id
    till.fails("retrieve", kind)

    with pytest.raises(fault) as met:
        await till.gateway.read(Payment(payment.payment_id, payment.amount, reference))

    assert reference not in "".join(traceback.format_exception(met.value))


async def test_what_the_gateway_never_heard_of_is_rejected_or_not_there(till: Till) -> None:
    payment = a_payment()
    unknown = Payment(payment.payment_id, payment.amount)

    assert await till.gateway.read(unknown) is None
    with pytest.raises(GatewayRejected, match="404 resource_missing"):
        await till.gateway.read(replace(unknown, reference="pi_nowhere"))


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_wrong_key_is_denied_and_no_gateway_leaves_us_unsure(
    till: Till, *, is_there: bool
) -> None:
    url = till.peer.url if is_there else f"http://127.0.0.1:{free_port()}"
    gateway = StripeGateway(f"{SECRET_KEY}_wrong", url)
    payment = a_payment()

    with pytest.raises(GatewayDenied if is_there else GatewayUnsure):
        await gateway.read(Payment(payment.payment_id, payment.amount))
    await gateway.close()


@pytest.mark.parametrize(
    ("amount", "currency", "units"), [("105.00", "GBP", 10500), ("105", "JPY", 105)]
)
def test_gateways_count_in_minor_units(amount: str, currency: str, units: int) -> None:
    assert minor_units(Money(amount=Decimal(amount), currency=currency)) == units
