"""How the objects of Stripe are read. What cannot be read is nothing that anybody knows."""

from decimal import Decimal
from uuid import UUID

from stripe import CardError, ListObject, PaymentIntent
from stripe import Refund as StripeRefund

from activities.payments.amounts import money_of
from activities.payments.contract import GatewayState, RefundStatus
from activities.payments.faults import decline_code, said
from activities.payments.gateway import Account, Intent, Return, Taken, TakenPage

STATES = {
    "requires_action": GatewayState.NEEDS_ACTION,
    "requires_capture": GatewayState.AUTHORISED,
    "succeeded": GatewayState.CAPTURED,
    "canceled": GatewayState.CANCELLED,
}
ENDS = {
    "succeeded": RefundStatus.COMPLETED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}


def intent_of(intent: PaymentIntent) -> Intent:
    error, action = intent.last_payment_error, intent.next_action
    return Intent(
        reference=intent.id,
        state=state_of(intent),
        client_secret=intent.client_secret,
        next_action=action.to_dict() if action else None,
        declined=decline_code(error.decline_code, error.code) if error else None,
    )


def return_of(refund: StripeRefund) -> Return:
    return Return(
        reference=refund.id,
        status=ENDS.get(refund.status or "", RefundStatus.PENDING),
        failure_code=getattr(refund, "failure_reason", None),
    )


def decline_of(no: CardError) -> str:
    return decline_code(said(no, "decline_code"), said(no, "code"))


def state_of(intent: PaymentIntent) -> GatewayState:
    return STATES.get(intent.status, GatewayState.OPEN)


def account_of(intent: PaymentIntent) -> Account:
    captured = money_of(intent.amount_received, intent.currency)
    return Account(intent.id, state_of(intent), captured, refunded=Decimal(0))


def sum_of(page: ListObject[StripeRefund]) -> Decimal:
    """Count what has gone back; what is on its way has not."""
    gone = (one for one in page.data if one.status == "succeeded")
    return sum((money_of(one.amount, one.currency).amount for one in gone), Decimal(0))


def taken_of(page: ListObject[PaymentIntent]) -> TakenPage:
    taken = [
        Taken(intent.id, ours(intent))
        for intent in page.data
        if state_of(intent) is GatewayState.CAPTURED
    ]
    return TakenPage(taken, page.data[-1].id if page.has_more else None)


def ours(intent: PaymentIntent) -> UUID | None:
    """Read our id; whoever made a payment by hand may have written anything there."""
    try:
        return UUID(note_of(intent, "payment_id"))
    except (TypeError, ValueError):
        return None


def note_of(made: PaymentIntent | StripeRefund, name: str) -> str | None:
    """Read what we wrote on it; what was made by hand does not have it."""
    notes = made.metadata
    return notes[name] if notes and name in notes else None
