"""What happened, written beside the change itself, and a delivery for each if anybody listens."""

from deploy.peers.payments.deliveries import Deliveries
from deploy.peers.payments.documents import Documents
from deploy.peers.payments.shapes import Charge, Event, PaymentIntent, Refund


class Events:
    """Records events. An event exists exactly if the change does that it tells of."""

    def __init__(self, documents: Documents[Event], deliveries: Deliveries | None) -> None:
        self._documents = documents
        self._deliveries = deliveries

    def record(self, what: str, about: PaymentIntent | Refund | Charge) -> None:
        intent_id = about.id if isinstance(about, PaymentIntent) else about.payment_intent
        event = Event(
            type=what,
            data={"object": about.model_dump(mode="json")},
            pending_webhooks=1 if self._deliveries else 0,
        )
        self._documents.add(event, intent_id)
        if self._deliveries:
            self._deliveries.add(event.id, intent_id)
