"""The rules of doctors: who may be booked when, and who sets their hours."""

from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar
from uuid import UUID, uuid5

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.contract import Message, VersionMismatch
from activities.doctors.calendars import Row, calendars_of, limits_of
from activities.doctors.checks import DoctorChecks
from activities.doctors.contract import (
    AddOverride,
    CheckDoctor,
    CreateDoctor,
    DepartmentExists,
    DepartmentMismatch,
    DoctorExists,
    DoctorUnavailable,
    HoursOfDay,
    LeadTime,
    RecordVersion,
    ScheduleOverlaps,
    ScheduleSet,
    SetDepartment,
    SetSpecialization,
    SetWeek,
    SlotNotOffered,
    SpecializationExists,
    WithdrawOverride,
)
from activities.doctors.slots import NotOffered, SlotSearch, TooSoon
from activities.doctors.terms import offer_of
from activities.doctors.unknown import (
    UnknownDepartment,
    UnknownDoctor,
    UnknownHead,
    UnknownOverride,
    UnknownServiceType,
    UnknownSpecialization,
)
from activities.inbox import Service, once, undoes
from activities.offers import SlotOffer
from activities.process import Process
from db.doctors.departments import DepartmentRepository
from db.doctors.repository import DoctorRepository

# Wherever the doctor is, their local day is within one of the day in UTC.
DAY = timedelta(days=1)


class DoctorService(Service):
    """Keeps doctors and their hours, and offers what the slot rules find in them."""

    guards: ClassVar = {
        "one_doctor_per_account": DoctorExists,
        "one_doctor_per_email": DoctorExists,
        "one_doctor_per_license": DoctorExists,
        "one_department_per_name": DepartmentExists,
        "one_specialization_per_name": SpecializationExists,
        "hours_never_overlap": ScheduleOverlaps,
        "doctors_department_id_fkey": UnknownDepartment,
        "doctor_specializations_specialization_id_fkey": UnknownSpecialization,
        "departments_head_doctor_id_fkey": UnknownHead,
    }

    @property
    def checks(self) -> DoctorChecks:
        return DoctorChecks(self._engine)

    async def check_doctor(self, process: Process, request: CheckDoctor) -> SlotOffer:
        """Offer the slot that begins then, on the terms of today; keeps nothing."""
        day = request.slot_start.date()
        days = (day - DAY, day + DAY)
        async with self.one_statement() as connection:
            found = await DoctorRepository(connection).facts(
                request.doctor_id, request.department_id, request.service_type, *days
            )
        facts = found.facts
        check_facts(facts, request)
        calendars = calendars_of([facts], found.week, found.changes, facts["holidays"])
        calendar = calendars[request.doctor_id]
        search = SlotSearch(calendar, limits_of(facts), process.accepted_at, facts["slots"])
        try:
            slot = search.find(request.slot_start)
        except NotOffered:
            raise SlotNotOffered("no slot of the doctor begins then") from None
        except TooSoon:
            raise LeadTime("the visit begins too soon to be booked") from None
        return offer_of(facts, slot)

    @once("create_doctor")
    async def create_doctor(
        self, connection: AsyncConnection, process: Process, request: CreateDoctor
    ) -> RecordVersion:
        doctors = DoctorRepository(connection)
        fee = request.consultation_fee
        values = values_of(request, "specialization_ids", "week", "consultation_fee")
        values |= {"consultation_fee": fee.amount, "currency": fee.currency} | made_by(process)
        version = await doctors.add(values, request.specialization_ids)
        await doctors.add_hours(rows_of(process, request.doctor_id, request.week, request.part))
        return RecordVersion(id=request.doctor_id, version=version)

    @undoes("create_doctor")
    async def drop_doctor(
        self, connection: AsyncConnection, _: Process, request: CreateDoctor
    ) -> None:
        await DoctorRepository(connection).drop(request.doctor_id)

    @once("set_week")
    async def set_week(
        self, connection: AsyncConnection, process: Process, request: SetWeek
    ) -> ScheduleSet:
        doctors = DoctorRepository(connection)
        version = await change_hours(doctors, process, request.doctor_id, request.version)
        await doctors.withdraw_week(request.doctor_id, process.accepted_at, changed_by(process))
        await doctors.add_hours(rows_of(process, request.doctor_id, request.week, request.part))
        return version

    @once("add_override")
    async def add_override(
        self, connection: AsyncConnection, process: Process, request: AddOverride
    ) -> ScheduleSet:
        doctors = DoctorRepository(connection)
        version = await change_hours(doctors, process, request.doctor_id)
        await doctors.add_override(values_of(request) | made_by(process))
        return version

    @once("withdraw_override")
    async def withdraw_override(
        self, connection: AsyncConnection, process: Process, request: WithdrawOverride
    ) -> ScheduleSet:
        doctors = DoctorRepository(connection)
        version = await change_hours(doctors, process, request.doctor_id)
        ended = await doctors.withdraw_override(
            request.doctor_id, request.override_id, process.accepted_at, changed_by(process)
        )
        if not ended:
            raise UnknownOverride("the doctor has no such override any more")
        return version

    @once("set_department", locking=lambda request: [f"department:{request.department_id}"])
    async def set_department(
        self, connection: AsyncConnection, process: Process, request: SetDepartment
    ) -> RecordVersion:
        version = await DepartmentRepository(connection).keep_department(
            values_of(request) | made_by(process)
        )
        return RecordVersion(id=request.department_id, version=version)

    @once(
        "set_specialization",
        locking=lambda request: [f"specialization:{request.specialization_id}"],
    )
    async def set_specialization(
        self, connection: AsyncConnection, process: Process, request: SetSpecialization
    ) -> RecordVersion:
        version = await DepartmentRepository(connection).keep_specialization(
            values_of(request) | made_by(process)
        )
        return RecordVersion(id=request.specialization_id, version=version)


