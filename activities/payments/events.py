"""What the gateway tells of its own accord. It only nudges: how things stand is asked."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.contract import Money
from activities.inbox import Service, once
from activities.payments.amounts import money_of
from activities.payments.answers import VOIDED
from activities.payments.contract import EventRecorded, GatewayEvent, PaymentStatus, RefundStatus
from activities.process import Process
from db.payments.events import About, EventRepository

UNHANDLED = Counter("gateway_events_unhandled", "Events of the gateway that no process waited for")

KEPT = (
    *("id", "object", "status", "amount", "amount_captured", "amount_received"),
    *("amount_refunded", "currency", "payment_intent", "metadata", "created", "failure_reason"),
)
"""What is kept of the object that an event is about: no card, no address, no name."""

STILL_PAYABLE = ("succeeded", "requires_capture")
"""States of a payment that its end here does not explain."""
ENDS_OF_REFUNDS = {
    ("succeeded", RefundStatus.COMPLETED),
    ("failed", RefundStatus.FAILED),
    ("canceled", RefundStatus.FAILED),
}


def of_payment(event: GatewayEvent) -> list[str]:
    return [f"payment:{event.payment_id}"] if event.payment_id else []


class EventService(Service):
    """Keeps each event once, in whatever order and number they come."""

    @once("record_event", locking=of_payment)
    async def record_event(
        self, connection: AsyncConnection, process: Process, request: GatewayEvent
    ) -> EventRecorded:
        events = EventRepository(connection)
        about = await events.find_about(
            request.payment_id or id_in(request, "payment_id"),
            references_in(request),
            id_in(request, "refund_id"),
        )
        event = row_of(process, request, about)
        is_new = await events.add(event)
        is_open = event["outcome"] is None
        if is_new and is_open:
            UNHANDLED.inc()
        return EventRecorded(is_open=is_open)


def id_in(event: GatewayEvent, name: str) -> UUID | None:
    """Read one of our ids; whoever made a payment by hand may have written anything there."""
    notes = event.payload.get("metadata")
    try:
        return UUID(notes[name]) if notes else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def references_in(event: GatewayEvent) -> list[str]:
    """Name what an event is about, and the payment that this belongs to."""
    payment = event.payload.get("payment_intent")
    return [event.object_reference, *([payment] if isinstance(payment, str) else [])]


def is_old_news(event: GatewayEvent, about: About | None) -> bool:
    """Tell whether the record says already what an event says. In doubt, it does not."""
    if about is None:
        return False
    told = event.payload.get("status")
    match event.payload.get("object"):
        case "payment_intent":
            # Money that a void met is recorded, but nobody has booked it or given it back.
            is_settled = about.failure_code != VOIDED
            return (about.status == PaymentStatus.COMPLETED and is_settled) or (
                about.status == PaymentStatus.FAILED and told not in STILL_PAYABLE
            )
        case "refund":
            return (told, about.refund_status) in ENDS_OF_REFUNDS
        case "charge":
            return about.status == PaymentStatus.COMPLETED and refunded_in(event) == Money(
                amount=about.refunded, currency=about.currency
            )
    return False


def refunded_in(event: GatewayEvent) -> Money | None:
    units, currency = event.payload.get("amount_refunded"), event.payload.get("currency")
    if not isinstance(units, int) or not isinstance(currency, str):
        return None
    return money_of(units, currency)


def row_of(process: Process, event: GatewayEvent, about: About | None) -> dict[str, Any]:
    is_known = is_old_news(event, about)
    outcome = "APPLIED" if event.is_handled else "IGNORED" if is_known else None
    return {
        "event_id": event.event_id,
        "type": event.type,
        "object_reference": event.object_reference,
        "payload": {name: event.payload[name] for name in KEPT if name in event.payload},
        "occurred_at": datetime.fromtimestamp(event.occurred_at, UTC),
        "handled_at": process.accepted_at if outcome else None,
        "outcome": outcome,
        "payment_id": about and about.payment_id,
        "refund_id": about and about.refund_id,
    }
