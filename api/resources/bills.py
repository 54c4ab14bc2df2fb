"""Bills as clients see them; every amount with its currency."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from activities.billing.contract import BillStatus
from api.fields import Flag, Id, WallDate, like
from api.lists import ListQuery
from api.shown import Moment, MoneyOut, Shown
from db.billing.queries import BillFilter
from db.reading import Record


class BillQuery(ListQuery):
    sort: Literal["-created_at", "due_date"] = "-created_at"
    patient_id: Id | None = None
    appointment_id: Id | None = None
    status: Annotated[tuple[BillStatus, ...], Field(max_length=6)] = ()
    due_from: WallDate | None = None
    due_to: WallDate | None = None
    overdue: Flag = False

    @property
    def filter(self) -> BillFilter:
        named = self.model_dump(exclude={"sort", "limit", "cursor", "overdue"})
        today = datetime.now(UTC).date()
        return BillFilter(**named, overdue_on=today if self.overdue else None)


class BillLine(Shown):
    id: UUID
    kind: str
    description: str
    quantity: str
    unit_price: MoneyOut
    tax_rate: str
    net: MoneyOut
    tax: MoneyOut


class Adjustment(Shown):
    id: UUID
    kind: str
    amount: MoneyOut
    fee_kept: MoneyOut
    reason: str | None
    at: Moment


class Bill(Shown):
    """What is owed for. Its balance is what is still due, or, below zero, what goes back."""

    model_config = like(
        id="01a1f8df-3214-7b60-9c0e-2f6d8a1e5b04",
        version=1,
        number=1042,
        status="OPEN",
        total={"amount": "105.00", "currency": "GBP"},
        balance={"amount": "105.00", "currency": "GBP"},
        due_date="2026-12-20",
    )

    id: UUID
    version: int
    number: int
    patient_id: UUID
    appointment_id: UUID | None
    status: BillStatus
    net: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    credited: MoneyOut
    paid: MoneyOut
    refunded: MoneyOut
    balance: MoneyOut
    due_date: date
    lines: list[BillLine] | None = None
    adjustments: list[Adjustment] | None = None
    created_at: Moment
    updated_at: Moment


AMOUNTS = {
    "net": "amount",
    "tax": "tax_amount",
    "total": "total_amount",
    "credited": "credited_amount",
    "paid": "paid_amount",
    "refunded": "refunded_amount",
    "balance": "balance",
}
OF_BILL = (
    *("version", "number", "patient_id", "appointment_id", "status", "due_date"),
    *("created_at", "updated_at"),
)


def show_bill(row: Record) -> dict[str, Any]:
    """Show a bill as lists do: what it is made of is read apart."""
    shown = Bill(
        id=row["bill_id"],
        **{name: row[name] for name in OF_BILL},
        **{name: MoneyOut.of(row[column], row["currency"]) for name, column in AMOUNTS.items()},
    )
    return shown.model_dump(mode="json", exclude={"lines", "adjustments"})


def show_lines(rows: Sequence[Record], currency: str) -> list[dict[str, Any]]:
    return [
        BillLine(
            id=row["line_item_id"],
            kind=row["kind"],
            description=row["description"],
            quantity=f"{row['quantity'].normalize():f}",
            unit_price=MoneyOut.of(row["unit_price"], currency),
            tax_rate=str(row["tax_rate"]),
            net=MoneyOut.of(row["line_total"], currency),
            tax=MoneyOut.of(row["line_tax"], currency),
        ).model_dump(mode="json")
        for row in rows
    ]


def show_adjustments(rows: Sequence[Record], currency: str) -> list[dict[str, Any]]:
    return [
        Adjustment(
            id=row["adjustment_id"],
            kind=row["kind"],
            amount=MoneyOut.of(row["amount"], currency),
            fee_kept=MoneyOut.of(row["fee_kept"], currency),
            reason=row["reason"],
            at=row["accepted_at"],
        ).model_dump(mode="json")
        for row in rows
    ]
