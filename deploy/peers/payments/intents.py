"""Payments: authorised, captured, cancelled, and never otherwise than Stripe allows."""

from deploy.peers.payments import methods
from deploy.peers.payments.documents import Documents
from deploy.peers.payments.events import Events
from deploy.peers.payments.orders import CancelIntent, CreateIntent
from deploy.peers.payments.refusals import (
    Decline,
    declined,
    impossible,
    missing,
    unexpected_state,
)
from deploy.peers.payments.shapes import PaymentError, PaymentIntent, new_id, now

CONFIRMABLE = {"requires_payment_method", "requires_confirmation", "requires_action"}
CANCELABLE = {*CONFIRMABLE, "requires_capture"}


class Intents:
    """Moves payments through their states. A move that is not legal changes nothing."""

    def __init__(self, documents: Documents[PaymentIntent], events: Events) -> None:
        self._documents = documents
        self._events = events

    def create(self, order: CreateIntent, decline: Decline | None) -> PaymentIntent:
        if order.payment_method:
            check_method(order.payment_method)
        if decline and not order.confirm:
            raise declined(decline)
        intent = opened(order)
        self._documents.add(intent, intent.id)
        self._events.record("payment_intent.created", intent)
        return self._try(intent, decline) if order.confirm else intent

    def confirm(self, intent_id: str, method: str | None, decline: Decline | None) -> PaymentIntent:
        if method:
            check_method(method)
        intent = self._documents.get(intent_id)
        chosen = method or intent.payment_method
        if intent.status not in CONFIRMABLE or not chosen:
            raise unexpected_state(intent, "confirm")
        intent.payment_method = chosen
        return self._try(intent, decline)

    def authenticate(self, intent_id: str, *, succeeds: bool) -> PaymentIntent:
        """Finish what the holder of the card was asked to do."""
        intent = self._documents.get(intent_id)
        if intent.status != "requires_action":
            raise unexpected_state(intent, "authenticate")
        intent.next_action = None
        if not succeeds:
            self._refuse(intent, methods.NOT_AUTHENTICATED)
            return intent
        return self._authorise(intent)

    def capture(self, intent_id: str, amount: int | None, decline: Decline | None) -> PaymentIntent:
        intent = self._documents.get(intent_id)
        if intent.status != "requires_capture":
            raise unexpected_state(intent, "capture")
        amount = amount or intent.amount_capturable
        if amount > intent.amount_capturable:
            raise impossible(
                f"The amount to capture ({amount}) is greater than what can be captured "
                f"({intent.amount_capturable}).",
                param="amount_to_capture",
                code="amount_too_large",
            )
        if intent.payment_method == methods.DECLINES_AT_CAPTURE:
            decline = decline or methods.GENERIC
        if decline:
            self._refuse(intent, decline)
            raise declined(decline, intent)
        return self._succeed(intent, amount)

    def cancel(self, intent_id: str, order: CancelIntent, decline: Decline | None) -> PaymentIntent:
        if decline:
            raise declined(decline)
        intent = self._documents.get(intent_id)
        if intent.status not in CANCELABLE:
            raise unexpected_state(intent, "cancel")
        intent.status = "canceled"
        intent.amount_capturable = 0
        intent.next_action = None
        intent.canceled_at = now()
        intent.cancellation_reason = order.cancellation_reason
        return self._tell(intent, "canceled")

    def _try(self, intent: PaymentIntent, decline: Decline | None) -> PaymentIntent:
        intent.last_payment_error = None
        decline = decline or methods.DECLINES.get(intent.payment_method or "")
        if decline:
            intent.latest_charge = new_id("ch")
            self._refuse(intent, decline)
            raise declined(decline, intent)
        if intent.payment_method == methods.WANTS_AUTHENTICATION:
            intent.status = "requires_action"
            intent.next_action = {
                "type": "use_stripe_sdk",
                "use_stripe_sdk": {"type": "three_d_secure_redirect", "source": new_id("src")},
            }
            return self._tell(intent, "requires_action")
        return self._authorise(intent)

    def _authorise(self, intent: PaymentIntent) -> PaymentIntent:
        intent.latest_charge = new_id("ch")
        if intent.capture_method != "manual":
            return self._succeed(intent, intent.amount)
        intent.status = "requires_capture"
        intent.amount_capturable = intent.amount
        return self._tell(intent, "amount_capturable_updated")

    def _succeed(self, intent: PaymentIntent, amount: int) -> PaymentIntent:
        """Take the money. What was authorised beyond it is free again."""
        intent.status = "succeeded"
        intent.amount_received = amount
        intent.amount_capturable = 0
        return self._tell(intent, "succeeded")

    def _refuse(self, intent: PaymentIntent, decline: Decline) -> None:
        intent.status = "requires_payment_method"
        intent.amount_capturable = 0
        intent.next_action = None
        intent.last_payment_error = PaymentError(
            code=decline.code,
            decline_code=decline.decline_code,
            message=decline.message,
            charge=intent.latest_charge,
        )
        intent.payment_method = None
        self._tell(intent, "payment_failed")

    def _tell(self, intent: PaymentIntent, what: str) -> PaymentIntent:
        self._documents.save(intent)
        self._events.record(f"payment_intent.{what}", intent)
        return intent


def check_method(method: str) -> None:
    if method not in methods.KNOWN:
        raise missing("PaymentMethod", method, "payment_method")


def opened(order: CreateIntent) -> PaymentIntent:
    asked = order.model_dump(exclude={"confirm", "payment_method_types", "currency"})
    intent = PaymentIntent(
        **asked,
        currency=order.currency.lower(),
        payment_method_types=list(order.payment_method_types.values()),
        status="requires_confirmation" if order.payment_method else "requires_payment_method",
    )
    intent.client_secret = f"{intent.id}_secret_{new_id('s')[2:]}"
    return intent
