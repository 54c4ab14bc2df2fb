"""The kinds of values that answers hold."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from babel.numbers import get_currency_precision
from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

from activities.contract import Money
from api.callers import Caller

Item = TypeVar("Item")

LETTERS_SHOWN = 2
DIGITS_SHOWN = 4


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


def masked_email(email: str | None) -> str | None:
    """Show two letters of the local part at most; a short one is hidden whole."""
    if not email:
        return email
    local, at, domain = email.rpartition("@")
    shown = local[:LETTERS_SHOWN] if len(local) > LETTERS_SHOWN else ""
    return f"{shown}****{at}{domain}"


def masked_phone(phone: str | None) -> str | None:
    """Show the last four digits; a short number is hidden whole."""
    if not phone:
        return phone
    shown = phone[-DIGITS_SHOWN:] if len(phone) > DIGITS_SHOWN else ""
    return "*" * (len(phone) - len(shown)) + shown


def contact(caller: Caller, email: str | None, phone: str | None) -> tuple[str | None, str | None]:
    """Show how somebody is reached, masked for whoever lacks the scope."""
    if caller.has("patients:pii"):
        return email, phone
    return masked_email(email), masked_phone(phone)
