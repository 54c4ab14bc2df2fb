"""The ways through the processes of a few steps: a record is made or changed, or nothing is."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from activities.contract import Message, Money
from activities.doctors.contract import (
    AddOverride,
    CreateDoctor,
    SetDepartment,
    SetSpecialization,
    SetWeek,
    WithdrawOverride,
)
from activities.patients.contract import CreatePatient
from tests.fakes.world import World
from tests.workflows.paths import Path
from workflows.onboard_doctor import OnboardDoctorWorkflow
from workflows.register_patient import RegisterPatientWorkflow
from workflows.set_department import SetDepartmentWorkflow
from workflows.set_schedule import SetSchedule, SetScheduleWorkflow
from workflows.set_specialization import SetSpecializationWorkflow

A, B = UUID(int=1), UUID(int=2)
DOCTOR = CreateDoctor(
    doctor_id=A,
    first_name="Ada",
    last_name="Wong",
    email="ada@example.org",
    department_id=B,
    license_number="L1",
    consultation_fee=Money(amount=Decimal(100), currency="GBP"),
    timezone="UTC",
)
PATIENT = CreatePatient(patient_id=A, first_name="Jo", last_name="Doe", dob=date(1990, 1, 1))
OVERRIDE = AddOverride(doctor_id=A, override_id=B, date=date(2026, 12, 2), is_available=False)


def it_is_there(world: World) -> None:
    world.doctors.records[A] = 1


def making(name: str, workflow: type, request: Message) -> Path:
    return Path(name, "O-70", workflow, request, f"{name}-{A}")


def changing(name: str, workflow: type, request: Message) -> Path:
    return Path(name, "O-71", workflow, request, f"{name}-{A}", before=it_is_there)


def hours(name: str, request: SetSchedule) -> Path:
    return changing(name, SetScheduleWorkflow, request)


RECORDS = (
    making("register", RegisterPatientWorkflow, PATIENT),
    making("onboard", OnboardDoctorWorkflow, DOCTOR),
    changing(
        "department", SetDepartmentWorkflow, SetDepartment(department_id=A, name="Cardiology")
    ),
    changing(
        "specialization",
        SetSpecializationWorkflow,
        SetSpecialization(specialization_id=A, name="Hearts"),
    ),
    hours("week", SetSchedule(doctor_id=A, week=SetWeek(doctor_id=A, week=()))),
    hours("override", SetSchedule(doctor_id=A, added=OVERRIDE)),
    hours(
        "no override",
        SetSchedule(doctor_id=A, withdrawn=WithdrawOverride(doctor_id=A, override_id=B)),
    ),
)
