"""What the appointments' service promises: a slot belongs to one visit at a time."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from activities.contract import Command, Message, Refusal, Visit
from activities.offers import PatientOffer, SlotOffer

TASK_QUEUE = "appointments"


class AppointmentStatus(StrEnum):
    HELD = "HELD"
    BOOKED = "BOOKED"
    CHECKED_IN = "CHECKED_IN"
    COMPLETED = "COMPLETED"
    EXPIRED = "EXPIRED"
    RELEASED = "RELEASED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"


class SlotTaken(Refusal):
    """Another visit of the doctor overlaps the slot."""

    code = "slot-taken"


class PatientBusy(Refusal):
    """Another visit of the patient overlaps the slot."""

    code = "patient-busy"


class DoctorDayFull(Refusal):
    """The doctor sees no more patients that day."""

    code = "doctor-day-full"


class TooManyHolds(Refusal):
    """The patient holds as many unpaid slots as the hospital allows."""

    code = "too-many-holds"


class TooManyRequests(Refusal):
    """The patient booked as often in the last hour as the hospital allows."""

    code = "too-many-requests"


class TakeSlot(Command):
    """Takes the slot of an offer, for good or until `hold_until`."""

    visit: Visit
    offer: SlotOffer
    patient: PatientOffer
    hold_until: datetime | None = None
    symptoms: str | None = None


class SlotOf(Command):
    """Names the visit whose slot is meant."""

    appointment_id: UUID


class CompleteVisit(Command):
    """Says what a visit found; the patient's history keeps the rest."""

    appointment_id: UUID
    diagnosis: str | None = None
    notes: str | None = None
    follow_up_date: date | None = None


class SlotState(Message):
    """What became of the visit. `LOST` is told by `is_lost`: its slot is someone else's."""

    status: AppointmentStatus
    version: int
    is_lost: bool = False


class VisitNow(Message):
    """The truth about a visit, for a process that has slept."""

    status: AppointmentStatus
    slot_start: datetime
    slot_end: datetime
    version: int
