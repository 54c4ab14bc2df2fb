"""The kinds of values that requests hold. Every field of every request uses one of them.

pydantic's own types take `0` for a date, NUL in a text and `1_000` for a number.
"""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from babel.numbers import get_currency_precision
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    SecretStr,
    Strict,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from activities.contract import Money
from api.forms import (
    known_currency,
    plain,
    read_date,
    read_instant,
    read_phone,
    refused,
    written,
)


def string(**schema: Any) -> WithJsonSchema:  # noqa: ANN401 - a JSON schema
    return WithJsonSchema({"type": "string", **schema})


class Body(BaseModel):
    """What a client sends: an unknown field is refused, not dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def like(**example: Any) -> ConfigDict:  # noqa: ANN401 - JSON
    """Show an example in the contract: `model_config = like(payment_method="pm_card_visa")`."""
    return ConfigDict(json_schema_extra={"examples": [example]})


Id = Annotated[
    UUID,
    written("id-form", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", UUID),
    string(format="uuid"),
]
Instant = Annotated[
    datetime,
    written(
        "instant-form",
        r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)",
        read_instant,
    ),
    string(format="date-time"),
]
"""A moment, in UTC."""
WallDate = Annotated[
    date, written("date-form", r"\d{4}-\d\d-\d\d", read_date), string(format="date")
]
WallTime = Annotated[
    time,
    written("time-form", r"\d\d:\d\d", time.fromisoformat),
    string(pattern="^[0-2][0-9]:[0-5][0-9]$"),
]

Name = Annotated[str, Strict(), plain(), StringConstraints(min_length=1, max_length=100)]
Line = Annotated[str, Strict(), plain(), StringConstraints(min_length=1, max_length=500)]
"""A reason, an address: one line."""
Notes = Annotated[
    str, Strict(), plain(lines=True), StringConstraints(min_length=1, max_length=2000)
]
Word = Annotated[str, Strict(), StringConstraints(pattern="^[A-Z][A-Z0-9_]{0,39}$")]
"""A code of ours, as `CONSULTATION`."""
Username = Annotated[str, Strict(), plain(), StringConstraints(min_length=1, max_length=150)]
PasswordIn = Annotated[SecretStr, Field(min_length=1, max_length=256)]
EmailIn = Annotated[EmailStr, Strict(), Field(max_length=254)]
PhoneIn = Annotated[
    str,
    written("phone-form", r"\+[1-9]\d{6,14}", read_phone),
    string(pattern=r"^\+[1-9][0-9]{6,14}$"),
]

Whole = Annotated[int, Strict()]
"""A JSON integer; give it bounds where it is used."""
Truth = Annotated[bool, Strict()]
"""A JSON boolean."""
Flag = Annotated[
    bool,
    written("flag-form", r"true|false", lambda said: said == "true"),
    WithJsonSchema({"type": "boolean"}),
]
"""A boolean of a query."""
PageSize = Annotated[
    int,
    written("number-form", r"[0-9]{1,3}", int),
    Field(ge=1, le=100),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 100}),
]
Sealed = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,2000}$")]
"""A cursor or a refresh token: only we know what it says."""
GatewayToken = Annotated[str, Strict(), StringConstraints(pattern=r"^[A-Za-z0-9_]{1,255}$")]
"""A payment method by the gateway's own name; card numbers never reach us."""

Amount = Annotated[
    Decimal,
    written("amount-form", r"[0-9]{1,10}(\.[0-9]{1,2})?", Decimal),
    string(pattern=r"^[0-9]{1,10}(\.[0-9]{1,2})?$"),
]
Currency = Annotated[str, Strict(), AfterValidator(known_currency), string(pattern="^[A-Z]{3}$")]


class CostIn(Body):
    """An amount, or nothing, with no more digits than its currency has."""

    amount: Amount
    currency: Currency

    @model_validator(mode="after")
    def _is_exact(self) -> Self:
        exponent = self.amount.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > get_currency_precision(self.currency):
            raise refused("too-many-digits")
        return self

    @property
    def money(self) -> Money:
        return Money(amount=self.amount, currency=self.currency)


class MoneyIn(CostIn):
    """An amount above zero."""

    @model_validator(mode="after")
    def _is_payable(self) -> Self:
        if self.amount <= 0:
            raise refused("not-positive")
        return self
