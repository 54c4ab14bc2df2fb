"""Every query on what has not ended: it only reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import and_, func, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from db.payments.models import (
    gateway_events,
    payment_changes,
    payments,
    refund_changes,
    refunds,
)

PENDING, COMPLETED = "PENDING", "COMPLETED"

p, r, e = payments.c, refunds.c, gateway_events.c
begun, refund_begun = payment_changes.c, refund_changes.c

BEGUN = and_(begun.payment_id == p.payment_id, begun.version == 1)
REFUND_BEGUN = and_(refund_begun.refund_id == r.refund_id, refund_begun.version == 1)
"""The first line of a history says which process began it, and when that was accepted."""


@dataclass(frozen=True, slots=True)
class UnsettledRow:
    payment_id: UUID
    bill_id: UUID
    appointment_id: UUID | None
    status: str
    process: str


@dataclass(frozen=True, slots=True)
class UnsettledRefundRow:
    refund_id: UUID
    payment_id: UUID
    process: str


@dataclass(frozen=True, slots=True)
class UnmatchedRow:
    """An event of which nobody knows what it is about."""

    event_id: str
    type: str
    object_reference: str


class UnsettledRepository:
    """Reads what has waited for its end since before a moment."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def list_payments(
        self, before: datetime, after: UUID | None, limit: int
    ) -> list[UnsettledRow]:
        waiting = union(
            select(p.payment_id)
            .join_from(payments, payment_changes, BEGUN)
            .where(p.status == PENDING, begun.accepted_at < before),
            # Voided when its money had come already.
            select(p.payment_id).where(p.status == COMPLETED, p.failure_code.is_not(None)),
            select(r.payment_id).where(r.status == PENDING, r.accepted_at < before),
            select(e.payment_id).where(e.handled_at.is_(None), e.occurred_at < before),
        ).subquery()
        query = (
            select(p.payment_id, p.bill_id, p.appointment_id, p.status, begun.workflow_id)
            .join_from(payments, waiting, waiting.c.payment_id == p.payment_id)
            .join(payment_changes, BEGUN)
            .order_by(p.payment_id)
            .limit(limit)
        )
        if after:
            query = query.where(p.payment_id > after)
        return [UnsettledRow(*row) for row in await self._connection.execute(query)]

    async def list_refunds(
        self, payment_ids: Sequence[UUID], before: datetime
    ) -> list[UnsettledRefundRow]:
        query = (
            select(r.refund_id, r.payment_id, refund_begun.workflow_id)
            .join_from(refunds, refund_changes, REFUND_BEGUN)
            .where(r.payment_id.in_(payment_ids), r.status == PENDING, r.accepted_at < before)
            .order_by(r.refund_id)
        )
        return [UnsettledRefundRow(*row) for row in await self._connection.execute(query)]

    async def list_unmatched(self, before: datetime, limit: int) -> list[UnmatchedRow]:
        query = (
            select(e.event_id, e.type, e.object_reference)
            .where(e.handled_at.is_(None), e.payment_id.is_(None), e.occurred_at < before)
            .order_by(e.event_id)
            .limit(limit)
        )
        return [UnmatchedRow(*row) for row in await self._connection.execute(query)]

    async def find_beginning(self, payment_id: UUID) -> datetime:
        """Tell when the process that began a payment was accepted."""
        query = select(begun.accepted_at).where(begun.payment_id == payment_id, begun.version == 1)
        accepted_at: datetime = (await self._connection.execute(query)).scalar_one()
        return accepted_at

    async def sum_refunded(self, payment_id: UUID) -> Decimal:
        """Count what has come back to its payer; what is on its way does not."""
        query = select(func.coalesce(func.sum(r.amount), 0)).where(
            r.payment_id == payment_id, r.status == COMPLETED
        )
        return Decimal((await self._connection.execute(query)).scalar_one())

    async def list_statuses(self, payment_ids: Sequence[UUID]) -> dict[UUID, str]:
        query = select(p.payment_id, p.status).where(p.payment_id.in_(payment_ids))
        rows = await self._connection.execute(query)
        return {row.payment_id: row.status for row in rows}