def check_facts(facts: Row, request: CheckDoctor) -> None:
    if facts["doctor_id"] is None:
        raise UnknownDoctor("no such doctor")
    if not facts["has_department"]:
        raise UnknownDepartment("no such department")
    if facts["slots"] is None:
        raise UnknownServiceType("no such service")
    if not (facts["is_active"] and facts["is_available"]):
        raise DoctorUnavailable("the doctor takes no bookings")
    if facts["department_id"] != request.department_id:
        raise DepartmentMismatch("the doctor works in another department")


async def change_hours(
    doctors: DoctorRepository, process: Process, doctor_id: UUID, was: int | None = None
) -> ScheduleSet:
    """Count the change, which also keeps two changes of one doctor's hours apart."""
    version = await doctors.raise_version(doctor_id, was, changed_by(process))
    if version is None and was is not None and await doctors.is_known(doctor_id):
        raise VersionMismatch("the doctor was changed meanwhile")
    if version is None:
        raise UnknownDoctor("no such doctor")
    return ScheduleSet(doctor_id=doctor_id, version=version)


def rows_of(
    process: Process, doctor_id: UUID, week: Iterable[HoursOfDay], part: str
) -> list[dict[str, object]]:
    return [
        values_of(hours, "valid_from", "valid_until")
        | {
            "schedule_id": uuid5(doctor_id, f"{process.id}:{part}:{position}"),
            "doctor_id": doctor_id,
            "valid": Range(hours.valid_from, hours.valid_until),
        }
        | made_by(process)
        for position, hours in enumerate(week)
    ]


def values_of(message: Message, *but: str) -> dict[str, object]:
    return message.model_dump(exclude={"part", *but})


def made_by(process: Process) -> dict[str, object]:
    return {"created_by": process.origin.account_id} | changed_by(process)


def changed_by(process: Process) -> dict[str, object]:
    return {
        "updated_by": process.origin.account_id,
        "correlation_id": process.origin.correlation_id,
    }
