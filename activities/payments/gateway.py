"""The card company, as this service speaks to it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from activities.contract import Money
from activities.payments.contract import Attempt, GatewayState, RefundStatus


@dataclass(frozen=True, slots=True)
class Payment:
    """What the gateway must know of a payment. `reference` is its own name, once it gave one."""

    payment_id: UUID
    amount: Money
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """What the gateway must know of a refund."""

    refund_id: UUID
    amount: Money
    payment_reference: str
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment as the gateway tells it. `declined` is why the last try did not work."""

    reference: str | None
    state: GatewayState
    client_secret: str | None = None
    next_action: dict[str, Any] | None = None
    declined: str | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """A refund as the gateway tells it."""

    reference: str | None
    status: RefundStatus
    failure_code: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What the gateway's books say of a payment. What is on its way back is not given back."""

    reference: str
    state: GatewayState
    captured: Money
    refunded: Decimal
    """In the currency of what was captured."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A payment that the gateway captured; without our id it was not made here."""

    reference: str
    payment_id: UUID | None


@dataclass(frozen=True, slots=True)
class TakenPage:
    """A page of what the gateway captured; without `next` it is the last one."""

    payments: list[Taken]
    next: str | None


class Gateway(Protocol):
    """Moves money. What is asked again under the same part is not done again, but told again.

    A decline is an answer. Raises what `activities.payments.faults` names, and nothing else.
    """

    async def open(self, payment: Payment, process: str, attempt: Attempt) -> Intent: ...
    async def open_authorised(
        self, payment: Payment, method: str, process: str, attempt: Attempt
    ) -> Intent: ...
    async def authorise(
        self, payment: Payment, method: str, part: str, attempt: Attempt
    ) -> Intent: ...
    async def capture(self, payment: Payment, part: str, attempt: Attempt) -> Intent: ...
    async def cancel(self, payment: Payment, attempt: Attempt) -> Intent | None: ...
    async def read(self, payment: Payment) -> Intent | None: ...
    async def give_back(
        self, refund: Refund, process: str, part: str, attempt: Attempt
    ) -> Return: ...
    async def read_refund(self, refund: Refund) -> Return | None: ...
    async def audit(self, payment: Payment) -> Account | None: ...
    async def list_captured(
        self, since: datetime, until: datetime, after: str | None
    ) -> TakenPage: ...
