"""The appointments' service, in memory."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from activities.appointments.contract import (
    AppointmentStatus,
    SlotOf,
    SlotState,
    SlotTaken,
    TakeSlot,
    VisitNow,
)
from activities.contract import UnknownReference, WrongState
from activities.process import Process
from tests.fakes.inbox import Inbox, once, undoes

HELD, BOOKED = AppointmentStatus.HELD, AppointmentStatus.BOOKED
EXPIRED, RELEASED = AppointmentStatus.EXPIRED, AppointmentStatus.RELEASED
LIVE = (HELD, BOOKED)


@dataclass
class Slot:
    doctor_id: UUID
    start: datetime
    end: datetime
    history: list[AppointmentStatus]
    """Its states in their order; the last one is how it stands."""

    @property
    def status(self) -> AppointmentStatus:
        return self.history[-1]

    def overlaps(self, other: "Slot") -> bool:
        is_apart = self.end <= other.start or other.end <= self.start
        return self.doctor_id == other.doctor_id and not is_apart


@dataclass
class Appointments:
    inbox: Inbox = field(repr=False)
    slots: dict[UUID, Slot] = field(default_factory=dict)

    @once
    def book_slot(self, _: Process, request: TakeSlot) -> SlotState:
        return self._take(request, BOOKED)

    @once
    def hold_slot(self, _: Process, request: TakeSlot) -> SlotState:
        return self._take(request, HELD)

    @undoes("hold_slot", "book_slot")
    def release_slot(self, _: Process, request: TakeSlot) -> None:
        slot = self.slots[request.visit.appointment_id]
        if slot.status is (HELD if request.hold_until else BOOKED):
            slot.history.append(RELEASED)

    @once
    def confirm_slot(self, _: Process, request: SlotOf) -> SlotState:
        slot = self._find(request)
        if slot.status is EXPIRED:
            if self._is_taken(slot):
                return SlotState(status=EXPIRED, version=len(slot.history), is_lost=True)
            slot.history.append(HELD)
        elif slot.status is not HELD:
            raise WrongState("only a hold can be confirmed", {"status": slot.status})
        slot.history.append(BOOKED)
        return SlotState(status=BOOKED, version=len(slot.history))

    @once
    def expire_slot(self, _: Process, request: SlotOf) -> SlotState:
        slot = self._find(request)
        if slot.status is HELD:
            slot.history.append(EXPIRED)
        return SlotState(status=slot.status, version=len(slot.history))

    def read_visit(self, _: Process, request: SlotOf) -> VisitNow:
        slot = self._find(request)
        return VisitNow(
            status=slot.status,
            slot_start=slot.start,
            slot_end=slot.end,
            version=len(slot.history),
        )

    def lapse(self, appointment_id: UUID, *, to: UUID | None = None) -> None:
        """End a hold from outside, as the next booking of the slot does; it may take it, too."""
        slot = self.slots.get(appointment_id)
        if slot and slot.status is HELD:
            slot.history.append(EXPIRED)
            if to:
                self.slots[to] = Slot(slot.doctor_id, slot.start, slot.end, [BOOKED])

    def _take(self, request: TakeSlot, status: AppointmentStatus) -> SlotState:
        visit = request.visit
        slot = Slot(visit.doctor_id, visit.slot_start, request.offer.ends_at, [status])
        if self._is_taken(slot):
            raise SlotTaken("another visit overlaps the slot")
        self.slots[visit.appointment_id] = slot
        return SlotState(status=status, version=1)

    def _is_taken(self, wanted: Slot) -> bool:
        others = (slot for slot in self.slots.values() if slot is not wanted)
        return any(slot.status in LIVE and slot.overlaps(wanted) for slot in others)

    def _find(self, request: SlotOf) -> Slot:
        if request.appointment_id not in self.slots:
            raise UnknownReference("no such appointment", {"field": "appointment_id"})
        return self.slots[request.appointment_id]
