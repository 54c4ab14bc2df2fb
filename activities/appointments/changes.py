"""What becomes of booked visits: they are moved, cancelled, lived through, or missed."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.appointments import rules
from activities.appointments.contract import (
    AppointmentStatus,
    CancelVisit,
    CompleteVisit,
    DoctorDayFull,
    HoldExpired,
    HoldMove,
    Move,
    Moved,
    SlotOf,
    VisitNow,
)
from activities.appointments.visits import (
    days_of,
    days_of_request,
    is_free,
    known,
    obstacle,
    place_of,
    slot_of,
    slot_of_row,
    visit_now,
)
from activities.inbox import Service, once, undoes
from activities.process import Process
from db.appointments.repository import AppointmentRepository
from db.appointments.visits import VisitRepository, VisitRow

HELD, EXPIRED = AppointmentStatus.HELD, AppointmentStatus.EXPIRED
BOOKED, CHECKED_IN = AppointmentStatus.BOOKED, AppointmentStatus.CHECKED_IN
UNCLAIMED = {"changed_by": None, "changed_since": None}


class ChangeService(Service):
    """Changes visits, one process at a time. Rules are judged by when it was accepted."""

    @once("hold_move", locking=days_of_request)
    async def hold_move(
        self, connection: AsyncConnection, process: Process, request: HoldMove
    ) -> VisitNow:
        """Claim the visit and its new slot; tells the visit as it is before the move."""
        visits = VisitRepository(connection)
        visit = await locked(visits, process, request.visit.appointment_id)
        rules.check_move(process, visit, request)
        appointments = AppointmentRepository(connection)
        await check_day(appointments, process, request)
        card = {"doctor_id": request.visit.doctor_id, **request.offer.doctor.model_dump()}
        if not await visits.hold(hold_of(process, visit, request), card):
            raise await obstacle(appointments, slot_of(request))
        claimed = {"changed_by": process.id, "changed_since": process.accepted_at}
        return await changed(visits, process, visit, claimed)

    @undoes("hold_move", locking=days_of_request)
    async def drop_move(
        self, connection: AsyncConnection, process: Process, request: HoldMove
    ) -> None:
        """Free both; after the move there is nothing left to free."""
        await VisitRepository(connection).let_go(request.visit.appointment_id, process.id)
        await AppointmentRepository(connection).move(
            request.hold_id, HELD, status="RELEASED", hold_expires_at=None
        )

    @once("move")
    async def move(self, connection: AsyncConnection, process: Process, request: Move) -> Moved:
        visits, appointments = VisitRepository(connection), AppointmentRepository(connection)
        visit = known(await visits.find(request.move.visit.appointment_id))
        # The visit is claimed: until we have the locks of both its days, it stays where it is.
        await appointments.lock_days(*days_of(slot_of_row(visit)), *days_of_request(request.move))
        visit = known(await visits.lock(visit.appointment_id))
        held = await visits.lock_hold(request.move.hold_id, visit.appointment_id)
        if not await is_kept(appointments, process, visit, request.move, held):
            if request.is_paid:
                return Moved(now=visit_now(visit), is_lost=True)
            raise HoldExpired("the slot is not held for the visit any more")
        await appointments.move(request.move.hold_id, HELD, status="RELEASED", hold_expires_at=None)
        moved = {
            **place_of(request.move.visit, request.move.offer),
            "reschedule_count": visit.reschedule_count + 1,
            "late_move": visit.late_move or rules.is_late_move(process, visit, request.move.by),
            **({} if request.keeps_claim else UNCLAIMED),
        }
        return Moved(now=await changed(visits, process, visit, moved))

    @once("end_move")
    async def end_move(
        self, connection: AsyncConnection, process: Process, request: SlotOf
    ) -> VisitNow:
        visits = VisitRepository(connection)
        visit = known(await visits.lock(request.appointment_id))
        # What was swept meanwhile is not ours any more: there is nothing to end.
        is_ours = visit.changed_by == process.id
        return await changed(visits, process, visit, UNCLAIMED) if is_ours else visit_now(visit)

    @once("cancel")
    async def cancel(
        self, connection: AsyncConnection, process: Process, request: CancelVisit
    ) -> VisitNow:
        visits = VisitRepository(connection)
        visit = await locked(visits, process, request.appointment_id)
        rules.check_cancellation(process, visit, request)
        cancelled = {
            "status": AppointmentStatus.CANCELLED,
            "cancelled_by": request.by,
            "cancel_reason": request.reason,
        }
        return await changed(visits, process, visit, cancelled)

    @once("check_in")
    async def check_in(
        self, connection: AsyncConnection, process: Process, request: SlotOf
    ) -> VisitNow:
        visits = VisitRepository(connection)
        visit = await locked(visits, process, request.appointment_id)
        rules.check_arrival(process, visit)
        arrived = {"status": CHECKED_IN, "checked_in_at": process.accepted_at}
        return await changed(visits, process, visit, arrived)

    @once("complete_visit")
    async def complete_visit(
        self, connection: AsyncConnection, process: Process, request: CompleteVisit
    ) -> VisitNow:
        visits = VisitRepository(connection)
        visit = await locked(visits, process, request.appointment_id)
        rules.check_state(visit, CHECKED_IN)
        found_out = request.model_dump(exclude={"appointment_id", "part"})
        seen = {"status": AppointmentStatus.COMPLETED, "completed_at": process.accepted_at}
        return await changed(visits, process, visit, {**seen, **found_out})

    @once("mark_no_show")
    async def mark_no_show(
        self, connection: AsyncConnection, process: Process, request: SlotOf
    ) -> VisitNow:
        visits = VisitRepository(connection)
        visit = await locked(visits, process, request.appointment_id)
        rules.check_no_show(process, visit)
        missed = {"status": AppointmentStatus.NO_SHOW, "no_show_at": process.accepted_at}
        return await changed(visits, process, visit, missed)

    async def check_waiver(self, process: Process, request: SlotOf) -> VisitNow:
        """Tell what a waiver is about; keeps nothing."""
        async with self._engine.connect() as connection:
            visit = known(await VisitRepository(connection).find(request.appointment_id))
        rules.check_waiver(process, visit)
        return visit_now(visit)


async def locked(visits: VisitRepository, process: Process, appointment_id: UUID) -> VisitRow:
    """Lock a visit that no other process is changing."""
    visit = known(await visits.lock(appointment_id))
    rules.check_free(process, visit)
    return visit


async def changed(
    visits: VisitRepository, process: Process, visit: VisitRow, values: Mapping[str, object]
) -> VisitNow:
    touched = {
        "updated_by": process.origin.account_id,
        "correlation_id": process.origin.correlation_id,
    }
    return visit_now(await visits.change(visit, **values, **touched))


async def check_day(
    appointments: AppointmentRepository, process: Process, request: HoldMove
) -> None:
    """Count the other visits of the new day; the locks make the count hold."""
    at = process.accepted_at
    load = await appointments.load(slot_of(request), since=at, at=at)
    if load.visits >= request.offer.max_daily_appts:
        raise DoctorDayFull("the doctor sees no more patients that day")


def hold_of(process: Process, visit: VisitRow, request: HoldMove) -> dict[str, object]:
    origin = process.origin
    return {
        "appointment_id": request.hold_id,
        "visit_id": visit.appointment_id,
        "patient_id": visit.patient_id,
        "service_type": visit.service_type,
        "payment_mode": visit.payment_mode,
        **place_of(request.visit, request.offer),
        "status": HELD,
        "hold_expires_at": request.hold_until,
        "accepted_at": process.accepted_at,
        "created_by": origin.account_id,
        "updated_by": origin.account_id,
        "correlation_id": origin.correlation_id,
    }


async def is_kept(
    appointments: AppointmentRepository,
    process: Process,
    visit: VisitRow,
    request: HoldMove,
    held: str | None,
) -> bool:
    """Tell whether the visit may take its new slot: still held, or free again and ahead."""
    if (visit.status, visit.changed_by) != (BOOKED, process.id):
        return False
    if held != EXPIRED:
        return held == HELD
    return await is_free(appointments, process, slot_of(request))
