"""What the appointments' service promises: a slot belongs to one visit at a time."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from activities.contract import By, Command, Invalid, Message, Refusal, Visit
from activities.offers import PatientOffer, SlotOffer, Terms

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


class AppointmentBusy(Refusal):
    """Another change of the visit is under way; once it has ended, this one may be asked again."""

    code = "appointment-busy"


class SameSlot(Invalid):
    """The visit is there already; `field` says what would have to differ."""


class RescheduleLimitReached(Refusal):
    """The visit was moved as often as the hospital allows."""

    code = "reschedule-limit-reached"


class TooLateToReschedule(Refusal):
    """The visit begins too soon to be moved."""

    code = "too-late-to-reschedule"


class HoldExpired(Refusal):
    """The slot that was held for a move is not held any more, and is somebody else's by now."""

    code = "hold-expired"


class VisitStarted(Refusal):
    """From its start on a visit can't be cancelled by its patient."""

    code = "visit-started"


class TooEarlyForNoShow(Refusal):
    """The patient may still come."""

    code = "too-early-for-no-show"


class WaiveWindowClosed(Refusal):
    """The fee of a no-show can't be waived any more."""

    code = "waive-window-closed"


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


class HoldMove(Command):
    """Claims another slot for a booked visit, and the visit for this process.

    `visit` is the visit as it shall be; the hold is a row of its own, under the visit's id.
    """

    hold_id: UUID
    visit: Visit
    offer: SlotOffer
    hold_until: datetime
    by: By = By.PATIENT
    reason: str | None = None


class Move(Command):
    """Moves a visit to the slot that is held for it.

    Its money is taken, if `is_paid`: then a slot that is gone is told by `is_lost`, for the money
    goes back; else it is refused.
    """

    move: HoldMove
    is_paid: bool = False
    keeps_claim: bool = False
    """Nobody else may change the visit before `end_move`: its bill has to follow first."""

    @property
    def reason(self) -> str | None:
        """Why the visit moves: its history keeps it."""
        return self.move.reason


class CancelVisit(Command):
    """Cancels a visit; its slot is free at once."""

    appointment_id: UUID
    by: By
    reason: str
    version: int | None = None
    """The version whose cost was agreed to; any, when nobody asked for the cost."""


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
    was_already: bool = False
    """It stood so before: this step changed nothing."""


class VisitNow(Message):
    """The truth about a visit: what decides its cost, and what a message about it names."""

    visit: Visit
    status: AppointmentStatus
    version: int
    slot_end: datetime
    timezone: str
    local_start: datetime
    """Wall time at the doctor's, without zone: what the patient was promised."""
    department: str
    doctor_name: str
    patient: PatientOffer
    """The patient as this service keeps them."""
    booked_at: datetime
    """When the booking was accepted: the hospital's grace counts from here."""
    late_move: bool = False
    """Moved so late by its patient that a cancellation costs what a late one costs."""
    reschedule_count: int = 0
    terms: Terms
    no_show_at: datetime | None = None


class Moved(Message):
    """What became of a move; the visit is as it was when `is_lost`."""

    now: VisitNow
    is_lost: bool = False


class StaleKind(StrEnum):
    """What was left behind: a visit's own hold, the hold of a move, or a change under way."""

    HOLD = "HOLD"
    MOVE = "MOVE"
    CHANGE = "CHANGE"


class StaleOf(Command):
    """Asks for a page of what was left behind; `after` is the last of the page before."""

    limit: int = 500
    after: UUID | None = None


class Stale(Message):
    """Something left behind, unless the process that made it still runs."""

    appointment_id: UUID
    workflow_id: str
    kind: StaleKind


class StaleFound(Message):
    stale: tuple[Stale, ...]


class ReleaseStale(Command):
    """Lets go what a process left behind that does not run any more. `part` names the row."""

    appointment_id: UUID
    kind: StaleKind
    workflow_id: str


class StaleEnded(Message):
    """Whether it was still there to be let go."""

    was_stale: bool
