"""The vocabulary that all services share."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Message(BaseModel):
    """A value that travels. It only grows: a new field has a default."""

    model_config = ConfigDict(frozen=True)


def split_part(part: str) -> tuple[str, int]:
    """Tell what was first asked for, and how often it was asked again."""
    asked, mark, times = part.rpartition("~")
    return (asked, int(times)) if mark and times.isdecimal() else (part, 0)


class Command(Message):
    """Asks a service for one step. Repeated, it is the same request and gets the same answer."""

    part: str = ""
    """Which of several steps of one name this is: a refund's id, an attempt `a2`."""

    def again(self) -> Self:
        """Ask the same as a new request: what was refused may be granted this time."""
        asked, times = split_part(self.part)
        return self.model_copy(update={"part": f"{asked}~{times + 1}"})


class Money(Message):
    """An exact amount: `NUMERIC(12,2)` in a database, a string in JSON."""

    amount: Decimal = Field(max_digits=12, decimal_places=2)
    currency: str = Field(pattern="^[A-Z]{3}$")


class By(StrEnum):
    """On whose behalf a visit is changed: it decides what the change costs."""

    PATIENT = "PATIENT"
    HOSPITAL = "HOSPITAL"


class Visit(Message):
    """Who wants to see whom, when and for what."""

    appointment_id: UUID
    patient_id: UUID
    doctor_id: UUID
    department_id: UUID
    slot_start: datetime
    service_type: str = "CONSULTATION"


class Refusal(Exception):
    """A final business answer: never retried, never paged, shown to whoever asked."""

    code: ClassVar[str]

    def __init__(self, message: str, details: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.details = dict(details or {})


class FinalFault(Exception):
    """A fault that no repetition cures: a person must look. It says no value of the request."""


class AskLater(Exception):
    """Nothing happened, and whoever was asked says when it may be asked again."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(f"busy for {retry_after.total_seconds():g} s")
        self.retry_after = retry_after


class Undone(Refusal):
    """The step comes after its own undo: it must not happen any more."""

    code = "undone"


class UnknownReference(Refusal):
    """Something that the request names is not there; `field` says which."""

    code = "unknown-reference"


class WrongState(Refusal):
    """What is asked is not possible in this state; `status` says which."""

    code = "wrong-state"


class Invalid(Refusal):
    """A value of the request is of no use; `field` says which."""

    code = "validation-failed"


class PaymentNotCompleted(Refusal):
    """No money came by this payment, so none of it can go back."""

    code = "payment-not-completed"


class RefundExceedsPayment(Refusal):
    """More would go back than came in and has not gone back yet."""

    code = "refund-exceeds-payment"


class QuoteChanged(Refusal):
    """A change costs more than was agreed to; `fee` says how much, if that is known."""

    code = "quote-changed"


class VersionMismatch(Refusal):
    """Somebody changed it meanwhile."""

    code = "version-mismatch"
