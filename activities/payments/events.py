"""What the gateway tells of its own accord. It only nudges: how things stand is asked."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.contract import Money
from activities.inbox import Service, once
from activities.payments.amounts import money_of
from activities.payments.answers import VOIDED
from activities.payments.contract import EventRecorded, GatewayEvent, PaymentStatus, RefundStatus
from activities.process import Process
from db.payments.events import About, EventRepository

KEPT = (
    *("id", "object", "status", "amount", "amount_captured", "amount_received"),
    *("amount_refunded", "currency", "payment_intent", "metadata", "created", "failure_reason"),
)
"""What is kept of the object that an event is about: no card, no address, no name."""

OF_OUR_DOING = ("payment_intent.created", "payment_intent.canceled", "charge.succeeded")
"""Events of a payment of ours that ask for nothing: other events tell of its money."""
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
        """Compare it with the record. What is news stays open until the record says it, too."""
        events = EventRepository(connection)
        about = await events.find_about(
            request.payment_id or id_in(request, "payment_id"),
            references_in(request),
            id_in(request, "refund_id"),
        )
        is_news = not is_old_news(request, about)
        await events.add(row_of(process, request, about, is_news=is_news))
        return EventRecorded(is_news=is_news)


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
    if event.type in OF_OUR_DOING:
        return True
    told = event.payload.get("status")
    match event.payload.get("object"):
        case "payment_intent":
            return is_known_state(told, about)
        case "refund":
            return (told, about.refund_status) in ENDS_OF_REFUNDS
        case "charge":
            return about.status == PaymentStatus.COMPLETED and refunded_in(event) == Money(
                amount=about.refunded, currency=about.currency
            )
    return False


def is_known_state(told: object, about: About) -> bool:
    match about.status:
        case PaymentStatus.COMPLETED:
            # Money that a void met is recorded, but nobody has booked it or given it back.
            return about.failure_code != VOIDED
        case PaymentStatus.FAILED:
            return told not in STILL_PAYABLE
    return told == "requires_capture" and about.is_authorised


def refunded_in(event: GatewayEvent) -> Money | None:
    units, currency = event.payload.get("amount_refunded"), event.payload.get("currency")
    if not isinstance(units, int) or not isinstance(currency, str):
        return None
    return money_of(units, currency)


def row_of(
    process: Process, event: GatewayEvent, about: About | None, *, is_news: bool
) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "type": event.type,
        "object_reference": event.object_reference,
        "payload": {name: event.payload[name] for name in KEPT if name in event.payload},
        "occurred_at": datetime.fromtimestamp(event.occurred_at, UTC),
        "handled_at": None if is_news else process.accepted_at,
        "outcome": None if is_news else "IGNORED",
        "payment_id": about and about.payment_id,
        "refund_id": about and about.refund_id,
    }
