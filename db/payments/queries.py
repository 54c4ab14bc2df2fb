"""The published side of payments: what others may read of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Numeric, Select, Table, Uuid, select

from db.base import ids, moment, moments, numbers, texts, views
from db.reading import Page, Reader, Record, Sight

published = views()


def amounts(*names: str) -> list[Column[Any]]:
    return [Column(name, Numeric(12, 2)) for name in names]


payments = Table(
    "payments",
    published,
    # Pages are sorted by these two: they are never null, and the pager wants to be told.
    Column("payment_id", Uuid, nullable=False),
    moment("created_at", nullable=False),
    *ids("bill_id", "appointment_id", "patient_id", "created_by"),
    *amounts("amount", "authorised_amount", "captured_amount", "refunded_amount"),
    *texts("currency", "method", "reference", "status", "failure_code", "notes"),
    *moments("authorised_at", "paid_at", "updated_at"),
    *numbers("version"),
)
refunds = Table(
    "refunds",
    published,
    # Here too.
    Column("refund_id", Uuid, nullable=False),
    moment("created_at", nullable=False),
    *ids("payment_id", "bill_id", "appointment_id", "patient_id", "created_by"),
    *amounts("amount"),
    *texts("currency", "reason", "reason_code", "status", "reference", "failure_code"),
    *moments("accepted_at", "processed_at", "updated_at"),
    *numbers("attempts", "version"),
)
gateway_events = Table(
    "gateway_events",
    published,
    *texts("event_id", "type", "object_reference", "outcome"),
    *moments("occurred_at", "received_at", "handled_at"),
    *ids("payment_id", "refund_id"),
)


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """Which payments are wanted; what is not set does not matter."""

    bill_id: UUID | None = None
    method: str | None = None
    status: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        v = payments.c
        wanted = {v.bill_id: self.bill_id, v.method: self.method}
        conditions = [column == value for column, value in wanted.items() if value is not None]
        if self.status:
            conditions.append(v.status.in_(self.status))
        if self.since:
            conditions.append(v.created_at >= self.since)
        if self.until:
            conditions.append(v.created_at < self.until)
        return conditions


@dataclass(frozen=True, slots=True)
class RefundFilter:
    """Which refunds are wanted; what is not set does not matter."""

    payment_id: UUID | None = None
    status: tuple[str, ...] = ()

    def conditions(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.payment_id:
            conditions.append(refunds.c.payment_id == self.payment_id)
        if self.status:
            conditions.append(refunds.c.status.in_(self.status))
        return conditions


SORTS: dict[str, ColumnElement[Any]] = {"-created_at": payments.c.created_at.desc()}


class PaymentQueries(Reader):
    """Reads payments and refunds, as far as the reader may see them."""

    async def find(self, payment_id: UUID, sight: Sight) -> Record | None:
        return await self.one(
            select(payments).where(payments.c.payment_id == payment_id, sight.of(payments))
        )

    async def list(
        self, wanted: PaymentFilter, sight: Sight, sort: str, limit: int, bookmark: str | None
    ) -> Page:
        query: Select[Any] = (
            select(payments)
            .where(sight.of(payments), *wanted.conditions())
            .order_by(SORTS[sort], payments.c.payment_id)
        )
        return await self.page(query, limit, bookmark)

    async def of_appointments(
        self, appointment_ids: Sequence[UUID], sight: Sight
    ) -> Sequence[Record]:
        return await self.all(
            select(payments)
            .where(payments.c.appointment_id.in_(appointment_ids), sight.of(payments))
            .order_by(payments.c.created_at, payments.c.payment_id)
        )

    async def refunds_of(self, payment_ids: Sequence[UUID], sight: Sight) -> Sequence[Record]:
        return await self.all(
            select(refunds)
            .where(refunds.c.payment_id.in_(payment_ids), sight.of(refunds))
            .order_by(refunds.c.created_at, refunds.c.refund_id)
        )

    async def find_refunds(self, refund_ids: Sequence[UUID]) -> Sequence[Record]:
        return await self.all(select(refunds).where(refunds.c.refund_id.in_(refund_ids)))

    async def find_refund(self, refund_id: UUID, sight: Sight) -> Record | None:
        return await self.one(
            select(refunds).where(refunds.c.refund_id == refund_id, sight.of(refunds))
        )

    async def list_refunds(
        self, wanted: RefundFilter, sight: Sight, limit: int, bookmark: str | None
    ) -> Page:
        query: Select[Any] = (
            select(refunds)
            .where(sight.of(refunds), *wanted.conditions())
            .order_by(refunds.c.created_at.desc(), refunds.c.refund_id)
        )
        return await self.page(query, limit, bookmark)
