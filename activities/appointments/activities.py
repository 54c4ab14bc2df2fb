"""What processes may ask of the appointments' service."""

from typing import TYPE_CHECKING

from temporalio import activity

from activities.appointments.contract import SlotOf, SlotState, TakeSlot, VisitNow
from activities.process import process

if TYPE_CHECKING:
    from activities.appointments.service import AppointmentService


class AppointmentActivities:
    """Take, confirm and free slots. Every activity is safe to repeat."""

    def __init__(self, appointments: "AppointmentService") -> None:
        self._appointments = appointments

    @activity.defn(name="appointments.book_slot")
    async def book_slot(self, request: TakeSlot) -> SlotState:
        """Take the slot for good, or refuse: `SlotTaken`, `PatientBusy`, `DoctorDayFull`."""
        return await self._appointments.book_slot(process(), request)

    @activity.defn(name="appointments.hold_slot")
    async def hold_slot(self, request: TakeSlot) -> SlotState:
        """Claim the slot for a while, or refuse as `book_slot` does, or with `TooManyHolds`."""
        return await self._appointments.hold_slot(process(), request)

    @activity.defn(name="appointments.release_slot")
    async def release_slot(self, request: TakeSlot) -> None:
        """Free what this process took; a slot that it never took can't be taken by it any more."""
        await self._appointments.release_slot(process(), request)

    @activity.defn(name="appointments.confirm_slot")
    async def confirm_slot(self, request: SlotOf) -> SlotState:
        """Book a hold that was paid for; `is_lost` when its slot is someone else's by now."""
        return await self._appointments.confirm_slot(process(), request)

    @activity.defn(name="appointments.expire_slot")
    async def expire_slot(self, request: SlotOf) -> SlotState:
        """End a hold that nobody paid for."""
        return await self._appointments.expire_slot(process(), request)

    @activity.defn(name="appointments.read_visit")
    async def read_visit(self, request: SlotOf) -> VisitNow:
        """Tell how a visit stands now."""
        return await self._appointments.read_visit(request)
