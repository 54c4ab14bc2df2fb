"""What processes may ask of the appointments' service."""

from typing import TYPE_CHECKING

from temporalio import activity

from activities.appointments.contract import (
    CancelVisit,
    CompleteVisit,
    HoldMove,
    Move,
    Moved,
    ReleaseStale,
    SlotOf,
    SlotState,
    StaleEnded,
    StaleFound,
    StaleOf,
    TakeSlot,
    VisitNow,
)
from activities.facts import (
    ChangeFacts,
    DayFacts,
    DaysOf,
    FactsOf,
    RecordFacts,
    UntimelyFacts,
    UntimelyOf,
    VisitFacts,
)
from activities.findings import CheckInvariants, Found
from activities.process import process

if TYPE_CHECKING:
    from activities.appointments.service import AppointmentService


class AppointmentActivities:
    """Take, confirm and free slots. Every activity is safe to repeat."""

    def __init__(self, appointments: "AppointmentService") -> None:
        self._appointments = appointments
        self._checks = appointments.checks
        self._changes = appointments.changes
        self._stale = appointments.stale

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

    @activity.defn(name="appointments.hold_move")
    async def hold_move(self, request: HoldMove) -> VisitNow:
        """Claim another slot for a visit, and the visit for this process.

        Refuses as `hold_slot` does, or with `AppointmentBusy`, `WrongState`, `SameSlot`,
        `RescheduleLimitReached`, `TooLateToReschedule`.
        """
        return await self._changes.hold_move(process(), request)

    @activity.defn(name="appointments.drop_move")
    async def drop_move(self, request: HoldMove) -> None:
        """Let go the slot that this process claimed for a move, and the visit itself."""
        await self._changes.drop_move(process(), request)

    @activity.defn(name="appointments.move")
    async def move(self, request: Move) -> Moved:
        """Move the visit to its held slot: both at once, or neither. `HoldExpired` if unpaid."""
        return await self._changes.move(process(), request)

    @activity.defn(name="appointments.end_move")
    async def end_move(self, request: SlotOf) -> VisitNow:
        """Let others change a visit again whose move kept its claim."""
        return await self._changes.end_move(process(), request)

    @activity.defn(name="appointments.cancel")
    async def cancel(self, request: CancelVisit) -> VisitNow:
        """Cancel a visit, its slot is free at once; or refuse.

        `AppointmentBusy`, `WrongState`, `VisitStarted` (a patient's), `QuoteChanged` (another
        version than the one whose cost was agreed to). Replies with what decides the cost.
        """
        return await self._changes.cancel(process(), request)

    @activity.defn(name="appointments.check_in")
    async def check_in(self, request: SlotOf) -> VisitNow:
        """The patient has come, or refuse: `WrongState`, `AppointmentBusy`."""
        return await self._changes.check_in(process(), request)

    @activity.defn(name="appointments.complete_visit")
    async def complete_visit(self, request: CompleteVisit) -> VisitNow:
        """The patient was seen, or refuse: `WrongState`, `AppointmentBusy`."""
        return await self._changes.complete_visit(process(), request)

    @activity.defn(name="appointments.mark_no_show")
    async def mark_no_show(self, request: SlotOf) -> VisitNow:
        """The patient did not come, or refuse: `WrongState`, `TooEarlyForNoShow`."""
        return await self._changes.mark_no_show(process(), request)

    @activity.defn(name="appointments.check_waiver")
    async def check_waiver(self, request: SlotOf) -> VisitNow:
        """Tell what a waiver is about, or refuse: `WrongState`, `WaiveWindowClosed`."""
        return await self._changes.check_waiver(process(), request)

    @activity.defn(name="appointments.list_stale")
    async def list_stale(self, request: StaleOf) -> StaleFound:
        """Name holds a minute past their end, and changes under way for a quarter of an hour."""
        return await self._stale.list_stale(process(), request)

    @activity.defn(name="appointments.release_stale")
    async def release_stale(self, request: ReleaseStale) -> StaleEnded:
        """Free what a closed process left behind, if it still is as it was listed."""
        return await self._stale.release_stale(process(), request)

    @activity.defn(name="appointments.check_invariants")
    async def check_invariants(self, request: CheckInvariants) -> Found:
        """Look at a page of what must never be; changes nothing."""
        return await self._checks.check_invariants(request)

    @activity.defn(name="appointments.list_visits")
    async def list_visits(self, request: FactsOf) -> VisitFacts:
        """Tell of a page of visits, or of those that are named; keeps nothing."""
        return await self._checks.list_visits(request)

    @activity.defn(name="appointments.list_cached_doctors")
    async def list_cached_doctors(self, request: FactsOf) -> RecordFacts:
        """Tell what is cached of doctors, without a name; keeps nothing."""
        return await self._checks.list_cached_doctors(request)

    @activity.defn(name="appointments.list_cached_patients")
    async def list_cached_patients(self, request: FactsOf) -> RecordFacts:
        """Tell what is cached of patients, without a name; keeps nothing."""
        return await self._checks.list_cached_patients(request)

    @activity.defn(name="appointments.list_full_days")
    async def list_full_days(self, request: DaysOf) -> DayFacts:
        """Tell which days have more visits than their doctor sees; keeps nothing."""
        return await self._checks.list_full_days(request)

    @activity.defn(name="appointments.list_untimely")
    async def list_untimely(self, request: UntimelyOf) -> UntimelyFacts:
        """Tell which slots of a page were taken or moved against their numbers; keeps nothing."""
        return await self._checks.list_untimely(request)

    @activity.defn(name="appointments.list_changes")
    async def list_changes(self, request: FactsOf) -> ChangeFacts:
        """Tell which processes changed a page of visits, and when last; keeps nothing."""
        return await self._checks.list_changes(request)
