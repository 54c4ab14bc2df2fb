"""A hospital behind the API: real services do what the processes would have asked of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from activities.appointments.service import AppointmentService
from activities.billing.contract import OpenBill
from activities.billing.service import BillingService
from activities.contract import Message, Refusal
from activities.doctors.contract import (
    CreateDoctor,
    HoursOfDay,
    ScheduleSet,
    SetDepartment,
    SetSpecialization,
)
from activities.doctors.service import DoctorService
from activities.patients.contract import CreatePatient
from activities.patients.service import PatientService
from activities.process import Process
from api.processes import Begun
from tests.activities.bills import a_bill, a_line
from tests.activities.clinic import Clinic, hours
from tests.api.desk import Desk
from tests.api.fakes import FakeProcesses, refused
from tests.examples import a_process, a_slot, a_visit, an_offer
from workflows.saga_workflow import Outcome, Status
from workflows.set_schedule import SetSchedule

DAYS = range(1, 8)
DAY, HALF_AN_HOUR = timedelta(days=1), timedelta(minutes=30)


def soon() -> datetime:
    """Name the beginning of the day after tomorrow: nothing there is too soon to be booked."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + 2 * DAY


def at(hour: int, minute: int = 0) -> datetime:
    return soon() + timedelta(hours=hour, minutes=minute)


NINE, TEN, ELEVEN = at(9), at(10), at(11)
"""Whole hours of the same day: midnight may pass while tests run."""


def daily(start: str = "08:00", end: str = "12:00", minutes: int = 30) -> tuple[HoursOfDay, ...]:
    return tuple(hours(start, end, minutes, day) for day in DAYS)


@dataclass
class Hospital:
    """Doctors, patients, visits and bills, and whoever asks the API for them."""

    desk: Desk
    clinic: Clinic
    processes: FakeProcesses
    appointments: AppointmentService
    doctors: DoctorService
    patients: PatientService
    billing: BillingService

    def __post_init__(self) -> None:
        self.processes.book = self.end

    async def end(self, wanted: Begun[Any]) -> Outcome[Any]:
        """End a process as its workflow would, by what the services say."""
        if not isinstance(wanted.request, KNOWN):
            return await self.processes.take_slot(wanted)
        try:
            result = await self._take(wanted.id, wanted.request)
        except Refusal as refusal:
            return refused(refusal.code, **refusal.details)
        return Outcome(status=Status.DONE, result=result)

    async def _take(self, id: str, request: Message) -> Message:
        process = a_process(id, datetime.now(UTC))
        match request:
            case CreatePatient():
                return await self.patients.create_patient(process, request)
            case CreateDoctor():
                return await self.doctors.create_doctor(process, request)
            case SetDepartment():
                return await self.doctors.set_department(process, request)
            case SetSpecialization():
                return await self.doctors.set_specialization(process, request)
            case SetSchedule():
                return await self._set(process, request)
        raise AssertionError(request)

    async def _set(self, process: Process, request: SetSchedule) -> ScheduleSet:
        if request.week:
            return await self.doctors.set_week(process, request.week)
        if request.added:
            return await self.doctors.add_override(process, request.added)
        assert request.withdrawn
        return await self.doctors.withdraw_override(process, request.withdrawn)

    async def doctor(
        self, *week: HoursOfDay, zone: str = "UTC", fee: str = "100.00", department: str = ""
    ) -> UUID:
        """Employ somebody for every morning, in the one department or in one of their own."""
        doctor = self.clinic.doctor(*(week or daily()), timezone=zone, fee=fee)
        if department:
            other = SetDepartment(department_id=uuid4(), name=department)
            await self.doctors.set_department(a_process(f"department-{department}"), other)
            doctor = doctor.model_copy(update={"department_id": other.department_id})
        return await self.clinic.employ(doctor)

    async def patient(self, last_name: str = "Doe", **known: Any) -> UUID:  # noqa: ANN401
        request = CreatePatient(
            **{
                "patient_id": uuid4(),
                "first_name": "Jo",
                "last_name": last_name,
                "dob": "1980-02-29",
                "email": f"jo.{uuid4().hex}@example.org",
                "phone": f"+4477{uuid4().int % 10**8:08d}",
                "address": "1 Main Street",
                **known,
            }
        )
        await self.patients.create_patient(a_process(f"register-{uuid4()}"), request)
        return request.patient_id

    async def visit(
        self, doctor: UUID, start: datetime, patient: UUID | None = None, *, held: bool = False
    ) -> UUID:
        slot = a_slot(a_visit(doctor=doctor, patient=patient, start=start), offer=an_offer(start))
        process = a_process(f"book-{slot.visit.appointment_id}")
        if held:
            until = datetime.now(UTC) + timedelta(minutes=10)
            await self.appointments.hold_slot(
                process, slot.model_copy(update={"hold_until": until})
            )
        else:
            await self.appointments.book_slot(process, slot)
        return slot.visit.appointment_id

    async def bill(self, patient: UUID, *prices: str) -> OpenBill:
        lines = tuple(a_line(price) for price in prices or ("100.00",))
        bill = a_bill(*lines).model_copy(update={"patient_id": patient})
        await self.billing.open_bill(a_process(f"book-{uuid4()}"), bill)
        return bill


KNOWN = (CreatePatient, CreateDoctor, SetDepartment, SetSpecialization, SetSchedule)
