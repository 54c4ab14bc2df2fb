"""The gateway as one object: what it keeps, what it can do, and to whom it tells it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

from fastapi import Depends, Request

from deploy.peers.payments.deliveries import Deliveries
from deploy.peers.payments.desk import Desk
from deploy.peers.payments.documents import Documents
from deploy.peers.payments.events import Events
from deploy.peers.payments.faults import Faults
from deploy.peers.payments.intents import Intents
from deploy.peers.payments.refunds import Refunds
from deploy.peers.payments.shapes import Event, PaymentIntent, Refund
from deploy.peers.payments.storage import Storage
from deploy.peers.payments.webhooks import Sender


@dataclass(frozen=True)
class Settings:
    """What a gateway is started with. Without a URL nobody is told of any event."""

    database: Path
    secret_key: str
    webhook_url: str | None = None
    webhook_secret: str = "whsec_sandbox"  # noqa: S105 - opens nothing but this stand-in


class Gateway:
    """Wires the parts together, once per process."""

    def __init__(self, settings: Settings) -> None:
        self.secret_key = settings.secret_key
        self.storage = Storage(settings.database)
        self.payments = Documents(self.storage, PaymentIntent, "payment_intent")
        self.returns = Documents(self.storage, Refund, "refund")
        self.history = Documents(self.storage, Event, "event")
        self.deliveries = Deliveries(self.storage)
        events = Events(self.history, self.deliveries if settings.webhook_url else None)
        self.intents = Intents(self.payments, events)
        self.refunds = Refunds(self.returns, self.payments, events)
        self.faults = Faults()
        self.desk = Desk(self.storage, self.faults)
        self._settings = settings

    def sender(self) -> Sender | None:
        url = self._settings.webhook_url
        if url is None:
            return None
        return Sender(self.deliveries, self.history, url, self._settings.webhook_secret)


def gateway_of(request: Request) -> Gateway:
    return cast("Gateway", request.app.state.gateway)


TheGateway = Annotated[Gateway, Depends(gateway_of)]
