"""What the gateway tells: Stripe's objects, as far as anybody here looks at them."""

import secrets
import time
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, Field

API_VERSION = "2026-10-28"

Json = dict[str, object]


def now() -> int:
    return int(time.time())


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


class Document(BaseModel):
    """Something with an id that is kept, listed and told about."""

    id: str
    object: str
    created: int = Field(default_factory=now)


class PaymentError(BaseModel):
    """Why the last attempt to pay did not work."""

    type: str = "card_error"
    code: str
    decline_code: str | None = None
    message: str
    charge: str | None = None


class PaymentIntent(Document):
    """One payment. At most one charge of it ever succeeds; `status` moves as at Stripe."""

    id: str = Field(default_factory=lambda: new_id("pi"))
    object: str = "payment_intent"
    amount: int
    amount_capturable: int = 0
    amount_details: Json = {"tip": {}}
    amount_received: int = 0
    application: None = None
    application_fee_amount: None = None
    automatic_payment_methods: Json | None = None
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    capture_method: str = "automatic"
    client_secret: str = ""
    confirmation_method: str = "automatic"
    currency: str
    customer: str | None = None
    description: str | None = None
    last_payment_error: PaymentError | None = None
    latest_charge: str | None = None
    livemode: bool = False
    metadata: dict[str, str] = Field(default_factory=dict)
    next_action: Json | None = None
    on_behalf_of: None = None
    payment_method: str | None = None
    payment_method_options: Json = Field(default_factory=dict)
    payment_method_types: list[str] = Field(default_factory=lambda: ["card"])
    processing: None = None
    receipt_email: str | None = None
    review: None = None
    setup_future_usage: None = None
    shipping: None = None
    source: None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    status: str = "requires_payment_method"
    transfer_data: None = None
    transfer_group: None = None


class Charge(Document):
    """The money of a payment, as events and refunds speak of it. Derived, never kept."""

    object: str = "charge"
    amount: int
    amount_captured: int
    amount_refunded: int
    balance_transaction: None = None
    billing_details: Json = Field(default_factory=dict)
    captured: bool
    currency: str
    description: str | None = None
    disputed: bool = False
    livemode: bool = False
    metadata: dict[str, str]
    paid: bool = True
    payment_intent: str
    payment_method: str | None
    refunded: bool
    status: Literal["succeeded", "failed"] = "succeeded"


class Refund(Document):
    """Money on its way back. What is pending counts against the charge, what failed does not."""

    id: str = Field(default_factory=lambda: new_id("re"))
    object: str = "refund"
    amount: int
    balance_transaction: None = None
    charge: str | None
    currency: str
    failure_reason: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    payment_intent: str
    reason: str | None = None
    receipt_number: None = None
    source_transfer_reversal: None = None
    status: str = "succeeded"
    transfer_reversal: None = None


class Event(Document):
    """What happened, with the object as it was at that moment."""

    id: str = Field(default_factory=lambda: new_id("evt"))
    object: str = "event"
    api_version: str = API_VERSION
    data: dict[str, Json]
    livemode: bool = False
    pending_webhooks: int = 0
    request: Json = {"id": None, "idempotency_key": None}
    type: str


Kept = TypeVar("Kept", bound=Document)


class Listing(BaseModel, Generic[Kept]):
    """One page, newest first."""

    object: Literal["list", "search_result"] = "list"
    url: str
    has_more: bool
    data: list[Kept]


def charge_of(intent: PaymentIntent, refunded: int) -> Charge:
    return Charge(
        id=intent.latest_charge or "",
        created=intent.created,
        amount=intent.amount,
        amount_captured=intent.amount_received,
        amount_refunded=refunded,
        captured=intent.amount_received > 0,
        currency=intent.currency,
        description=intent.description,
        metadata=intent.metadata,
        payment_intent=intent.id,
        payment_method=intent.payment_method,
        refunded=0 < intent.amount_received <= refunded,
        status="failed" if intent.last_payment_error else "succeeded",
    )
