"""Who is seen when, in memory: a slot belongs to one visit at a time."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from activities.appointments.contract import (
    AppointmentStatus,
    DoctorDayFull,
    PatientBusy,
    SlotOf,
    SlotState,
    SlotTaken,
    TakeSlot,
    TooManyHolds,
    TooManyRequests,
    VisitNow,
)
from activities.contract import UnknownReference, Visit
from activities.offers import PatientOffer, SlotOffer
from activities.process import Process
from tests.fakes.inbox import Inbox, once, undoes

HELD, BOOKED = AppointmentStatus.HELD, AppointmentStatus.BOOKED
CHECKED_IN = AppointmentStatus.CHECKED_IN
EXPIRED, RELEASED = AppointmentStatus.EXPIRED, AppointmentStatus.RELEASED
LIVE = (HELD, BOOKED, CHECKED_IN)
HOUR = timedelta(hours=1)


@dataclass
class Slot:
    """A visit; or the slot that is claimed for the move of one, which is then `visit_id`'s."""

    visit: Visit
    offer: SlotOffer
    patient: PatientOffer
    booked_at: datetime
    history: list[AppointmentStatus]
    """Its states in their order; the last one is how it stands."""
    hold_until: datetime | None = None
    changed_by: str | None = None
    late_move: bool = False
    moves: list[tuple[str, datetime]] = field(default_factory=list)
    """Which process moved it, and from when."""
    no_show_at: datetime | None = None
    touched: int = 0
    """How often it changed without changing its state."""
    is_strange: bool = False
    """Nobody here booked it: it only stands in the way."""

    @property
    def visit_id(self) -> UUID:
        return self.visit.appointment_id

    @property
    def status(self) -> AppointmentStatus:
        return self.history[-1]

    @property
    def start(self) -> datetime:
        return self.visit.slot_start

    @property
    def end(self) -> datetime:
        return self.offer.ends_at

    @property
    def day(self) -> tuple[UUID, date]:
        """The doctor's day that it counts for."""
        return self.visit.doctor_id, self.offer.local_start.date()

    @property
    def version(self) -> int:
        return len(self.history) + self.touched

    def overlaps(self, other: "Slot") -> bool:
        return self.start < other.end and other.start < self.end

    def now(self) -> VisitNow:
        return VisitNow(
            visit=self.visit,
            status=self.status,
            version=self.version,
            slot_end=self.end,
            timezone=self.offer.timezone,
            local_start=self.offer.local_start,
            department=self.offer.doctor.department,
            doctor_name=self.offer.doctor.name,
            patient=self.patient,
            booked_at=self.booked_at,
            late_move=self.late_move,
            reschedule_count=len(self.moves),
            terms=self.offer.terms,
            no_show_at=self.no_show_at,
        )


