"""The published side of bills: what others may read of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    Numeric,
    Select,
    Table,
    Uuid,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on

from db.base import ids, moment, moments, numbers, texts, views
from db.reading import Page, Reader, Record, Sight

published = views()


def amounts(*names: str) -> list[Column[Any]]:
    return [Column(name, Numeric(12, 2)) for name in names]


bills = Table(
    "bills",
    published,
    # Pages are sorted by these three: they are never null, and the pager wants to be told.
    Column("bill_id", Uuid, nullable=False),
    Column("due_date", Date, nullable=False),
    moment("created_at", nullable=False),
    *ids("patient_id", "appointment_id", "created_by"),
    *numbers("number", "version"),
    *texts("currency", "status", "payment_type", "notes"),
    *amounts("amount", "tax_amount", "total_amount", "credited_amount", "reserved_amount"),
    *amounts("paid_amount", "refunded_amount", "balance"),
    Column("paid", Boolean),
    *moments("updated_at"),
)
bill_lines = Table(
    "bill_lines",
    published,
    *ids("line_item_id", "bill_id"),
    *numbers("line_no"),
    *texts("kind", "description"),
    *amounts("quantity", "unit_price", "line_total", "line_tax"),
    Column("tax_rate", Numeric(5, 4)),
    *moments("created_at"),
)
bill_adjustments = Table(
    "bill_adjustments",
    published,
    *ids("adjustment_id", "bill_id", "decided_by"),
    *texts("kind", "reason"),
    *amounts("amount", "fee_kept"),
    *moments("accepted_at", "created_at"),
)
settlements = Table(
    "settlements",
    published,
    *ids("settlement_id", "bill_id"),
    *texts("kind", "state"),
    *amounts("amount"),
    *moments("created_at", "updated_at", "applied_at"),
    *ids("payment_id"),
)


@dataclass(frozen=True, slots=True)
class BillFilter:
    """Which bills are wanted; what is not set does not matter."""

    patient_id: UUID | None = None
    appointment_id: UUID | None = None
    status: tuple[str, ...] = ()
    due_from: date | None = None
    due_to: date | None = None
    overdue_on: date | None = None
    """Still owed on this day, though due before it."""

    def conditions(self) -> list[ColumnElement[bool]]:
        v = bills.c
        conditions: list[ColumnElement[bool]] = []
        if self.patient_id:
            conditions.append(v.patient_id == self.patient_id)
        if self.appointment_id:
            conditions.append(v.appointment_id == self.appointment_id)
        if self.status:
            conditions.append(v.status.in_(self.status))
        if self.due_from:
            conditions.append(v.due_date >= self.due_from)
        if self.due_to:
            conditions.append(v.due_date <= self.due_to)
        if self.overdue_on:
            conditions += [v.due_date < self.overdue_on, v.status.in_(["OPEN", "PARTIALLY_PAID"])]
        return conditions


SORTS: dict[str, ColumnElement[Any]] = {
    "-created_at": bills.c.created_at.desc(),
    "due_date": bills.c.due_date.asc(),
}


b, n, j, s = bills.c, bill_lines.c, bill_adjustments.c, settlements.c


def total(amount: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    """Sum up what belongs to the bill of the query around it."""
    return select(func.coalesce(func.sum(amount), 0)).where(*conditions).scalar_subquery()


CONSULTATION = total(
    n.line_total + n.line_tax, n.bill_id == b.bill_id, n.kind == "CONSULTATION"
) - total(j.amount, j.bill_id == b.bill_id, j.kind == "PRICE_DROP")
RECEIVED = total(
    s.amount, s.bill_id == b.bill_id, s.kind == "PAYMENT", s.state == "APPLIED"
) - total(s.amount, s.bill_id == b.bill_id, s.kind == "REFUND", s.state != "RELEASED")
IS_CLOSED = exists().where(j.bill_id == b.bill_id, j.kind == "VOID")
CHARGE = (
    select(
        b.currency,
        CONSULTATION.label("consultation"),
        (b.total_amount - b.credited_amount).label("asked"),
        RECEIVED.label("received"),
    )
    .where(b.appointment_id == bindparam("id"), or_(b.status != "VOID", ~IS_CLOSED))
    .order_by(b.status == "VOID", b.created_at.desc())
    .limit(1)
)


class BillQueries(Reader):
    """Reads bills, as far as the reader may see them."""

    async def find(self, bill_id: UUID, sight: Sight) -> Record | None:
        return await self.one(select(bills).where(bills.c.bill_id == bill_id, sight.of(bills)))

    async def find_of_appointment(self, appointment_id: UUID, sight: Sight) -> Record | None:
        """Find the bill that counts: the live one, or the last that was void."""
        return await self.one(
            select(bills)
            .where(bills.c.appointment_id == appointment_id, sight.of(bills))
            .order_by(bills.c.status == "VOID", bills.c.created_at.desc())
            .limit(1)
        )

    async def find_of_appointments(
        self, appointment_ids: Sequence[UUID], sight: Sight
    ) -> Sequence[Record]:
        """Find the bill that counts of each of these appointments."""
        v = bills.c
        return await self.all(
            select(bills)
            .ext(distinct_on(v.appointment_id))
            .where(v.appointment_id.in_(appointment_ids), sight.of(bills))
            .order_by(v.appointment_id, v.status == "VOID", v.created_at.desc())
        )

    async def list(
        self, wanted: BillFilter, sight: Sight, sort: str, limit: int, bookmark: str | None
    ) -> Page:
        query: Select[Any] = (
            select(bills)
            .where(sight.of(bills), *wanted.conditions())
            .order_by(SORTS[sort], bills.c.bill_id)
        )
        return await self.page(query, limit, bookmark)

    async def charge_of(self, appointment_id: UUID) -> Record | None:
        """Tell what the bill of a visit says of it; nothing, while it is still being written."""
        return await self.one(CHARGE.params(id=appointment_id))

    async def lines(self, bill_id: UUID) -> Sequence[Record]:
        return await self.all(
            select(bill_lines).where(bill_lines.c.bill_id == bill_id).order_by(bill_lines.c.line_no)
        )

    async def adjustments(self, bill_id: UUID) -> Sequence[Record]:
        return await self.all(
            select(bill_adjustments)
            .where(bill_adjustments.c.bill_id == bill_id)
            .order_by(bill_adjustments.c.created_at, bill_adjustments.c.adjustment_id)
        )
