"""What the database of bills says, read past the service."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncEngine

BILL = text("""
    SELECT bill_id, status, total_amount AS total, credited_amount AS credited,
           reserved_amount AS reserved, paid_amount AS paid, refunded_amount AS refunded, balance
    FROM app.bills WHERE bill_id = :id
""")
SETTLEMENTS = text("""
    SELECT settlement_id, kind, amount, state, payment_id FROM app.settlements
    WHERE bill_id = :id ORDER BY created_at, settlement_id
""")
ADJUSTMENTS = text("""
    SELECT kind, amount, fee_kept, reason FROM app.bill_adjustments
    WHERE bill_id = :id ORDER BY created_at, adjustment_id
""")
BILLS_OF_VISIT = text("""
    SELECT bill_id, status FROM app.bills WHERE appointment_id = :id ORDER BY created_at
""")
CONSULTATION = text("""
    SELECT (SELECT coalesce(sum(line_total + line_tax), 0) FROM app.bill_line_items
            WHERE bill_id = :id AND kind = 'CONSULTATION')
         - (SELECT coalesce(sum(amount), 0) FROM app.bill_adjustments
            WHERE bill_id = :id AND kind = 'PRICE_DROP')
""")
# A bill is the sum of its lines, credits and settlements; of no payment more goes back than came.
WRONG = text("""
    SELECT b.bill_id FROM app.bills b
    LEFT JOIN (SELECT bill_id, sum(line_total) AS net, sum(line_tax) AS tax
               FROM app.bill_line_items GROUP BY bill_id) l USING (bill_id)
    LEFT JOIN (SELECT bill_id, sum(amount) AS credited
               FROM app.bill_adjustments GROUP BY bill_id) j USING (bill_id)
    LEFT JOIN (SELECT bill_id,
                 sum(amount) FILTER (WHERE kind = 'PAYMENT' AND state = 'APPLIED') AS paid,
                 sum(amount) FILTER (WHERE kind = 'PAYMENT' AND state = 'RESERVED') AS reserved,
                 sum(amount) FILTER (WHERE kind = 'REFUND' AND state = 'APPLIED') AS refunded
               FROM app.settlements GROUP BY bill_id) t USING (bill_id)
    WHERE (b.amount, b.tax_amount, b.credited_amount, b.paid_amount, b.reserved_amount,
           b.refunded_amount) IS DISTINCT FROM
          (coalesce(l.net, 0), coalesce(l.tax, 0), coalesce(j.credited, 0), coalesce(t.paid, 0),
           coalesce(t.reserved, 0), coalesce(t.refunded, 0))
    UNION ALL
    SELECT p.bill_id FROM app.settlements p JOIN app.settlements r
      ON r.payment_id = p.settlement_id AND r.state <> 'RELEASED'
    GROUP BY p.settlement_id HAVING sum(r.amount) > p.amount OR p.state <> 'APPLIED'
""")


@dataclass(frozen=True)
class Ledger:
    """Reads bills, whoever wrote them."""

    engine: AsyncEngine

    async def bill(self, bill_id: UUID) -> RowMapping:
        (row,) = await self._rows(BILL, bill_id)
        return row

    async def settlements(self, bill_id: UUID, kind: str) -> list[tuple[UUID, Decimal, str]]:
        rows = await self._rows(SETTLEMENTS, bill_id)
        return [
            (row["settlement_id"], row["amount"], row["state"])
            for row in rows
            if row["kind"] == kind
        ]

    async def adjustments(self, bill_id: UUID) -> list[tuple[str, Decimal, Decimal]]:
        rows = await self._rows(ADJUSTMENTS, bill_id)
        return [(row["kind"], row["amount"], row["fee_kept"]) for row in rows]

    async def bills_of(self, appointment_id: UUID | None) -> list[tuple[UUID, str]]:
        rows = await self._rows(BILLS_OF_VISIT, appointment_id)
        return [(row["bill_id"], row["status"]) for row in rows]

    async def consultation(self, bill_id: UUID) -> Decimal:
        async with self.engine.connect() as connection:
            return Decimal(await connection.scalar(CONSULTATION, {"id": bill_id}))

    async def wrong(self) -> list[UUID]:
        """Name the bills that are not the sum of what is written about them."""
        async with self.engine.connect() as connection:
            return list(await connection.scalars(WRONG))

    async def _rows(self, query: Any, id: UUID | None) -> Sequence[RowMapping]:  # noqa: ANN401
        async with self.engine.connect() as connection:
            return (await connection.execute(query, {"id": id})).mappings().all()
