"""Record histories from the real server: `make histories`. Commit what it writes."""

import asyncio
import base64
import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

import asyncpg
from temporalio.client import Client
from uuid_utils.compat import uuid7

from activities.contract import Message, Money, Visit
from activities.doctors.contract import (
    AddOverride,
    CreateDoctor,
    HoursOfDay,
    SetDepartment,
    SetSpecialization,
)
from activities.patients.contract import CreatePatient
from activities.payments.contract import GatewayEvent
from api.idempotency import typed
from api.processes import Processes, Wanted
from ops.hospital import an_id
from ops.processes import free_port
from ops.seed import seed
from ops.stack import Secrets, Stack
from workflows.audit_invariants import AuditInvariants, AuditInvariantsWorkflow
from workflows.book_appointment import BookAppointment, BookAppointmentWorkflow, PayNow
from workflows.connection import connect
from workflows.held_payment import Pay, Release
from workflows.onboard_doctor import OnboardDoctorWorkflow
from workflows.reconcile_payments import ReconcilePayments, ReconcilePaymentsWorkflow
from workflows.record_gateway_event import RecordGatewayEventWorkflow
from workflows.register_patient import RegisterPatientWorkflow
from workflows.set_department import SetDepartmentWorkflow
from workflows.set_schedule import SetSchedule, SetScheduleWorkflow
from workflows.set_specialization import SetSpecializationWorkflow
from workflows.ship_audit import ShipAuditWorkflow
from workflows.sweep_holds import SweepHoldsWorkflow

HERE = Path(__file__).parent
TEST_KEY = f"test:{base64.b64encode(bytes(32)).decode()}"
"""No secret: histories in a repository must be readable by everybody who replays them."""
FIVE = timedelta(minutes=5)
NIGHT = an_id("doctor", "Night")


class Recorder:
    """Runs processes one after the other, and keeps what the server remembers of them."""

    def __init__(self, client: Client, first: datetime) -> None:
        self._client = client
        self._processes = Processes(client)
        self._slot = first

    async def keep(self, name: str, workflow_id: str) -> None:
        history = await self._client.get_workflow_handle(workflow_id).fetch_history()
        (HERE / f"{name}.json").write_text(history.to_json())
        print(f"{name}: {len(history.events)} events")  # noqa: T201

    def visit(self, patient: int, *, next_slot: bool = True) -> Visit:
        if next_slot:
            self._slot += FIVE
        return Visit(
            appointment_id=uuid7(),
            patient_id=an_id("patient", patient),
            doctor_id=NIGHT,
            department_id=an_id("department", "Telemedicine"),
            slot_start=self._slot,
        )

    async def book(
        self, name: str, visit: Visit, *, card: str | None = None, prepaid: bool = False
    ) -> str:
        pay = PayNow(payment_id=uuid7(), payment_method=card) if prepaid or card else None
        request = BookAppointment(visit=visit, bill_id=uuid7(), pay=pay)
        workflow_id = f"book-{visit.appointment_id}"
        await self._ask(BookAppointmentWorkflow, workflow_id, request)
        if not prepaid:
            await self._end(name, workflow_id)
        return workflow_id

    async def hold(self, name: str, patient: int, *asked: Pay | Release) -> None:
        workflow_id = await self.book(name, self.visit(patient), prepaid=True)
        for request in asked:
            is_paying = isinstance(request, Pay)
            update = BookAppointmentWorkflow.pay if is_paying else BookAppointmentWorkflow.release
            await self._processes.update(
                workflow_id, typed(update), request, id=f"ask-{request.command}"
            )
        await self._end(name, workflow_id)

    async def run(self, name: str, kind: Any, workflow_id: str, request: Message) -> None:  # noqa: ANN401
        await self._ask(kind, workflow_id, request)
        await self._end(name, workflow_id)

    async def event(self, name: str, request: GatewayEvent) -> None:
        await self._client.start_workflow(
            RecordGatewayEventWorkflow.run,
            request,
            id=f"gateway-event-{request.event_id}",
            task_queue="sagas",
        )
        await self._end(name, f"gateway-event-{request.event_id}")

    async def strike(self, name: str, kind: Any, *request: Message) -> None:  # noqa: ANN401
        """Let the clock strike for what nobody asks for."""
        workflow_id = f"{name}-{uuid7()}"
        await self._client.start_workflow(kind.run, *request, id=workflow_id, task_queue="sagas")
        await self._end(name, workflow_id)

    async def _ask(self, kind: Any, workflow_id: str, request: Message) -> None:  # noqa: ANN401
        wanted: Wanted[Any] = Wanted(
            id=workflow_id,
            run=kind.run,
            outcome=kind.outcome,
            request=request,
            summary="recorded",
            about={},
            correlation_id="recorded",
        )
        await self._processes.ask(wanted)

    async def _end(self, name: str, workflow_id: str) -> None:
        async with asyncio.timeout(90):
            await self._client.get_workflow_handle(workflow_id).result()
        await self.keep(name, workflow_id)