@dataclass
class Slots:
    inbox: Inbox = field(repr=False)
    slots: dict[UUID, Slot] = field(default_factory=dict)

    @once
    def book_slot(self, process: Process, request: TakeSlot) -> SlotState:
        return self._take(process, request, BOOKED)

    @once
    def hold_slot(self, process: Process, request: TakeSlot) -> SlotState:
        return self._take(process, request, HELD)

    @undoes("hold_slot", "book_slot")
    def release_slot(self, _: Process, request: TakeSlot) -> None:
        slot = self.slots[request.visit.appointment_id]
        if slot.status is (HELD if request.hold_until else BOOKED):
            slot.history.append(RELEASED)

    @once
    def confirm_slot(self, process: Process, request: SlotOf) -> SlotState:
        slot = self._find(request.appointment_id)
        is_over = slot.start <= process.accepted_at
        is_gone = slot.status is EXPIRED and (is_over or self._in_the_way(slot))
        if is_gone or slot.status in (RELEASED, AppointmentStatus.CANCELLED):
            return SlotState(status=slot.status, version=slot.version, is_lost=True)
        if slot.status not in (HELD, EXPIRED):
            return SlotState(status=slot.status, version=slot.version, was_already=True)
        if slot.status is EXPIRED:
            slot.history.append(HELD)
        slot.history.append(BOOKED)
        return SlotState(status=BOOKED, version=slot.version)

    @once
    def expire_slot(self, _: Process, request: SlotOf) -> SlotState:
        slot = self._find(request.appointment_id)
        if slot.status is HELD:
            slot.history.append(EXPIRED)
        return SlotState(status=slot.status, version=slot.version)

    def read_visit(self, _: Process, request: SlotOf) -> VisitNow:
        return self._find(request.appointment_id).now()

    def lapse(self, held: UUID, *, to: UUID | None = None) -> None:
        """End a hold from outside, as the next booking of the slot does; it may take it, too."""
        slot = self.slots.get(held)
        if slot and slot.status is HELD:
            slot.history.append(EXPIRED)
            if to:
                visit = slot.visit.model_copy(update={"appointment_id": to, "patient_id": to})
                stranger = Slot(visit, slot.offer, slot.patient, slot.booked_at, [BOOKED])
                stranger.is_strange = True
                self.slots[to] = stranger

    def _take(self, process: Process, request: TakeSlot, status: AppointmentStatus) -> SlotState:
        slot = Slot(
            request.visit,
            request.offer,
            request.patient,
            process.accepted_at,
            [status],
            request.hold_until,
        )
        self._check_limits(slot)
        self._claim(request.visit.appointment_id, slot)
        return SlotState(status=status, version=slot.version)

    def _check_limits(self, wanted: Slot) -> None:
        visit, offer, at = wanted.visit, wanted.offer, wanted.booked_at
        theirs = [s for s in self.slots.values() if s.visit.patient_id == visit.patient_id]
        if sum(at - HOUR < s.booked_at <= at for s in theirs) >= offer.max_bookings_per_hour:
            raise TooManyRequests("too many bookings within an hour")
        waiting = [s for s in theirs if s.status is HELD and s.hold_until and s.hold_until > at]
        if wanted.status is HELD and len(waiting) >= offer.max_live_holds:
            raise TooManyHolds("too many slots wait for their payment")

    def _claim(self, row_id: UUID, wanted: Slot) -> None:
        """Write the row, if nothing stands in its way; what is overdue does not stand there."""
        at = wanted.booked_at
        overdue = [s for s in self._in_the_way(wanted) if s.status is HELD and is_over(s, at)]
        stands = [s for s in self._in_the_way(wanted) if s not in overdue]
        day = {
            s.visit_id
            for s in self.slots.values()
            if s.day == wanted.day and s.status in LIVE and s not in overdue
        }
        if len(day - {wanted.visit_id}) >= wanted.offer.max_daily_appts:
            raise DoctorDayFull("the doctor sees no more patients that day")
        if any(s.visit.patient_id == wanted.visit.patient_id for s in stands):
            raise PatientBusy("another visit of the patient overlaps the slot")
        if stands:
            raise SlotTaken("another visit overlaps the slot")
        for slot in overdue:
            slot.history.append(EXPIRED)
        self.slots[row_id] = wanted

    def _in_the_way(self, wanted: Slot) -> list[Slot]:
        people = {wanted.visit.doctor_id, wanted.visit.patient_id}
        return [
            slot
            for slot in self.slots.values()
            if slot.status in LIVE
            and slot.visit_id != wanted.visit_id
            and people & {slot.visit.doctor_id, slot.visit.patient_id}
            and slot.overlaps(wanted)
        ]

    def _find(self, appointment_id: UUID) -> Slot:
        if appointment_id not in self.slots:
            raise UnknownReference("no such appointment", {"field": "appointment_id"})
        return self.slots[appointment_id]


def is_over(slot: Slot, at: datetime) -> bool:
    return slot.hold_until is not None and slot.hold_until <= at
