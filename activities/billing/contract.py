"""What the billing service promises: a bill is the sum of its lines, and follows its payments."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from activities.contract import (
    AskLater,
    By,
    Command,
    Invalid,
    Message,
    Money,
    PaymentNotCompleted,
    RefundExceedsPayment,
    Refusal,
)
from activities.offers import Terms

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


class AmountRefused(Invalid):
    """Nobody can pay this amount in this currency; `field` says what is wrong."""


class BillHasPayments(Refusal):
    """Money was paid or is on its way: the bill can't be void."""

    code = "bill-has-payments"


class BillClosed(Refusal):
    """The bill asks for nothing: it is paid, or nobody has to pay it."""

    code = "bill-closed"


class BillHeld(Refusal):
    """Money for it is on its way: another payment, or the one that its held slot waits for."""

    code = "bill-held"


class AmountExceedsDue(Refusal):
    """More would be paid than the bill asks for."""

    code = "amount-exceeds-due"


class RefundExceedsPaid(RefundExceedsPayment):
    """More would go back than this payment brought and has left."""


class PaymentNotApplied(PaymentNotCompleted):
    """No money of this payment is on a bill, so nothing of it can go back."""


class NoBillYet(AskLater):
    """The visit's bill is still being written by its booking."""


class PaymentUnderWay(AskLater):
    """What goes back is reckoned when every payment under way has ended."""


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
    reserved_for: UUID | None = None
    """The payment that a held slot waits for: nobody else can pay this bill."""


class VoidBill(Command):
    """Credits what is open on a bill that nobody will pay."""

    bill_id: UUID
    reason: str = "the booking was not completed"


class ApplyPayment(Command):
    """Puts captured money on its bill; applied once, by the payment's id."""

    bill_id: UUID
    payment_id: UUID
    amount: Annotated[Money, AfterValidator(above_zero)]


class ReservePayment(Command):
    """Keeps a part of what the bill asks for to one payment, so that two at once never overpay."""

    payment_id: UUID
    bill_id: UUID
    amount: Annotated[Money, AfterValidator(above_zero)]


class PriceOfVisit(Command):
    """Names what a visit is to cost from now on: the consultation without its tax."""

    appointment_id: UUID
    fee: Money
    tax_rate: Decimal


class RepriceBill(PriceOfVisit):
    """Makes the visit's bill ask for another price; what was paid for it comes along."""

    adjustment_id: UUID
    description: str
    paid_by: UUID | None = None
    """The payment that brought the difference, when it had to be paid first."""


class CancellationAsked(Message):
    """What decides the cost of a cancellation, as it was when it was asked for."""

    by: By
    slot_start: datetime
    booked_at: datetime
    late_move: bool
    terms: Terms


class QuoteCancellation(Command):
    """Refuses, if the cancellation costs more than its patient has agreed to."""

    appointment_id: UUID
    asked: CancellationAsked
    accept_fee: Money


class ApplyCancellation(Command):
    appointment_id: UUID
    asked: CancellationAsked
    adjustment_id: UUID
    reason: str


class ApplyNoShow(Command):
    """Keeps the consultation on the bill, credits the rest."""

    appointment_id: UUID
    terms: Terms
    adjustment_id: UUID


class WaiveNoShow(Command):
    """Credits the consultation of a visit that its patient missed."""

    appointment_id: UUID
    adjustment_id: UUID
    reason: str


class ReserveRefund(Command):
    """Counts money as given back before it is, so that two refunds at once find each other."""

    refund_id: UUID
    payment_id: UUID
    amount: Annotated[Money, AfterValidator(above_zero)]


class RecordRefund(Command):
    """Records how a refund ended. One that no rule asked for (`credits`) is a credit, too."""

    refund_id: UUID
    is_settled: bool = True
    """False: the money could not go back; it is listed until somebody settles it by hand."""
    credits: bool = False
    reason: str = ""


class ReopenBill(Command):
    """Writes a void bill's lines on a new one: money came for it after all."""

    bill_id: UUID
    new_bill_id: UUID


class BillState(Message):
    """What the bill says after a change."""

    status: BillStatus
    total: Money
    excess: Decimal = Decimal(0)
    """Money that the bill no longer asks for: it goes back."""


class BillDue(Message):
    """Whose bill a payment was reserved on, and for which visit."""

    patient_id: UUID
    appointment_id: UUID | None = None


class MoveQuote(Message):
    """What a move changes on the bill, tax included; at most one of the two is above zero."""

    bill_id: UUID
    due_now: Money
    """The difference, if the bill is paid and the new price is higher: it is paid first."""
    changes_price: bool


class GoesBack(Message):
    """A part of a payment that is owed to its payer; the refund's id follows from the reason."""

    refund_id: UUID
    payment_id: UUID
    amount: Money


class BillChanged(Message):
    """What the bill says after its price was changed, and what goes back, newest payment first."""

    bill_id: UUID
    status: BillStatus
    total: Money
    goes_back: tuple[GoesBack, ...] = ()


class CancellationRule(StrEnum):
    """Why a cancellation costs what it costs."""

    FREE = "free"
    GRACE = "grace"
    LATE_CANCELLATION = "late-cancellation"
    LATE_MOVE = "late-move"
    HOSPITAL = "hospital"


class FeeSettled(BillChanged):
    """What a visit that did not take place costs, paid or not; or how much of that is forgiven."""

    fee: Money


class CancellationApplied(FeeSettled):
    """What a cancellation costs, and by which rule."""

    rule: CancellationRule
