"""What the payment gateway tells: believed only when it is signed, and signed just now."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field, SecretStr, ValidationError
from stripe import SignatureVerificationError, Webhook

from activities.payments.contract import GatewayEvent
from api.problems import Code, Problem
from api.processes import Begun
from workflows.record_gateway_event import EventKept, RecordGatewayEventWorkflow

WINDOW = 300
"""Seconds that a signature counts: what is replayed later is refused."""

KEPT = {
    *("id", "object", "amount", "amount_capturable", "amount_received", "amount_refunded"),
    *("currency", "status", "metadata", "payment_intent", "charge", "latest_charge", "created"),
    *("captured", "paid", "refunded", "failure_reason", "cancellation_reason", "reason"),
}
"""What we keep of the object: nothing that tells of a card or of its holder."""


class About(BaseModel):
    """The object that something happened to, as far as we read it."""

    id: str = Field(max_length=255)
    metadata: dict[str, str] = {}

    @property
    def payment_id(self) -> UUID | None:
        """Our name for the payment; a refund has its own, and whatever is not ours has none."""
        try:
            return UUID(self.metadata["payment_id"])
        except (KeyError, ValueError):
            return None


class Data(BaseModel):
    object: dict[str, Any]


class Told(BaseModel):
    """An event as the gateway sends it."""

    id: str = Field(pattern=r"^[A-Za-z0-9_]{1,255}$")
    type: str = Field(max_length=100)
    created: int
    data: Data


class Gateway:
    """Reads the gateway's events; without a secret there is none that could be believed."""

    def __init__(self, secret: SecretStr | None = None) -> None:
        self._secret = secret

    def read(self, body: bytes, signature: str | None) -> GatewayEvent:
        """Raise `bad-signature` for what the gateway did not sign within the window."""
        # Whatever is not ASCII is nothing that could be compared.
        if self._secret is None or not (signature or "").isascii():
            raise Problem(Code.BAD_SIGNATURE)
        try:
            Webhook.construct_event(body, signature or "", self._secret.get_secret_value(), WINDOW)
        except (SignatureVerificationError, UnicodeDecodeError):
            raise Problem(Code.BAD_SIGNATURE) from None
        except ValueError:
            raise Problem(Code.MALFORMED_JSON) from None
        try:
            return event_of(Told.model_validate(json.loads(body)))
        except ValidationError:
            raise Problem(Code.VALIDATION_FAILED) from None


def event_of(told: Told) -> GatewayEvent:
    about = About.model_validate(told.data.object)
    return GatewayEvent(
        event_id=told.id,
        type=told.type,
        object_reference=about.id,
        payload=without_card(told.data.object),
        occurred_at=told.created,
        process=about.metadata.get("process"),
        payment_id=about.payment_id,
    )


def without_card(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name in KEPT}


def recording(event: GatewayEvent, correlation_id: str) -> Begun[EventKept]:
    return Begun(
        id=f"gateway-event-{event.event_id}",
        run=RecordGatewayEventWorkflow.run,
        request=event,
        summary=f"Keep {event.event_id}",
        about={},
        correlation_id=correlation_id,
    )
