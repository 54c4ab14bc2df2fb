"""What the payments' service promises: money moves once, and what moved is known."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from activities.contract import Command, Message, Money, Refusal

TASK_QUEUE = "payments"


class PaymentStatus(StrEnum):
    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class Method(StrEnum):
    CARD = "CARD"
    CASH = "CASH"
    BANK_TRANSFER = "BANK_TRANSFER"
    INSURANCE = "INSURANCE"


class RefundReason(StrEnum):
    PATIENT_CANCELLED = "PATIENT_CANCELLED"
    HOSPITAL_CANCELLED = "HOSPITAL_CANCELLED"
    PRICE_DROP = "PRICE_DROP"
    LATE_PAYMENT = "LATE_PAYMENT"
    DUPLICATE = "DUPLICATE"
    WAIVER = "WAIVER"
    DISPUTE = "DISPUTE"
    GOODWILL = "GOODWILL"


class PaymentDeclined(Refusal):
    """The card company says no; `decline_code` says why."""

    code = "payment-declined"


def above_zero(money: Money) -> Money:
    if money.amount <= 0:
        raise ValueError("nothing is no amount")
    return money


Payable = Annotated[Money, AfterValidator(above_zero)]


class Attempt(Message):
    """Which try of a step this is, and for how long the step has been tried."""

    number: int = 1
    waited: timedelta = timedelta()


class OpenPayment(Command):
    """Records that money is expected, and asks the gateway for a payment that nobody made yet."""

    payment_id: UUID
    bill_id: UUID
    appointment_id: UUID | None = None
    patient_id: UUID
    amount: Payable
    process: str
    """The workflow that the gateway's events are for."""


def at_desk(method: Method) -> Method:
    if method is Method.CARD:
        raise ValueError("a card is the gateway's")
    return method


class PayAtDesk(Command):
    """Records money that the front desk took: cash, a transfer, an insurer's."""

    payment_id: UUID
    bill_id: UUID
    appointment_id: UUID | None = None
    patient_id: UUID
    amount: Payable
    method: Annotated[Method, AfterValidator(at_desk)]
    reference: str | None = Field(default=None, max_length=255)
    """What the desk wrote down: the number of a receipt, a transfer's text."""


class PaymentOpened(Message):
    client_secret: str


class Authorise(Command):
    """Reserves the money with a method of the gateway; `part` is the attempt."""

    payment_id: UUID
    payment_method: str
    opens: OpenPayment | None = None
    """The payment, when this is the first that anybody hears of it."""


class Authorisation(Message):
    """The money is reserved, or the patient has a further step to take at the bank."""

    is_authorised: bool
    client_secret: str | None = None
    next_action: dict[str, Any] | None = None


class PaymentOf(Command):
    """Names the payment that is meant."""

    payment_id: UUID


class GatewayState(StrEnum):
    """Where a payment stands at the gateway."""

    OPEN = "OPEN"
    NEEDS_ACTION = "NEEDS_ACTION"
    AUTHORISED = "AUTHORISED"
    CAPTURED = "CAPTURED"
    CANCELLED = "CANCELLED"


class PaymentState(Message):
    """What is known of a payment, at the gateway and here."""

    status: PaymentStatus
    at_gateway: GatewayState | None = None
    """None: it was paid at the desk."""


class LateMoney(Message):
    """Money that came when its process had ended, and what it was paid for."""

    at_gateway: GatewayState
    bill_id: UUID
    appointment_id: UUID | None = None
    patient_id: UUID
    amount: Money


class OpenRefund(Command):
    """Decides that money goes back. Refused above what was captured and not yet given back."""

    refund_id: UUID
    payment_id: UUID
    amount: Payable
    reason_code: RefundReason
    reason: str
    process: str


class RefundOf(Command):
    """Names the refund that is meant; `part` is its id and the attempt."""

    refund_id: UUID


class RefundStatus(StrEnum):
    PENDING = "PENDING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class RefundState(Message):
    status: RefundStatus
    failure_code: str | None = None


class GatewayEvent(Command):
    """A verified event of the gateway. It only nudges: the state comes from asking."""

    event_id: str
    type: str
    object_reference: str
    payload: dict[str, Any]
    occurred_at: int
    """Seconds since 1970, as the gateway says."""
    process: str | None = None
    """The workflow that the payment was made for, from its metadata."""
    payment_id: UUID | None = None
    """The payment that it is about, from its metadata."""


class EventRecorded(Message):
    """Whether it tells what the record does not know: then somebody must ask the gateway."""

    is_news: bool


class ListUnsettled(Command):
    """Asks what has waited for an end for more than a quarter of an hour, page by page."""

    after: UUID | None = None
    """The last payment of the page before."""


class UnsettledPayment(Message):
    """A payment that has not ended, or whose refund has not, or that something came in for.

    What came in: an event that nobody handled, or money after the payment had been given up.
    """

    payment_id: UUID
    bill_id: UUID
    appointment_id: UUID | None = None
    status: PaymentStatus
    process: str | None = None
    """The workflow that made it, as far as the record says."""


class UnsettledRefund(Message):
    refund_id: UUID
    payment_id: UUID
    process: str | None = None


class UnmatchedEvent(Message):
    """An event of the gateway that is about nothing we know."""

    event_id: str
    type: str
    object_reference: str


class Unsettled(Message):
    """A page in the order of payments; ask again after `next`, until it is `None`."""

    payments: tuple[UnsettledPayment, ...] = ()
    refunds: tuple[UnsettledRefund, ...] = ()
    """What is on its way back of these payments."""
    events: tuple[UnmatchedEvent, ...] = ()
    """On the first page: what no payment explains."""
    next: UUID | None = None


class Verdict(StrEnum):
    """What comparing a payment with the gateway's books says."""

    AGREES = "AGREES"
    CAPTURED_UNKNOWN = "CAPTURED_UNKNOWN"
    """The gateway has the money, and the record does not say so."""
    AUTHORISED_STRAY = "AUTHORISED_STRAY"
    """Money can still be taken for a payment that is over here, or an hour old."""
    GATEWAY_UNKNOWN = "GATEWAY_UNKNOWN"
    """The gateway never heard of it."""
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"
    """Another sum was captured or given back than the record says."""


class Reconciled(Message):
    payment_id: UUID
    verdict: Verdict
    status: PaymentStatus


class ListCaptured(Command):
    """Asks for payments of a span of time that were captured, and are not completed here."""

    since: datetime
    until: datetime
    after: str | None = None
    """The last payment of the page before, by the gateway's name."""


class CapturedPayment(Message):
    """A payment in the gateway's books. Without a status it is unknown here."""

    reference: str
    payment_id: UUID | None = None
    status: PaymentStatus | None = None


class Captured(Message):
    """A page of the gateway's books; ask again after `next`, until it is `None`."""

    payments: tuple[CapturedPayment, ...] = ()
    next: str | None = None
