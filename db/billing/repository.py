"""Every query on bills, their lines, credits and settlements."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.billing.models import bill_adjustments, bill_line_items, bills, settlements

b, s = bills.c, settlements.c


@dataclass(frozen=True, slots=True)
class BillRow:
    """A bill as it stands."""

    bill_id: UUID
    currency: str
    total: Decimal
    credited: Decimal
    reserved: Decimal
    paid: Decimal
    refunded: Decimal
    version: int

    @property
    def balance(self) -> Decimal:
        """What is still owed; below zero, what is owed to the patient."""
        return self.total - self.credited - self.paid + self.refunded


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """What a payment did to its bill."""

    bill_id: UUID
    amount: Decimal
    state: str


STATE = select(
    *(b.bill_id, b.currency, b.total_amount, b.credited_amount, b.reserved_amount),
    *(b.paid_amount, b.refunded_amount, b.version),
).where(b.bill_id == bindparam("id"))


class BillRepository:
    """Reads and writes bills. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, bill_id: UUID) -> BillRow | None:
        row = (await self._connection.execute(STATE.with_for_update(), {"id": bill_id})).first()
        return row and BillRow(*row)

    async def add(self, bill: dict[str, Any], lines: list[dict[str, Any]]) -> None:
        await self._connection.execute(insert(bills), bill)
        if lines:
            await self._connection.execute(insert(bill_line_items), lines)

    async def save(self, bill: BillRow, **values: object) -> None:
        """Write the amounts of a locked bill, and the status that follows from them."""
        await self._connection.execute(
            update(bills)
            .where(b.bill_id == bill.bill_id, b.version == bill.version)
            .values(
                credited_amount=bill.credited,
                reserved_amount=bill.reserved,
                paid_amount=bill.paid,
                refunded_amount=bill.refunded,
                version=b.version + 1,
                **values,
            )
        )

    async def add_adjustment(self, values: dict[str, Any]) -> None:
        await self._connection.execute(insert(bill_adjustments), values)

    async def find_settlement(self, settlement_id: UUID) -> SettlementRow | None:
        row = await self._connection.execute(
            select(s.bill_id, s.amount, s.state).where(s.settlement_id == settlement_id)
        )
        found = row.first()
        return found and SettlementRow(*found)

    async def settle(self, values: dict[str, Any]) -> None:
        """Write what became of a payment: of its reservation, if it had one."""
        row = upsert(settlements).values(values)
        await self._connection.execute(
            row.on_conflict_do_update(
                index_elements=[s.settlement_id],
                set_={
                    "amount": row.excluded.amount,
                    "state": row.excluded.state,
                    "updated_by": row.excluded.updated_by,
                    "updated_at": func.clock_timestamp(),
                },
            )
        )
