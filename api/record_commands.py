"""What a client sent about people, places and hours → what a process is asked."""

from collections.abc import Callable
from uuid import UUID

from activities.doctors.contract import (
    AddOverride,
    CreateDoctor,
    RecordVersion,
    ScheduleSet,
    SetDepartment,
    SetSpecialization,
    SetWeek,
    WithdrawOverride,
)
from activities.patients.contract import CreatePatient, PatientRecord
from api.idempotency import Ids, Start, typed
from api.processes import Wanted
from api.resources.departments import NewDepartment, NewSpecialization
from api.resources.doctors import NewDoctor
from api.resources.hours import OverrideIn, WeekIn
from api.resources.patients import NewPatient
from workflows.onboard_doctor import OnboardDoctorWorkflow
from workflows.register_patient import RegisterPatientWorkflow
from workflows.set_department import SetDepartmentWorkflow
from workflows.set_schedule import SetSchedule, SetScheduleWorkflow
from workflows.set_specialization import SetSpecializationWorkflow


def register(body: NewPatient) -> Start[PatientRecord]:
    def want(ids: Ids, correlation_id: str) -> Wanted[PatientRecord]:
        patient_id = ids["patient_id"]
        return Wanted(
            id=f"register-patient-{patient_id}",
            run=RegisterPatientWorkflow.run,
            outcome=typed(RegisterPatientWorkflow.outcome),
            request=CreatePatient(patient_id=patient_id, **body.model_dump()),
            summary=f"Register {patient_id}",
            about={"PatientId": str(patient_id)},
            correlation_id=correlation_id,
        )

    return Start("RegisterPatient", ("patient_id",), want, "/v1/patients/{patient_id}")


def onboard(body: NewDoctor) -> Start[RecordVersion]:
    def want(ids: Ids, correlation_id: str) -> Wanted[RecordVersion]:
        doctor_id = ids["doctor_id"]
        return Wanted(
            id=f"onboard-doctor-{doctor_id}",
            run=OnboardDoctorWorkflow.run,
            outcome=typed(OnboardDoctorWorkflow.outcome),
            request=CreateDoctor(
                doctor_id=doctor_id,
                **body.model_dump(exclude={"consultation_fee", "week"}),
                consultation_fee=body.consultation_fee.money,
                week=tuple(hours.message for hours in body.week),
            ),
            summary=f"Take on {doctor_id}",
            about={"DoctorId": str(doctor_id)},
            correlation_id=correlation_id,
        )

    return Start("OnboardDoctor", ("doctor_id",), want, "/v1/doctors/{doctor_id}")


def set_week(doctor_id: UUID, body: WeekIn, version: int | None) -> Start[ScheduleSet]:
    week = tuple(hours.message for hours in body.week)
    change = SetSchedule(
        doctor_id=doctor_id, week=SetWeek(doctor_id=doctor_id, week=week, version=version)
    )
    return _of_hours(doctor_id, lambda _: change)


def add_override(doctor_id: UUID, body: OverrideIn) -> Start[ScheduleSet]:
    def change(ids: Ids) -> SetSchedule:
        added = AddOverride(
            doctor_id=doctor_id, override_id=ids["override_id"], **body.model_dump()
        )
        return SetSchedule(doctor_id=doctor_id, added=added)

    return _of_hours(doctor_id, change, "override_id")


def withdraw_override(doctor_id: UUID, override_id: UUID) -> Start[ScheduleSet]:
    withdrawn = WithdrawOverride(doctor_id=doctor_id, override_id=override_id)
    change = SetSchedule(doctor_id=doctor_id, withdrawn=withdrawn)
    return _of_hours(doctor_id, lambda _: change)


def _of_hours(
    doctor_id: UUID, change: Callable[[Ids], SetSchedule], *mints: str
) -> Start[ScheduleSet]:
    def want(ids: Ids, correlation_id: str) -> Wanted[ScheduleSet]:
        return Wanted(
            id=f"set-schedule-{doctor_id}-{ids['command']}",
            run=SetScheduleWorkflow.run,
            outcome=typed(SetScheduleWorkflow.outcome),
            request=change(ids),
            summary=f"Set the hours of {doctor_id}",
            about={"DoctorId": str(doctor_id)},
            correlation_id=correlation_id,
        )

    return Start("SetSchedule", mints, want, f"/v1/doctors/{doctor_id}/schedules")


def make_department(body: NewDepartment) -> Start[RecordVersion]:
    def want(ids: Ids, correlation_id: str) -> Wanted[RecordVersion]:
        department_id = ids["department_id"]
        return Wanted(
            id=f"department-{department_id}-{ids['command']}",
            run=SetDepartmentWorkflow.run,
            outcome=typed(SetDepartmentWorkflow.outcome),
            request=SetDepartment(department_id=department_id, **body.model_dump()),
            summary=f"Make the department {department_id}",
            about={},
            correlation_id=correlation_id,
        )

    return Start("SetDepartment", ("department_id",), want, "/v1/departments/{department_id}")


def make_specialization(body: NewSpecialization) -> Start[RecordVersion]:
    def want(ids: Ids, correlation_id: str) -> Wanted[RecordVersion]:
        specialization_id = ids["specialization_id"]
        return Wanted(
            id=f"specialization-{specialization_id}-{ids['command']}",
            run=SetSpecializationWorkflow.run,
            outcome=typed(SetSpecializationWorkflow.outcome),
            request=SetSpecialization(specialization_id=specialization_id, **body.model_dump()),
            summary=f"Make the specialization {specialization_id}",
            about={},
            correlation_id=correlation_id,
        )

    place = "/v1/specializations/{specialization_id}"
    return Start("SetSpecialization", ("specialization_id",), want, place)