@asynccontextmanager
async def running() -> AsyncIterator[Stack]:
    """Run a stack of its own, whose payloads everybody can open."""
    stack = Stack(Path(mkdtemp(prefix="hms-histories-")) / "dev", free_port())
    stack.secrets = replace(stack.secrets, codec=TEST_KEY)
    try:
        await stack.start()
        os.environ.update(
            stack.environment("users", "patients", "doctors", "appointments", "billing")
        )
        await seed("small", Secrets.of(stack.folder).demo_password)
        yield stack
    finally:
        await stack.stop()


async def shorten_holds(stack: Stack) -> None:
    owner = await asyncpg.connect(stack.database_url("doctors", "owner").replace("+asyncpg", ""))
    await owner.execute("UPDATE app.hospital_settings SET hold_minutes = 1, version = version + 1")
    await owner.close()


def pay(card: str) -> Pay:
    return Pay(command=uuid7(), payment_method=card)


async def record() -> None:
    async with running() as stack:
        client = await connect("recorder")
        first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        recorder = Recorder(client, first + timedelta(hours=4))
        await bookings(recorder)
        await small_processes(recorder)
        await the_clock(recorder)
        await shorten_holds(stack)
        await recorder.hold("book-held-expired", 12)
        del client, recorder
    gc.collect()


async def bookings(recorder: Recorder) -> None:
    visit = recorder.visit(1)
    await recorder.book("book-pay-later", visit)
    await recorder.keep("lifecycle-open", f"appointment-{visit.appointment_id}")
    await recorder.book("book-slot-taken", recorder.visit(2, next_slot=False))
    await recorder.book("book-prepaid", recorder.visit(3), card="pm_card_visa")
    declined = "pm_card_visa_chargeDeclined"
    await recorder.book("book-prepaid-declined", recorder.visit(4), card=declined)
    await recorder.hold("book-held-paid", 5, pay(declined), pay("pm_card_visa"))
    await recorder.hold("book-held-released", 6, Release(command=uuid7()))
    stranger = recorder.visit(1).model_copy(update={"patient_id": uuid7()})
    await recorder.book("book-unknown-patient", stranger)


async def the_clock(recorder: Recorder) -> None:
    await recorder.strike("sweep-holds", SweepHoldsWorkflow)
    await recorder.strike("ship-audit", ShipAuditWorkflow)
    today = ReconcilePayments(day=datetime.now(UTC).date())
    await recorder.strike("reconcile-payments", ReconcilePaymentsWorkflow, today)
    everything = AuditInvariants(is_whole=True)
    await recorder.strike("audit-invariants", AuditInvariantsWorkflow, everything)


async def small_processes(recorder: Recorder) -> None:
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
    await recorder.event(
        "gateway-event-unhandled",
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


if __name__ == "__main__":
    asyncio.run(record())
