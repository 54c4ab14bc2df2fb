"""What the billing service promises: a bill is the sum of its lines, and follows its payments."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from activities.contract import Command, Message, Money

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


class Line(Message):
    """A line of a bill. Its total and its tax are rounded half-up to the currency's minor unit."""

    kind: LineKind = LineKind.CONSULTATION
    description: str
    quantity: Decimal = Decimal(1)
    unit_price: Decimal = Field(max_digits=12, decimal_places=2)
    tax_rate: Decimal = Decimal(0)


class OpenBill(Command):
    bill_id: UUID
    patient_id: UUID
    appointment_id: UUID | None = None
    currency: str
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
    amount: Money


class BillState(Message):
    """What the bill says after a change."""

    status: BillStatus
    total: Money
    excess: Decimal = Decimal(0)
    """Money that the bill no longer asks for: it goes back."""
