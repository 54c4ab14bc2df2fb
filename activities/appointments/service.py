"""The rules of slots: one visit each, held for a while or booked for good."""

from datetime import timedelta
from typing import ClassVar, cast

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.appointments.changes import ChangeService
from activities.appointments.checks import AppointmentChecks
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
from activities.appointments.stale import StaleService
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
from db.appointments.visits import VisitRepository

HELD, BOOKED = AppointmentStatus.HELD, AppointmentStatus.BOOKED
EXPIRED = AppointmentStatus.EXPIRED
LET_GO = (AppointmentStatus.RELEASED, AppointmentStatus.CANCELLED)
HOUR = timedelta(hours=1)

CREATED = Counter("appointments_created_total", "Appointments that became BOOKED")


def count_booked(state: SlotState) -> None:
    if state.status is BOOKED and not state.was_already:
        CREATED.inc()


class AppointmentService(Service):
    """Takes, keeps and frees slots. Rules are judged by the time the process was accepted."""

    guards: ClassVar = {
        "one_visit_per_doctor_slot": SlotTaken,
        "one_visit_per_patient_slot": PatientBusy,
    }

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.changes = ChangeService(engine)
        self.stale = StaleService(engine)
        self.checks = AppointmentChecks(engine)

    @once("book_slot", locking=days_of_request, then=count_booked)
    async def book_slot(
        self, connection: AsyncConnection, process: Process, request: TakeSlot
    ) -> SlotState:
        return await self._take(AppointmentRepository(connection), process, request, BOOKED)

    @once("hold_slot", locking=days_of_request)
    async def hold_slot(
        self, connection: AsyncConnection, process: Process, request: TakeSlot
    ) -> SlotState:
        return await self._take(AppointmentRepository(connection), process, request, HELD)

    @undoes("hold_slot", "book_slot", locking=days_of_request)
    async def release_slot(
        self, connection: AsyncConnection, _: Process, request: TakeSlot
    ) -> None:
        appointments = AppointmentRepository(connection)
        # What a hold became by its payment is not ours to undo: only `book_slot` leaves this state.
        was = HELD if request.hold_until else BOOKED
        await appointments.move(
            request.visit.appointment_id, was, status="RELEASED", hold_expires_at=None
        )

    @once("confirm_slot", then=count_booked)
    async def confirm_slot(
        self, connection: AsyncConnection, process: Process, request: SlotOf
    ) -> SlotState:
        """Book what was held; a hold that ended meanwhile is taken again, if the slot is free.

        Money may come after everything else: what was let go stays so, and is lost.
        """
        appointments = AppointmentRepository(connection)
        visit = known(await appointments.find(request.appointment_id))
        slot = slot_of_row(visit)
        await appointments.lock_days(*days_of(slot))
        visit = known(await appointments.lock(request.appointment_id))
        status = AppointmentStatus(visit.status)
        is_gone = status is EXPIRED and not await is_free(appointments, process, slot)
        if status in LET_GO or is_gone:
            return SlotState(status=status, version=visit.version, is_lost=True)
        if status not in (HELD, EXPIRED):
            return SlotState(status=status, version=visit.version, was_already=True)
        await appointments.move(
            visit.appointment_id, EXPIRED, status=HELD, hold_expires_at=process.accepted_at
        )
        version = await appointments.move(
            visit.appointment_id, HELD, status=BOOKED, hold_expires_at=None
        )
        return SlotState(status=BOOKED, version=cast("int", version))

    @once("expire_slot")
    async def expire_slot(
        self, connection: AsyncConnection, _: Process, request: SlotOf
    ) -> SlotState:
        appointments = AppointmentRepository(connection)
        await appointments.move(
            request.appointment_id, HELD, status="EXPIRED", hold_expires_at=None
        )
        visit = known(await appointments.lock(request.appointment_id))
        return SlotState(status=AppointmentStatus(visit.status), version=visit.version)

    async def read_visit(self, request: SlotOf) -> VisitNow:
        """Tell the truth as it is now; keeps nothing."""
        async with self._engine.connect() as connection:
            visit = await VisitRepository(connection).find(request.appointment_id)
        return visit_now(known(visit))

    async def _take(
        self,
        appointments: AppointmentRepository,
        process: Process,
        request: TakeSlot,
        status: AppointmentStatus,
    ) -> SlotState:
        visit, offer = request.visit, request.offer
        await self._check_limits(appointments, process, request, status)
        version = await appointments.add(
            row_of(process, request, status),
            {"patient_id": visit.patient_id, **request.patient.model_dump()},
            {"doctor_id": visit.doctor_id, **offer.doctor.model_dump()},
        )
        if version is None:
            raise await obstacle(appointments, slot_of(request))
        return SlotState(status=status, version=version)

    async def _check_limits(
        self,
        appointments: AppointmentRepository,
        process: Process,
        request: TakeSlot,
        status: AppointmentStatus,
    ) -> None:
        """Count what the day and the patient have already; the locks make the counts hold."""
        offer, at = request.offer, process.accepted_at
        load = await appointments.load(slot_of(request), since=at - HOUR, at=at)
        if load.recent >= offer.max_bookings_per_hour:
            raise TooManyRequests("too many bookings within an hour")
        if status is HELD and load.holds >= offer.max_live_holds:
            raise TooManyHolds("too many slots wait for their payment")
        if load.visits >= offer.max_daily_appts:
            raise DoctorDayFull("the doctor sees no more patients that day")


def row_of(process: Process, request: TakeSlot, status: AppointmentStatus) -> dict[str, object]:
    visit = request.visit
    return {
        "appointment_id": visit.appointment_id,
        "visit_id": visit.appointment_id,
        "patient_id": visit.patient_id,
        "service_type": visit.service_type,
        "payment_mode": "PREPAID" if status is HELD else "PAY_LATER",
        **place_of(visit, request.offer),
        "status": status,
        "hold_expires_at": request.hold_until,
        "accepted_at": process.accepted_at,
        "symptoms": request.symptoms,
        "created_by": process.origin.account_id,
        "updated_by": process.origin.account_id,
        "correlation_id": process.origin.correlation_id,
    }
