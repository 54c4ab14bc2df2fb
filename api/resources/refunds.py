"""Refunds as clients send and see them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from activities.payments.contract import RefundStatus
from api.fields import Body, Id, Line, MoneyIn, like
from api.lists import ListQuery
from api.shown import Moment, MoneyOut, Shown
from db.payments.queries import RefundFilter
from db.reading import Record


class NewRefund(Body):
    model_config = like(
        payment_id="01a1f8df-3a02-7d1e-b6f0-51c2a9e4d711",
        amount={"amount": "20.00", "currency": "GBP"},
        reason="a long wait",
    )

    payment_id: Id
    amount: MoneyIn
    reason: Line


class RefundQuery(ListQuery):
    sort: Literal["-created_at"] = "-created_at"
    payment_id: Id | None = None
    status: Annotated[tuple[RefundStatus, ...], Field(max_length=3)] = ()

    @property
    def filter(self) -> RefundFilter:
        return RefundFilter(**self.model_dump(exclude={"sort", "limit", "cursor"}))


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


OF_REFUND = (
    *("version", "payment_id", "bill_id", "appointment_id", "patient_id", "status"),
    *("reason", "reason_code", "processed_at", "created_at", "updated_at"),
)


def show_refund(row: Record) -> dict[str, Any]:
    shown = Refund(
        id=row["refund_id"],
        **{name: row[name] for name in OF_REFUND},
        amount=MoneyOut.of(row["amount"], row["currency"]),
    )
    return shown.model_dump(mode="json")
