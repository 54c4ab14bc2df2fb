"""The rules of payments: what is written before the gateway is asked."""

from datetime import UTC, datetime
from typing import Any

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.contract import Money, UnknownReference, WrongState
from activities.inbox import Service, first_part, is_done, key_of, once
from activities.payments.amounts import minor_units
from activities.payments.answers import PaymentAnswer
from activities.payments.contract import (
    Authorise,
    GatewayEvent,
    OpenPayment,
    PaymentOf,
    PaymentStatus,
)
from activities.payments.gateway import Intent, Payment
from activities.payments.outside import again_and_again, check_alive, look
from activities.payments.refunds import RefundService
from activities.process import Process
from db.inbox import Inbox
from db.payments.repository import PaymentRepository, PaymentRow

UNHANDLED = Counter("gateway_events_unhandled", "Events of the gateway that no process waited for")

KEPT = (
    *("id", "object", "status", "amount", "amount_captured", "amount_received"),
    *("amount_refunded", "currency", "payment_intent", "metadata", "created", "failure_reason"),
)
"""What is kept of the object that an event is about: no card, no address, no name."""


def of_payment(request: OpenPayment | Authorise | PaymentOf) -> list[str]:
    return [f"payment:{request.payment_id}"]


class PaymentService(Service):
    """Writes intents and answers; the gateway is asked between the two, in no transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.refunds = RefundService(engine)

    def heard(self, intent: Intent | None) -> PaymentAnswer:
        """Take what the gateway said of a payment, to be written down."""
        return PaymentAnswer(self._engine, intent)

    @again_and_again(locking=of_payment)
    async def begin_open_payment(
        self, connection: AsyncConnection, process: Process, request: OpenPayment
    ) -> Payment:
        await look(connection, process, "open_payment", request)
        minor_units(request.amount)
        payments = PaymentRepository(connection)
        if not await payments.find(request.payment_id):
            await payments.add(row_of(process, request))
        return known(await payments.find(request.payment_id))

    @again_and_again(locking=of_payment)
    async def begin_authorise(
        self, connection: AsyncConnection, process: Process, request: Authorise
    ) -> Payment:
        await look(connection, process, "authorise", request)
        await check_alive(connection, process)
        return known(await PaymentRepository(connection).find(request.payment_id))

    @again_and_again(locking=of_payment)
    async def begin_capture(
        self, connection: AsyncConnection, process: Process, request: PaymentOf
    ) -> Payment:
        await look(connection, process, "capture", request)
        await check_alive(connection, process)
        return known(await PaymentRepository(connection).find(request.payment_id))

    @again_and_again(locking=of_payment)
    async def begin_void(
        self, connection: AsyncConnection, process: Process, request: OpenPayment
    ) -> Payment | None:
        """Bury the payment before the gateway is asked. None: it never was, and never will be."""
        inbox, key = Inbox(connection), key_of(process, "open_payment", first_part(request))
        if not await inbox.bury(key, process.id) and is_done(await inbox.find_answer(key)):
            await inbox.undo(key)
        payment = await PaymentRepository(connection).find(request.payment_id)
        if payment and payment.status == PaymentStatus.COMPLETED:
            raise WrongState("what was captured is not voided", {"status": payment.status})
        return known(payment) if payment else None

    async def find_payment(self, request: PaymentOf) -> Payment:
        async with self._engine.connect() as connection:
            return known(await PaymentRepository(connection).find(request.payment_id))

    @once("record_event")
    async def record_event(
        self, connection: AsyncConnection, process: Process, request: GatewayEvent
    ) -> None:
        payments = PaymentRepository(connection)
        is_old_news = await payments.is_settled(request.object_reference)
        event = row_of_event(process, request, is_old_news=is_old_news)
        is_new = await payments.add_event(event)
        if is_new and event["outcome"] is None:
            UNHANDLED.inc()


def known(payment: PaymentRow | None) -> Payment:
    """Tell the gateway's side of a payment."""
    if payment is None:
        raise UnknownReference("no such payment", {"field": "payment_id"})
    amount = Money(amount=payment.amount, currency=payment.currency)
    return Payment(payment.payment_id, amount, payment.reference)


def row_of(process: Process, request: OpenPayment) -> dict[str, Any]:
    origin = process.origin
    return {
        "payment_id": request.payment_id,
        "bill_id": request.bill_id,
        "appointment_id": request.appointment_id,
        "patient_id": request.patient_id,
        "amount": request.amount.amount,
        "currency": request.amount.currency,
        "method": "CARD",
        "idempotency_key": str(request.payment_id),
        "created_by": origin.account_id,
        "updated_by": origin.account_id,
        "correlation_id": origin.correlation_id,
    }


def row_of_event(process: Process, request: GatewayEvent, *, is_old_news: bool) -> dict[str, Any]:
    outcome = "APPLIED" if request.is_handled else "IGNORED" if is_old_news else None
    return {
        "event_id": request.event_id,
        "type": request.type,
        "object_reference": request.object_reference,
        "payload": {name: request.payload[name] for name in KEPT if name in request.payload},
        "occurred_at": datetime.fromtimestamp(request.occurred_at, UTC),
        "handled_at": process.accepted_at if outcome else None,
        "outcome": outcome,
    }
