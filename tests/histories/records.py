"""What the hospital is made of: its patients, doctors, departments; and what the clock starts."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from uuid_utils.compat import uuid7

from activities.contract import Money
from activities.doctors.contract import (
    AddOverride,
    CreateDoctor,
    HoursOfDay,
    SetDepartment,
    SetSpecialization,
)
from activities.patients.contract import CreatePatient
from activities.payments.contract import GatewayEvent
from ops.hospital import an_id
from tests.histories.recorder import Recorder
from workflows.audit_invariants import AuditInvariants, AuditInvariantsWorkflow
from workflows.onboard_doctor import OnboardDoctorWorkflow
from workflows.reconcile_payments import ReconcilePayments, ReconcilePaymentsWorkflow
from workflows.record_gateway_event import RecordGatewayEventWorkflow
from workflows.register_patient import RegisterPatientWorkflow
from workflows.set_department import SetDepartmentWorkflow
from workflows.set_schedule import SetSchedule, SetScheduleWorkflow
from workflows.set_specialization import SetSpecializationWorkflow
from workflows.ship_audit import ShipAuditWorkflow
from workflows.sweep_holds import SweepHoldsWorkflow


async def the_clock(recorder: Recorder) -> None:
    await recorder.strike("sweep-holds-nothing", SweepHoldsWorkflow)
    await recorder.strike("ship-audit", ShipAuditWorkflow)
    today = ReconcilePayments(day=datetime.now(UTC).date())
    await recorder.strike("reconcile-payments", ReconcilePaymentsWorkflow, today)
    everything = AuditInvariants(is_whole=True)
    await recorder.strike("audit-invariants", AuditInvariantsWorkflow, everything)
    await recorder.strike("audit-anchors", AuditInvariantsWorkflow, AuditInvariants(is_whole=False))


async def records(recorder: Recorder) -> None:
    patient = CreatePatient(
        patient_id=uuid7(),
        first_name="Ada",
        last_name="Novak",
        dob=datetime(1990, 1, 1, tzinfo=UTC).date(),
    )
    await recorder.run(
        "register-patient",
        RegisterPatientWorkflow,
        f"register-patient-{patient.patient_id}",
        patient,
    )
    doctor = new_doctor(uuid7())
    await recorder.run(
        "onboard-doctor", OnboardDoctorWorkflow, f"onboard-doctor-{doctor.doctor_id}", doctor
    )
    override = AddOverride(
        doctor_id=doctor.doctor_id,
        override_id=uuid7(),
        date=datetime.now(UTC).date() + timedelta(days=9),
        is_available=False,
    )
    change = SetSchedule(doctor_id=doctor.doctor_id, added=override)
    await recorder.run(
        "set-schedule", SetScheduleWorkflow, f"set-schedule-{doctor.doctor_id}-{uuid7()}", change
    )
    department = SetDepartment(department_id=uuid7(), name="Recorded department")
    await recorder.run("set-department", SetDepartmentWorkflow, f"department-{uuid7()}", department)
    specialization = SetSpecialization(specialization_id=uuid7(), name="Recorded specialization")
    await recorder.run(
        "set-specialization", SetSpecializationWorkflow, f"specialization-{uuid7()}", specialization
    )
    await recorder.strike(
        "gateway-event-unhandled",
        RecordGatewayEventWorkflow,
        GatewayEvent(
            event_id=f"evt_{uuid7().hex}",
            type="payment_intent.succeeded",
            object_reference="pi_nobodys",
            payload={"id": "pi_nobodys"},
            occurred_at=int(datetime.now(UTC).timestamp()),
            process="book-nobody",
        ),
    )


def new_doctor(doctor_id: UUID) -> CreateDoctor:
    return CreateDoctor(
        doctor_id=doctor_id,
        first_name="Vera",
        last_name="Recorded",
        email=f"vera.{doctor_id.hex}@riverside.example",
        department_id=an_id("department", "Cardiology"),
        license_number=f"REC-{doctor_id.hex[:8]}",
        consultation_fee=Money(amount=Decimal("90.00"), currency="GBP"),
        timezone="Europe/London",
        week=(HoursOfDay(day_of_week=1, start_time=time(9), end_time=time(12)),),
    )
