"""What can be asked for. Values are checked before anything is executed."""

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

Metadata = Annotated[
    dict[
        Annotated[str, Field(min_length=1, max_length=40)],
        Annotated[str, Field(max_length=500)],
    ],
    Field(max_length=50),
]
Minor = Annotated[int, Field(ge=1, le=99_999_999)]
CLAUSE = re.compile(r"""(metadata\[['"]([^'"]+)['"]\]|status|currency):\s*['"]([^'"]*)['"]""")


class AutomaticMethods(BaseModel):
    enabled: bool
    allow_redirects: Literal["always", "never"] = "always"


class CreateIntent(BaseModel):
    amount: Minor
    currency: Annotated[str, Field(pattern="^[A-Za-z]{3}$")]
    capture_method: Literal["automatic", "automatic_async", "manual"] = "automatic"
    confirmation_method: Literal["automatic", "manual"] = "automatic"
    confirm: bool = False
    payment_method: str | None = None
    payment_method_types: dict[str, str] = Field(default_factory=lambda: {"0": "card"})
    automatic_payment_methods: AutomaticMethods | None = None
    customer: str | None = None
    description: str | None = None
    receipt_email: str | None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    metadata: Metadata = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_payable(self) -> Self:
        if self.confirm and not self.payment_method:
            raise ValueError("a PaymentIntent cannot be confirmed without a payment method")
        return self


class ConfirmIntent(BaseModel):
    payment_method: str | None = None


class CaptureIntent(BaseModel):
    amount_to_capture: Minor | None = None


class CancelIntent(BaseModel):
    cancellation_reason: (
        Literal["duplicate", "fraudulent", "requested_by_customer", "abandoned"] | None
    ) = None


class CreateRefund(BaseModel):
    payment_intent: str | None = None
    charge: str | None = None
    amount: Minor | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None
    metadata: Metadata = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_a_payment(self) -> Self:
        if not (self.payment_intent or self.charge):
            raise ValueError("one of payment_intent and charge must be given")
        return self


class Page(BaseModel):
    """Which part of a list. `created` is a moment, or bounds of it."""

    limit: Annotated[int, Field(ge=1, le=100)] = 10
    starting_after: str | None = None
    created: int | dict[Literal["gt", "gte", "lt", "lte"], int] = Field(default_factory=dict)

    def bounds(self) -> tuple[int, int]:
        if isinstance(self.created, int):
            return self.created, self.created
        since = max(self.created.get("gte", 0), self.created.get("gt", -1) + 1)
        end = 1 << 62
        return since, min(self.created.get("lte", end), self.created.get("lt", end) - 1)


class RefundPage(Page):
    payment_intent: str | None = None
    charge: str | None = None


class EventPage(Page):
    type: str | None = None


class Search(Page):
    query: str

    @model_validator(mode="after")
    def _is_understood(self) -> Self:
        if not CLAUSE.search(self.query):
            raise ValueError("only metadata['key']:'value', status and currency are searched")
        return self

    def matching(self) -> dict[str, str]:
        """Say what must be equal, by JSON path. All clauses must hold, as if joined by AND."""
        return {
            f'$.metadata."{key}"' if key else f"$.{field}": value
            for field, key, value in CLAUSE.findall(self.query)
        }
