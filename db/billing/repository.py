"""Every query on bills, their lines, credits and settlements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.billing.models import bill_adjustments, bill_line_items, bills, settlements

b, n, j, s = bills.c, bill_line_items.c, bill_adjustments.c, settlements.c


@dataclass(frozen=True, slots=True)
class BillRow:
    """A bill as it stands."""

    bill_id: UUID
    patient_id: UUID
    appointment_id: UUID | None
    due_date: date
    reserved_for: UUID | None
    """The payment that its held slot waits for."""
    currency: str
    net: Decimal
    tax: Decimal
    credited: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    version: int = 1

    @property
    def total(self) -> Decimal:
        return self.net + self.tax

    @property
    def asked(self) -> Decimal:
        """What it asks for, paid or not."""
        return self.total - self.credited

    @property
    def balance(self) -> Decimal:
        """What is still owed; below zero, what is owed to the patient."""
        return self.asked - self.paid + self.refunded


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """What a payment or a refund did to its bill."""

    settlement_id: UUID
    bill_id: UUID
    kind: str
    amount: Decimal
    state: str
    payment_id: UUID | None
    """The payment that a refund is of."""


STATE = select(
    *(b.bill_id, b.patient_id, b.appointment_id, b.due_date, b.reserved_for, b.currency),
    *(b.amount, b.tax_amount, b.credited_amount, b.reserved_amount, b.paid_amount),
    *(b.refunded_amount, b.version),
)
OF_BILL = STATE.where(b.bill_id == bindparam("id"))
IS_CLOSED = exists().where(j.bill_id == b.bill_id, j.kind == "VOID")
# What was credited to nothing is the visit's bill still; one that was closed is nobody's.
OF_VISIT = (
    STATE.where(b.appointment_id == bindparam("id"), or_(b.status != "VOID", ~IS_CLOSED))
    .order_by(b.status == "VOID", b.created_at.desc())
    .limit(1)
)
OF_SETTLEMENT = STATE.where(
    b.bill_id == select(s.bill_id).where(s.settlement_id == bindparam("id")).scalar_subquery()
)
CONSULTATION = select(
    select(func.coalesce(func.sum(n.line_total + n.line_tax), 0))
    .where(n.bill_id == bindparam("id"), n.kind == "CONSULTATION")
    .scalar_subquery()
    - select(func.coalesce(func.sum(j.amount), 0))
    .where(j.bill_id == bindparam("id"), j.kind == "PRICE_DROP")
    .scalar_subquery()
)
LINES = (
    select(
        *(n.line_no, n.kind, n.description, n.quantity, n.unit_price, n.minor),
        *(n.line_total, n.tax_rate, n.line_tax),
    )
    .where(n.bill_id == bindparam("id"))
    .order_by(n.line_no)
)
SETTLEMENTS = select(s.settlement_id, s.bill_id, s.kind, s.amount, s.state, s.payment_id)
# Newest capture first.
OF_ONE_BILL = SETTLEMENTS.where(s.bill_id == bindparam("id")).order_by(
    s.applied_at.desc().nulls_last(), s.settlement_id
)
# Two bills may be asked to take the same payment: one waits for the other.
ONE = SETTLEMENTS.where(s.settlement_id == bindparam("id")).with_for_update()


def applied_at(state: str) -> Any:  # noqa: ANN401 - an expression, or nothing
    return func.clock_timestamp() if state == "APPLIED" else None


class BillRepository:
    """Reads and writes bills. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, bill_id: UUID) -> BillRow | None:
        return await self._lock(OF_BILL, bill_id)

    async def lock_of_visit(self, appointment_id: UUID) -> BillRow | None:
        """Lock the bill of a visit: the live one, or what is left of it."""
        return await self._lock(OF_VISIT, appointment_id)

    async def lock_of_settlement(self, settlement_id: UUID) -> BillRow | None:
        """Lock the bill that a payment or a refund is on."""
        return await self._lock(OF_SETTLEMENT, settlement_id)

    async def _lock(self, query: Select[Any], id: UUID) -> BillRow | None:
        row = (await self._connection.execute(query.with_for_update(of=bills), {"id": id})).first()
        return row and BillRow(*row)

    async def add(self, bill: BillRow, **values: object) -> None:
        head = {
            "bill_id": bill.bill_id,
            "patient_id": bill.patient_id,
            "appointment_id": bill.appointment_id,
            "due_date": bill.due_date,
            "reserved_for": bill.reserved_for,
            "currency": bill.currency,
        }
        await self._connection.execute(insert(bills), head | amounts_of(bill) | values)

    async def save(self, bill: BillRow, **values: object) -> None:
        """Write the amounts of a locked bill, and the status that follows from them."""
        await self._connection.execute(
            update(bills)
            .where(b.bill_id == bill.bill_id, b.version == bill.version)
            .values(version=b.version + 1, **amounts_of(bill), **values)
        )

    async def add_lines(self, lines: Sequence[dict[str, Any]]) -> None:
        if lines:
            await self._connection.execute(insert(bill_line_items), lines)

    async def lines(self, bill_id: UUID) -> list[dict[str, Any]]:
        rows = await self._connection.execute(LINES, {"id": bill_id})
        return [dict(row) for row in rows.mappings()]

    async def consultation(self, bill_id: UUID) -> Decimal:
        """Sum up what the visit itself costs on a bill, tax included."""
        found = await self._connection.execute(CONSULTATION, {"id": bill_id})
        return Decimal(found.scalar_one())

    async def add_adjustment(self, values: dict[str, Any]) -> None:
        await self._connection.execute(insert(bill_adjustments), values)

    async def has_adjustment(self, bill_id: UUID, *kinds: str) -> bool:
        found = select(j.adjustment_id).where(j.bill_id == bill_id, j.kind.in_(kinds)).limit(1)
        return (await self._connection.execute(found)).first() is not None

    async def settlements(self, bill_id: UUID) -> list[SettlementRow]:
        """Read what came and what went back, what was applied last first."""
        rows = await self._connection.execute(OF_ONE_BILL, {"id": bill_id})
        return [SettlementRow(*row) for row in rows]

    async def find_settlement(self, settlement_id: UUID) -> SettlementRow | None:
        row = (await self._connection.execute(ONE, {"id": settlement_id})).first()
        return row and SettlementRow(*row)

    async def add_settlements(self, rows: Sequence[dict[str, Any]]) -> None:
        await self._connection.execute(insert(settlements), rows)

    async def settle(self, values: dict[str, Any]) -> None:
        """Write what became of a payment: of its reservation, if it had one."""
        row = upsert(settlements).values(values | {"applied_at": applied_at(values["state"])})
        changed = ("bill_id", "amount", "state", "applied_at", "updated_by")
        await self._connection.execute(
            row.on_conflict_do_update(
                index_elements=[s.settlement_id],
                set_={name: row.excluded[name] for name in changed}
                | {"updated_at": func.clock_timestamp()},
            )
        )

    async def end(self, settlement_id: UUID, state: str, updated_by: UUID | None) -> None:
        """Write how a reservation ended."""
        await self._connection.execute(
            update(settlements)
            .where(s.settlement_id == settlement_id)
            .values(
                state=state,
                applied_at=applied_at(state),
                updated_by=updated_by,
                updated_at=func.clock_timestamp(),
            )
        )


def amounts_of(bill: BillRow) -> dict[str, Any]:
    return {
        "amount": bill.net,
        "tax_amount": bill.tax,
        "credited_amount": bill.credited,
        "reserved_amount": bill.reserved,
        "paid_amount": bill.paid,
        "refunded_amount": bill.refunded,
    }
