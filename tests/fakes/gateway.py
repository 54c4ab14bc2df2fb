"""The card company, in memory: it keeps its own books, which ours must equal."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from activities.contract import Money
from activities.payments.contract import GatewayState

OPEN, AUTHORISED, CAPTURED = GatewayState.OPEN, GatewayState.AUTHORISED, GatewayState.CAPTURED
NEEDS_ACTION, CANCELLED = GatewayState.NEEDS_ACTION, GatewayState.CANCELLED
CARD, NO_CARD, EMPTY_CARD, BANK_ASKS = "card", "card-declined", "card-empty", "card-asks"
"""Reserved at once · declined · reserved, but not captured · the bank wants a further step."""
CAPTURABLE, SUCCEEDED, CANCELED = (
    f"payment_intent.{what}" for what in ("amount_capturable_updated", "succeeded", "canceled")
)
"""What it tells of its own accord."""


@dataclass
class Intent:
    """A payment at the gateway."""

    amount: Money
    state: GatewayState = OPEN
    method: str = ""
    captured: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)


@dataclass
class Gateway:
    intents: dict[UUID, Intent] = field(default_factory=dict)
    moved: Counter[UUID] = field(default_factory=Counter)
    """How often money moved for a payment or a refund: each may once."""
    news: list[tuple[str, UUID]] = field(default_factory=list)
    """What it would tell whoever listens, in the order in which it happened."""

    @property
    def net(self) -> Decimal:
        return sum((i.captured - i.refunded for i in self.intents.values()), Decimal(0))

    def authorise(self, payment_id: UUID, method: str) -> GatewayState:
        intent = self.intents[payment_id]
        if intent.state is OPEN and method != NO_CARD:
            intent.method = method
            if method == BANK_ASKS:
                intent.state = NEEDS_ACTION
            else:
                self.authorise_outside(payment_id)
        return intent.state

    def authorise_outside(self, payment_id: UUID) -> None:
        """The patient pays in the gateway's own form, or satisfies the bank."""
        intent = self.intents[payment_id]
        if intent.state in (OPEN, NEEDS_ACTION):
            intent.state = AUTHORISED
            self.news.append((CAPTURABLE, payment_id))

    def capture(self, payment_id: UUID) -> GatewayState:
        intent = self.intents[payment_id]
        if intent.state is AUTHORISED:
            if intent.method == EMPTY_CARD:
                intent.state = OPEN
            else:
                self.capture_outside(payment_id)
        return intent.state

    def capture_outside(self, payment_id: UUID) -> None:
        """Take the money, whoever wants it."""
        intent = self.intents[payment_id]
        intent.state, intent.captured = CAPTURED, intent.amount.amount
        self.moved[payment_id] += 1
        self.news.append((SUCCEEDED, payment_id))

    def cancel(self, payment_id: UUID) -> GatewayState:
        intent = self.intents[payment_id]
        if intent.state not in (CAPTURED, CANCELLED):
            intent.state = CANCELLED
            self.news.append((CANCELED, payment_id))
        return intent.state

    def give_back(self, refund_id: UUID, payment_id: UUID, amount: Decimal) -> None:
        self.intents[payment_id].refunded += amount
        self.moved[refund_id] += 1
        self.news.append(("refund.updated", payment_id))
