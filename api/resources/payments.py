"""Payments as clients send and see them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from activities.payments.contract import PaymentStatus
from api.fields import Body, GatewayToken, Id, Instant, MoneyIn, Name, like
from api.forms import refused
from api.lists import ListQuery
from api.shown import Moment, MoneyOut, Shown
from db.payments.queries import PaymentFilter
from db.reading import Record

Method = Literal["CARD", "CASH", "BANK_TRANSFER", "INSURANCE"]
CARD = "CARD"


class NewPayment(Body):
    """A card needs a method of the gateway's; what the desk takes may have a reference."""

    model_config = like(
        bill_id="01a1f8df-3214-7b60-9c0e-2f6d8a1e5b04",
        amount={"amount": "105.00", "currency": "GBP"},
        method="CARD",
        payment_method="pm_card_visa",
    )

    bill_id: Id
    amount: MoneyIn
    method: Method
    payment_method: Annotated[GatewayToken | None, Field(validate_default=True)] = None
    reference: Annotated[Name | None, Field(validate_default=True)] = None

    @field_validator("payment_method", mode="after")
    @classmethod
    def _is_of_a_card(cls, token: str | None, info: ValidationInfo) -> str | None:
        is_card = info.data.get("method", CARD if token else None) == CARD
        if is_card and token is None:
            raise refused("card-needs-method")
        if token and not is_card:
            raise refused("only-for-cards")
        return token

    @field_validator("reference", mode="after")
    @classmethod
    def _is_of_the_desk(cls, reference: str | None, info: ValidationInfo) -> str | None:
        if reference and info.data.get("method") == CARD:
            raise refused("only-at-the-desk")
        return reference


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


OF_PAYMENT = (
    *("version", "bill_id", "appointment_id", "patient_id", "method", "status"),
    *("failure_code", "paid_at", "created_at", "updated_at"),
)


def show_payment(row: Record) -> dict[str, Any]:
    shown = Payment(
        id=row["payment_id"],
        **{name: row[name] for name in OF_PAYMENT},
        amount=MoneyOut.of(row["amount"], row["currency"]),
        refunded=MoneyOut.of(row["refunded_amount"], row["currency"]),
    )
    return shown.model_dump(mode="json")
