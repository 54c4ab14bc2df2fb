"""The rules of slots: one visit each, held for a while or booked for good."""

from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, cast
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.appointments.contract import (
    AppointmentStatus,
    CompleteVisit,
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
from activities.contract import Refusal, UnknownReference, WrongState
from activities.inbox import Service, once, undoes
from activities.process import Process
from db.appointments.repository import AppointmentRepository, AppointmentRow, Asked

HELD, BOOKED = AppointmentStatus.HELD, AppointmentStatus.BOOKED
CHECKED_IN = AppointmentStatus.CHECKED_IN
HOUR = timedelta(hours=1)

CREATED = Counter("appointments_created_total", "Appointments that became BOOKED")


def days_of(doctor_id: UUID, local_day: date, patient_id: UUID, slot: Range[datetime]) -> list[str]:
    """Name the days that a slot needs: the doctor's local one, and the patient's UTC ones."""
    start, end = cast("datetime", slot.lower), cast("datetime", slot.upper)
    last = end - timedelta(microseconds=1)
    utc_days = {moment.astimezone(UTC).date() for moment in (start, last)}
    return [f"doctor:{doctor_id}:{local_day}", *(f"patient:{patient_id}:{d}" for d in utc_days)]


def days_of_request(request: TakeSlot) -> list[str]:
    visit = request.visit
    local_day = request.offer.local_start.date()
    return days_of(visit.doctor_id, local_day, visit.patient_id, slot_of(request))


def slot_of(request: TakeSlot) -> Range[datetime]:
    return Range(request.visit.slot_start, request.offer.ends_at)


def count_booked(state: SlotState) -> None:
    if state.status is BOOKED:
        CREATED.inc()


class AppointmentService(Service):
    """Takes, keeps and frees slots. Rules are judged by the time the process was accepted."""

    guards: ClassVar = {
        "one_visit_per_doctor_slot": SlotTaken,
        "one_visit_per_patient_slot": PatientBusy,
    }

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.stale = StaleService(engine)

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
        """Book what was held; a hold that ended meanwhile is taken again, if the slot is free."""
        appointments = AppointmentRepository(connection)
        visit = await found(appointments, request)
        slot = Range(visit.slot_start, visit.slot_end)
        await appointments.lock_days(
            *days_of(visit.doctor_id, visit.local_date, visit.patient_id, slot)
        )
        visit = await found(appointments, request)
        if visit.status == AppointmentStatus.EXPIRED:
            is_over = visit.slot_start <= process.accepted_at
            people = (visit.doctor_id, visit.patient_id)
            if is_over or await appointments.is_taken(visit.appointment_id, *people, slot):
                lost = AppointmentStatus(visit.status)
                return SlotState(status=lost, version=visit.version, is_lost=True)
            await appointments.move(
                visit.appointment_id, "EXPIRED", status=HELD, hold_expires_at=process.accepted_at
            )
        elif visit.status != HELD:
            raise WrongState("only a hold can be confirmed", {"status": visit.status})
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
        visit = await found(appointments, request)
        return SlotState(status=AppointmentStatus(visit.status), version=visit.version)

    @once("check_in")
    async def check_in(
        self, connection: AsyncConnection, process: Process, request: SlotOf
    ) -> SlotState:
        """The patient has come. Refused unless the visit is BOOKED."""
        arrived = {"status": "CHECKED_IN", "checked_in_at": process.accepted_at}
        return await self._go_on(connection, request.appointment_id, BOOKED, arrived)

    @once("complete_visit")
    async def complete_visit(
        self, connection: AsyncConnection, process: Process, request: CompleteVisit
    ) -> SlotState:
        """The patient was seen. Refused unless they have checked in."""
        found_out = request.model_dump(exclude={"appointment_id", "part"})
        seen = {"status": "COMPLETED", "completed_at": process.accepted_at, **found_out}
        return await self._go_on(connection, request.appointment_id, CHECKED_IN, seen)

    async def read_visit(self, request: SlotOf) -> VisitNow:
        """Tell the truth as it is now; keeps nothing."""
        async with self._engine.connect() as connection:
            visit = await found(AppointmentRepository(connection), request)
        return VisitNow(
            status=AppointmentStatus(visit.status),
            slot_start=visit.slot_start,
            slot_end=visit.slot_end,
            version=visit.version,
        )

    async def _go_on(
        self,
        connection: AsyncConnection,
        appointment_id: UUID,
        was: AppointmentStatus,
        becomes: dict[str, object],
    ) -> SlotState:
        appointments = AppointmentRepository(connection)
        version = await appointments.move(appointment_id, was, **becomes)
        visit = await found(appointments, SlotOf(appointment_id=appointment_id))
        if version is None:
            raise WrongState(f"only a visit that is {was} can", {"status": visit.status})
        return SlotState(status=AppointmentStatus(visit.status), version=version)

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
            raise await self._what_stands_in_the_way(appointments, request)
        return SlotState(status=status, version=version)

    async def _check_limits(
        self,
        appointments: AppointmentRepository,
        process: Process,
        request: TakeSlot,
        status: AppointmentStatus,
    ) -> None:
        """Count what the day and the patient have already; the locks make the counts hold."""
        visit, offer, at = request.visit, request.offer, process.accepted_at
        day = offer.local_start.date()
        asked = Asked(visit.doctor_id, visit.patient_id, day, slot_of(request))
        load = await appointments.load(asked, since=at - HOUR, at=at)
        if load.recent >= offer.max_bookings_per_hour:
            raise TooManyRequests("too many bookings within an hour")
        if status is HELD and load.holds >= offer.max_live_holds:
            raise TooManyHolds("too many slots wait for their payment")
        if load.visits >= offer.max_daily_appts:
            raise DoctorDayFull("the doctor sees no more patients that day")

    async def _what_stands_in_the_way(
        self, appointments: AppointmentRepository, request: TakeSlot
    ) -> Refusal:
        if await appointments.is_patient_busy(request.visit.patient_id, slot_of(request)):
            return PatientBusy("another visit of the patient overlaps the slot")
        return SlotTaken("another visit overlaps the slot")


def row_of(process: Process, request: TakeSlot, status: AppointmentStatus) -> dict[str, object]:
    visit, offer = request.visit, request.offer
    return {
        "appointment_id": visit.appointment_id,
        "visit_id": visit.appointment_id,
        "patient_id": visit.patient_id,
        "doctor_id": visit.doctor_id,
        "department_id": visit.department_id,
        "department": offer.doctor.department,
        "service_type": visit.service_type,
        "payment_mode": "PREPAID" if status is HELD else "PAY_LATER",
        "slot": slot_of(request),
        "timezone": offer.timezone,
        "local_start": offer.local_start,
        "status": status,
        "hold_expires_at": request.hold_until,
        "accepted_at": process.accepted_at,
        "settings_version": offer.settings_version,
        "terms": offer.terms.model_dump(mode="json")
        | {"fee": offer.fee.model_dump(mode="json"), "tax_rate": str(offer.tax_rate)},
        "symptoms": request.symptoms,
        "created_by": process.origin.account_id,
        "updated_by": process.origin.account_id,
        "correlation_id": process.origin.correlation_id,
    }


async def found(appointments: AppointmentRepository, request: SlotOf) -> AppointmentRow:
    visit = await appointments.lock(request.appointment_id)
    if visit is None:
        raise UnknownReference("no such appointment", {"field": "appointment_id"})
    return visit
