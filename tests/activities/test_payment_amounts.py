"""No layer takes an amount that nobody can pay; what others may read shows no answer of a bank."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database import broken_guard
from activities.payments.contract import GatewayEvent
from activities.payments.faults import GatewayRejected
from activities.payments.service import PaymentService
from db.payments.queries import PaymentFilter, PaymentQueries
from db.reading import EVERYTHING, Sight
from db.settings import connect, database
from ops.postgres import Postgres
from tests.activities.till import Till, a_payment, a_refund, forged, of_refund
from tests.conftest import EngineOf
from tests.examples import a_process

# What httpx says of Stripe's own SDK.

TRACE = json.dumps(
    {"workflow_id": "test", "accepted_at": "2026-12-01T08:00:00Z", "actor_role": "SYSTEM"}
)
BEGIN = text("SELECT set_config('hms.trace', :trace, true)")
ADD = """
    INSERT INTO app.payments
      (payment_id, bill_id, patient_id, amount, currency, method, idempotency_key)
    VALUES (:id, :id, :id, :amount, 'GBP', 'CARD', 'x')
"""
CHANGE = "UPDATE app.payments SET version = version + 1, {} WHERE payment_id = :id"


async def write(engine: AsyncEngine, statement: str, **values: object) -> None:
    """Write past the service, as a bug would."""
    async with engine.begin() as connection:
        await connection.execute(BEGIN, {"trace": TRACE})
        await connection.execute(text(statement), values)


@pytest.fixture
async def published(cluster: Postgres) -> AsyncIterator[PaymentQueries]:
    assert cluster.child
    engine = connect(database("payments").reader_url, 1, "tests that read payments")
    yield PaymentQueries(engine)
    await engine.dispose()


@pytest.mark.parametrize("amount", ["0", "-1", "1.005"])
async def test_no_layer_takes_a_zero_negative_or_excess_amount(till: Till, amount: str) -> None:
    payment = await till.charge()
    wrong = a_payment().model_copy(update={"amount": forged(amount)})
    refund = a_refund(payment).model_copy(update={"amount": forged(amount)})

    with pytest.raises(ValidationError):
        a_payment(amount)
    with pytest.raises(ValidationError):
        a_refund(payment, amount)
    with pytest.raises(GatewayRejected):
        await till.do(till.door.open_payment, wrong, process="book-2")
    with pytest.raises(GatewayRejected):
        await till.do(till.door.open_refund, refund)


async def test_parts_of_a_minor_unit_are_rejected(till: Till) -> None:
    with pytest.raises(GatewayRejected):
        await till.do(till.door.open_payment, a_payment("0.50", "JPY"))


@pytest.mark.parametrize("amount", ["0", "-1"])
async def test_the_database_expects_more_than_nothing(
    payments: PaymentService,  # noqa: ARG001
    engine_of: EngineOf,
    amount: str,
) -> None:
    with pytest.raises(IntegrityError) as broken:
        await write(engine_of("payments"), ADD, id=uuid4(), amount=Decimal(amount))

    assert broken_guard(broken.value) in {"payment_positive", "authorised_within"}


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        ("authorised_amount = amount + 0.01", "authorised_within"),
        ("captured_amount = authorised_amount + 0.01", "captured_within"),
        ("refunded_amount = captured_amount + 0.01", "refunded_within"),
        ("refunded_amount = -0.01", "refunded_within"),
        ("captured_amount = 0", "payment_status"),
        ("paid_at = NULL", "paid_when_completed"),
        ("status = 'FAILED'", "legal_move"),
    ],
)
async def test_the_database_lets_no_amount_and_no_move_pass_that_cannot_be(
    till: Till, engine_of: EngineOf, change: str, guard: str
) -> None:
    payment = await till.charge()

    with pytest.raises(IntegrityError) as broken:
        await write(engine_of("payments"), CHANGE.format(change), id=payment.payment_id)

    assert broken_guard(broken.value) == guard


async def test_an_event_is_kept_once_and_without_the_card(
    payments: PaymentService, engine_of: EngineOf
) -> None:
    event = GatewayEvent(
        event_id="evt_1",
        type="payment_intent.succeeded",
        object_reference="pi_1",
        payload={"id": "pi_1", "status": "succeeded", "payment_method_details": {"card": "4242"}},
        occurred_at=1_796_000_000,
    )

    for process in ("gateway-event-evt_1", "gateway-event-evt_1", "somebody-else"):
        await payments.events.record_event(a_process(process), event)

    async with engine_of("payments").connect() as connection:
        rows = (await connection.execute(text("SELECT * FROM app.gateway_events"))).mappings().all()
    (row,) = rows
    assert row["payload"] == {"id": "pi_1", "status": "succeeded"}
    assert row["outcome"] is None


async def test_others_read_payments_and_refunds_without_the_gateways_answers(
    till: Till, published: PaymentQueries
) -> None:
    payment = await till.charge()
    refund = a_refund(payment, "5.00")
    await till.do(till.door.open_refund, refund)
    await till.do(till.door.request_refund, of_refund(refund))
    own = Sight(patient_id=payment.patient_id)

    found = await published.find(payment.payment_id, own)
    page = await published.list(
        PaymentFilter(bill_id=payment.bill_id, status=("COMPLETED",)), own, "-created_at", 10, None
    )
    of_visit = await published.of_appointments([payment.appointment_id or uuid4()], EVERYTHING)
    (back,) = await published.refunds_of([payment.payment_id], own)

    assert found is not None
    assert (found["status"], found["captured_amount"]) == ("COMPLETED", Decimal("105.00"))
    assert "gateway_response" not in found
    assert [row["payment_id"] for row in page.rows] == [payment.payment_id]
    assert [row["refunded_amount"] for row in of_visit] == [Decimal("5.00")]
    assert (back["status"], back["attempts"]) == ("COMPLETED", 1)
    assert await published.find(payment.payment_id, Sight(patient_id=uuid4())) is None
