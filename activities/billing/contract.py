"""What the billing service promises: a bill is the sum of its lines, and follows its payments."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from activities.contract import Command, Message, Money, Refusal

TASK_QUEUE = "billing"


class BillStatus(StrEnum):
    OPEN = "OPEN"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    VOID = "VOID"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


class LineKind(StrEnum):
    CONSULTATION = "CONSULTATION"
    PROCEDURE = "PROCEDURE"
    MEDICATION = "MEDICATION"
    OTHER = "OTHER"


class AmountRefused(Refusal):
    """Nobody can pay this amount in this currency; `field` says what is wrong."""

    code = "validation-failed"


class BillHasPayments(Refusal):
    """Money was paid or is on its way: the bill can't be void."""

    code = "bill-has-payments"


def above_zero(money: Money) -> Money:
    if money.amount <= 0:
        raise ValueError("nothing is no amount")
    return money


class Line(Message):
    """A line of a bill. Its total and its tax are rounded half-up to the currency's minor unit."""

    kind: LineKind = LineKind.CONSULTATION
    description: str = Field(max_length=300)
    quantity: Decimal = Field(default=Decimal(1), gt=0, max_digits=10, decimal_places=2)
    unit_price: Decimal = Field(ge=0, max_digits=12, decimal_places=2)
    tax_rate: Decimal = Field(default=Decimal(0), ge=0, le=1, decimal_places=4)


class OpenBill(Command):
    bill_id: UUID
    patient_id: UUID
    appointment_id: UUID | None = None
    currency: str = Field(pattern="^[A-Z]{3}$")
    lines: tuple[Line, ...]
    due_date: date


class VoidBill(Command):
    """Credits what is open on a bill that nobody will pay."""

    bill_id: UUID
    reason: str = "the booking was not completed"


class ApplyPayment(Command):
    """Puts captured money on its bill; applied once, by the payment's id."""

    bill_id: UUID
    payment_id: UUID
    amount: Annotated[Money, AfterValidator(above_zero)]


class BillState(Message):
    """What the bill says after a change."""

    status: BillStatus
    total: Money
    excess: Decimal = Decimal(0)
    """Money that the bill no longer asks for: it goes back."""
