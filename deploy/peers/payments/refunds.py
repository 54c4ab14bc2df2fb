"""Money back, and never more of it than was taken."""

from typing import Literal

from deploy.peers.payments import methods
from deploy.peers.payments.documents import Documents
from deploy.peers.payments.events import Events
from deploy.peers.payments.orders import CreateRefund, Search
from deploy.peers.payments.refusals import Decline, declined, impossible, missing
from deploy.peers.payments.shapes import PaymentIntent, Refund, charge_of

STATUSES = {methods.REFUNDS_LATER: "pending", methods.NEVER_REFUNDS: "failed"}


class Refunds:
    """Refunds count against the charge from the moment they are asked for, unless they failed."""

    def __init__(
        self,
        documents: Documents[Refund],
        intents: Documents[PaymentIntent],
        events: Events,
    ) -> None:
        self._documents = documents
        self._intents = intents
        self._events = events

    def create(self, order: CreateRefund, decline: Decline | None) -> Refund:
        if decline:
            raise declined(decline)
        intent = self.payment_of(order)
        refund = Refund(
            amount=self._refundable(intent, order.amount),
            charge=intent.latest_charge,
            currency=intent.currency,
            metadata=order.metadata,
            payment_intent=intent.id,
            reason=order.reason,
            status=STATUSES.get(intent.payment_method or "", "succeeded"),
        )
        if refund.status == "failed":
            refund.failure_reason = "unknown"
        self._documents.add(refund, intent.id)
        self._events.record("refund.created", refund)
        self._tell_the_end(refund, intent)
        return refund

    def settle(self, refund_id: str, status: Literal["succeeded", "failed"]) -> Refund:
        refund = self._documents.get(refund_id)
        if refund.status != "pending":
            raise impossible(f"This refund is {refund.status} already.")
        refund.status = status
        refund.failure_reason = "unknown" if status == "failed" else None
        self._documents.save(refund)
        self._events.record("refund.updated", refund)
        self._tell_the_end(refund, self._intents.get(refund.payment_intent))
        return refund

    def payment_of(self, order: CreateRefund) -> PaymentIntent:
        if order.payment_intent:
            return self._intents.get(order.payment_intent)
        matching = {"$.latest_charge": order.charge or ""}
        page = Search(query="status:'succeeded'", limit=1)
        found = self._intents.page(page, "", matching=matching).data
        if not found:
            raise missing("charge", order.charge or "", "charge")
        return found[0]

    def total(self, intent: PaymentIntent, *statuses: str) -> int:
        return sum(
            refund.amount
            for refund in self._documents.of_intent(intent.id)
            if refund.status in statuses
        )

    def _refundable(self, intent: PaymentIntent, asked: int | None) -> int:
        if not intent.amount_received:
            raise impossible(
                f"This PaymentIntent ({intent.id}) does not have a successful charge to refund."
            )
        left = intent.amount_received - self.total(intent, "pending", "succeeded")
        if not left:
            raise impossible(
                f"Charge {intent.latest_charge} has already been refunded.",
                code="charge_already_refunded",
            )
        if asked and asked > left:
            raise impossible(
                f"Refund amount ({asked}) is greater than unrefunded amount on charge ({left}).",
                param="amount",
            )
        return asked or left

    def _tell_the_end(self, refund: Refund, intent: PaymentIntent) -> None:
        if refund.status == "failed":
            self._events.record("refund.failed", refund)
        if refund.status == "succeeded":
            charge = charge_of(intent, self.total(intent, "succeeded"))
            self._events.record("charge.refunded", charge)
