"""The kinds of values that answers hold."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from babel.numbers import get_currency_precision
from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

from activities import masking
from activities.contract import Money
from api.callers import Caller

Item = TypeVar("Item")


def in_z(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


Moment = Annotated[
    datetime, PlainSerializer(in_z), WithJsonSchema({"type": "string", "format": "date-time"})
]


class Shown(BaseModel):
    """A value of an answer. It only grows: clients tolerate fields that they don't know."""

    model_config = ConfigDict(frozen=True)


class MoneyOut(Shown):
    amount: str
    currency: str

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> "MoneyOut":
        digits = get_currency_precision(currency)
        return cls(amount=f"{amount:.{digits}f}", currency=currency)

    @classmethod
    def of_money(cls, money: Money) -> "MoneyOut":
        return cls.of(money.amount, money.currency)


class Listing(Shown, Generic[Item]):
    """A page of a list; there are no totals."""

    data: list[Item]
    has_more: bool
    next_cursor: str | None


def contact(caller: Caller, email: str | None, phone: str | None) -> tuple[str | None, str | None]:
    """Show how somebody is reached, masked for whoever lacks the scope."""
    if caller.has("patients:pii"):
        return email, phone
    return email and masking.email(email), phone and masking.phone(phone)
