"""Bills, payments and refunds as clients see them; every amount with its currency."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from activities.billing.contract import BillStatus
from activities.payments.contract import PaymentStatus, RefundStatus
from api.fields import Flag, Id, Instant, WallDate, like
from api.lists import ListQuery
from api.shown import Moment, MoneyOut, Shown
from db.billing.queries import BillFilter
from db.payments.queries import PaymentFilter, RefundFilter
from db.reading import Record

Method = Literal["CARD", "CASH", "BANK_TRANSFER", "INSURANCE"]


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


class PaymentQuery(ListQuery):
    sort: Literal["-created_at"] = "-created_at"
    bill_id: Id | None = None
    method: Method | None = None
    status: Annotated[tuple[PaymentStatus, ...], Field(max_length=3)] = ()
    since: Annotated[Instant | None, Field(alias="from")] = None
    until: Annotated[Instant | None, Field(alias="to")] = None

    @property
    def filter(self) -> PaymentFilter:
        return PaymentFilter(**self.model_dump(exclude={"sort", "limit", "cursor"}))


class RefundQuery(ListQuery):
    sort: Literal["-created_at"] = "-created_at"
    payment_id: Id | None = None
    status: Annotated[tuple[RefundStatus, ...], Field(max_length=3)] = ()

    @property
    def filter(self) -> RefundFilter:
        return RefundFilter(**self.model_dump(exclude={"sort", "limit", "cursor"}))


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


class Payment(Shown):
    model_config = like(
        id="01a1f8df-3a02-7d1e-b6f0-51c2a9e4d711",
        bill_id="01a1f8df-3214-7b60-9c0e-2f6d8a1e5b04",
        amount={"amount": "105.00", "currency": "GBP"},
        method="CARD",
        status="COMPLETED",
        paid_at="2026-11-20T09:15:03Z",
    )

    id: UUID
    version: int
    bill_id: UUID
    appointment_id: UUID | None
    patient_id: UUID
    amount: MoneyOut
    method: str
    status: PaymentStatus
    failure_code: str | None
    paid_at: Moment | None
    refunded: MoneyOut
    created_at: Moment
    updated_at: Moment


class Refund(Shown):
    model_config = like(
        id="01a1f8e0-11c4-7e52-9f6a-77d0c3b2aa18",
        payment_id="01a1f8df-3a02-7d1e-b6f0-51c2a9e4d711",
        amount={"amount": "52.50", "currency": "GBP"},
        status="PENDING",
        processed_at=None,
    )

    id: UUID
    version: int
    payment_id: UUID
    bill_id: UUID
    appointment_id: UUID | None
    patient_id: UUID
    amount: MoneyOut
    status: RefundStatus
    reason: str | None
    reason_code: str
    processed_at: Moment | None
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
OF_PAYMENT = (
    *("version", "bill_id", "appointment_id", "patient_id", "method", "status"),
    *("failure_code", "paid_at", "created_at", "updated_at"),
)
OF_REFUND = (
    *("version", "payment_id", "bill_id", "appointment_id", "patient_id", "status"),
    *("reason", "reason_code", "processed_at", "created_at", "updated_at"),
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


def show_payment(row: Record) -> dict[str, Any]:
    shown = Payment(
        id=row["payment_id"],
        **{name: row[name] for name in OF_PAYMENT},
        amount=MoneyOut.of(row["amount"], row["currency"]),
        refunded=MoneyOut.of(row["refunded_amount"], row["currency"]),
    )
    return shown.model_dump(mode="json")


def show_refund(row: Record) -> dict[str, Any]:
    shown = Refund(
        id=row["refund_id"],
        **{name: row[name] for name in OF_REFUND},
        amount=MoneyOut.of(row["amount"], row["currency"]),
    )
    return shown.model_dump(mode="json")
