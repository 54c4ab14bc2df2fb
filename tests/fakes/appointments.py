"""The appointments' service, in memory: what becomes of a visit after it was booked."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from activities.appointments.contract import (
    AppointmentBusy,
    AppointmentStatus,
    CancelVisit,
    CompleteVisit,
    HoldExpired,
    HoldMove,
    Move,
    Moved,
    RescheduleLimitReached,
    SameSlot,
    SlotOf,
    TooEarlyForNoShow,
    TooLateToReschedule,
    VisitNow,
    VisitStarted,
    WaiveWindowClosed,
)
from activities.contract import (
    By,
    QuoteChanged,
    WrongState,
)
from activities.process import Process
from tests.fakes.inbox import once, undoes
from tests.fakes.slots import BOOKED, CHECKED_IN, EXPIRED, HELD, RELEASED, Slot, Slots

CANCELLED, NO_SHOW = AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Appointments(Slots):
    @once
    def hold_move(self, process: Process, request: HoldMove) -> VisitNow:
        slot = self._free(process, request.visit.appointment_id, BOOKED)
        self._check_move(slot, request, process.accepted_at)
        wanted = Slot(
            request.visit,
            request.offer,
            slot.patient,
            process.accepted_at,
            [HELD],
            request.hold_until,
        )
        self._claim(request.hold_id, wanted)
        slot.changed_by = process.id
        slot.touched += 1
        return slot.now()

    @undoes("hold_move")
    def drop_move(self, process: Process, request: HoldMove) -> None:
        hold = self.slots[request.hold_id]
        if hold.status is HELD:
            hold.history.append(RELEASED)
        slot = self.slots[request.visit.appointment_id]
        if slot.changed_by == process.id:
            slot.changed_by = None
            slot.touched += 1

    @once
    def move(self, process: Process, request: Move) -> Moved:
        asked = request.move
        slot, hold = self._find(asked.visit.appointment_id), self._find(asked.hold_id)
        if slot.changed_by != process.id:
            raise WrongState("the visit is not ours to move", {"status": slot.status})
        if hold.status is not HELD and (hold.status is not EXPIRED or self._in_the_way(hold)):
            if request.is_paid:
                return Moved(now=slot.now(), is_lost=True)
            raise HoldExpired("the slot is someone else's by now")
        early = timedelta(minutes=slot.offer.terms.late_cancel_minutes)
        if asked.by is By.PATIENT and slot.start - process.accepted_at <= early:
            slot.late_move = True
        slot.moves.append((process.id, slot.start))
        slot.visit, slot.offer = asked.visit, asked.offer
        if not request.keeps_claim:
            slot.changed_by = None
        slot.touched += 1
        hold.history.append(RELEASED)
        return Moved(now=slot.now())

    @once
    def end_move(self, process: Process, request: SlotOf) -> VisitNow:
        slot = self._find(request.appointment_id)
        if slot.changed_by == process.id:
            slot.changed_by = None
            slot.touched += 1
        return slot.now()

    @once
    def cancel(self, process: Process, request: CancelVisit) -> VisitNow:
        by_hospital = request.by is By.HOSPITAL
        cancellable = (BOOKED, CHECKED_IN) if by_hospital else (BOOKED,)
        slot = self._free(process, request.appointment_id, *cancellable)
        if not by_hospital and process.accepted_at >= slot.start:
            raise VisitStarted("a visit that has begun is not cancelled by its patient")
        if request.version not in (None, slot.version):
            raise QuoteChanged("the visit was changed since its cost was asked for")
        slot.history.append(CANCELLED)
        return slot.now()

    @once
    def check_in(self, process: Process, request: SlotOf) -> VisitNow:
        slot = self._free(process, request.appointment_id, BOOKED)
        day = slot.offer.local_start.replace(hour=0, minute=0, tzinfo=ZoneInfo(slot.offer.timezone))
        if not day <= process.accepted_at < end_of_grace(slot):
            raise WrongState("it is not its day", {"status": slot.status})
        slot.history.append(CHECKED_IN)
        return slot.now()

    @once
    def complete_visit(self, process: Process, request: CompleteVisit) -> VisitNow:
        slot = self._free(process, request.appointment_id, CHECKED_IN)
        slot.history.append(AppointmentStatus.COMPLETED)
        return slot.now()

    @once
    def mark_no_show(self, process: Process, request: SlotOf) -> VisitNow:
        slot = self._free(process, request.appointment_id, BOOKED)
        if process.accepted_at < end_of_grace(slot):
            raise TooEarlyForNoShow("the patient may still come")
        slot.no_show_at = process.accepted_at
        slot.history.append(NO_SHOW)
        return slot.now()

    @once
    def check_waiver(self, process: Process, request: SlotOf) -> VisitNow:
        slot = self._find(request.appointment_id)
        if slot.status is not NO_SHOW or slot.no_show_at is None:
            raise WrongState("nobody was missed", {"status": slot.status})
        if process.accepted_at > slot.no_show_at + slot.offer.terms.waiver_days * DAY:
            raise WaiveWindowClosed("it was too long ago")
        return slot.now()

    def _free(self, process: Process, visit: UUID, *statuses: AppointmentStatus) -> Slot:
        """Find a visit that stands so, and that nobody else is changing."""
        slot = self._find(visit)
        if slot.status not in statuses:
            raise WrongState("not as it stands", {"status": slot.status})
        if slot.changed_by not in (None, process.id):
            raise AppointmentBusy("another change of the visit is under way")
        return slot

    def _check_move(self, slot: Slot, request: HoldMove, at: datetime) -> None:
        if (slot.visit.doctor_id, slot.start) == (
            request.visit.doctor_id,
            request.visit.slot_start,
        ):
            raise SameSlot("the visit is there already", {"field": "slot_start"})
        if len(slot.moves) >= request.offer.max_reschedules:
            raise RescheduleLimitReached("it was moved as often as it may be")
        if slot.start - at < request.offer.reschedule_cutoff_minutes * MINUTE:
            raise TooLateToReschedule("it begins too soon")


def end_of_grace(slot: Slot) -> datetime:
    return slot.end + slot.offer.terms.no_show_grace_minutes * MINUTE
