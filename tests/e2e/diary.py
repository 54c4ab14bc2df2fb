"""Visits that were booked days ago: written down as their bookings would have."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from pydantic import SecretStr
from temporalio.client import Client

from activities.appointments.contract import SlotOf, TakeSlot
from activities.appointments.service import AppointmentService
from activities.audit.contract import Append, AuditOutcome
from activities.audit.service import AuditService
from activities.billing.contract import ApplyPayment, Line, OpenBill
from activities.billing.service import BillingService
from activities.contract import Money
from activities.contract import Visit as Wanted
from activities.doctors.contract import CheckDoctor
from activities.doctors.service import DoctorService
from activities.notifications.contract import Handed
from activities.notifications.service import NotificationService
from activities.offers import SlotOffer, Terms
from activities.patients.contract import CheckPatient
from activities.patients.service import PatientService
from activities.payments.contract import Method, PayAtDesk
from activities.payments.service import PaymentService
from activities.process import Origin, Process
from db.settings import connect
from tests.e2e.people import DEPARTMENT, MINUTES, locums
from workflows.appointment_lifecycle import LIFECYCLES, AppointmentLifecycleWorkflow, lifecycle_of
from workflows.messages import about_visit, offered_card

SERVICES = (
    *("doctors", "patients", "appointments", "billing", "payments"),
    *("notifications", "audit"),
)
LENGTH, ADVANCE = timedelta(minutes=MINUTES), timedelta(days=3)
TOTAL = Decimal("105.00")
"""What such a visit costs, with its tax."""


@dataclass(frozen=True)
class Visit:
    """A visit that is booked, and its bill."""

    id: str
    bill: str
    slot: datetime

    @property
    def path(self) -> str:
        return f"/v1/appointments/{self.id}"


class Diary:
    """Writes down visits of any moment, on any terms: no test has days to wait."""

    def __init__(self, url_of: Callable[[str, str], str], temporal: Client) -> None:
        self._engines = {
            service: connect(SecretStr(url_of(service, "worker")), 1, "diary")
            for service in SERVICES
        }
        self._doctors = DoctorService(self._engines["doctors"])
        self._patients = PatientService(self._engines["patients"])
        self._appointments = AppointmentService(self._engines["appointments"])
        self._billing = BillingService(self._engines["billing"])
        self._payments = PaymentService(self._engines["payments"])
        self._notifications = NotificationService(self._engines["notifications"])
        self._audit = AuditService(self._engines["audit"])
        self._temporal = temporal
        self._locums = locums()
        self._turn = asyncio.Lock()

    async def close(self) -> None:
        for engine in self._engines.values():
            await engine.dispose()

    async def write(
        self,
        patient: UUID,
        start: datetime,
        doctor: UUID | None = None,
        *,
        is_paid: bool = False,
        **terms: int | tuple[int, ...],
    ) -> Visit:
        """Book a visit of this moment, and begin its life; perhaps it was paid at the desk."""
        wanted = Wanted(
            appointment_id=uuid4(),
            patient_id=patient,
            doctor_id=doctor or next(self._locums),
            department_id=DEPARTMENT,
            slot_start=start,
        )
        async with self._at_work():
            booking = Process(
                id=f"book-{wanted.appointment_id}",
                origin=Origin(role="SYSTEM", accepted_at=start - ADVANCE),
            )
            offer = await self._offer(wanted)
            agreed = Terms.model_validate(offer.terms.model_dump() | terms)
            offer = offer.model_copy(update={"terms": agreed})
            bill = await self._book(booking, wanted, offer)
            if is_paid:
                await self._pay(booking.accepted_at, wanted, bill)
            await self._begin_life(wanted)
        return Visit(str(wanted.appointment_id), str(bill), start)

    async def expire(self, visit: str) -> None:
        """End the hold of a slot before its time, as the sweep does with one that nobody ended."""
        sweep = Process(id=f"sweep-{visit}", origin=Origin(accepted_at=datetime.now(UTC)))
        async with self._at_work():
            await self._appointments.expire_slot(sweep, SlotOf(appointment_id=UUID(visit)))
            await self._put_on_record(sweep, "ReleaseStale", UUID(visit))

    async def lose(self, visit: str) -> None:
        """Put on record that somebody ended the process of a booking by force."""
        lost = Process(id=f"book-{visit}", origin=Origin(accepted_at=datetime.now(UTC)))
        async with self._at_work():
            await self._put_on_record(lost, "Terminate", UUID(visit))

    @asynccontextmanager
    async def _at_work(self) -> AsyncIterator[None]:
        """Keep no connection for later: until then another test may have ended PostgreSQL."""
        async with self._turn:
            try:
                yield
            finally:
                await self.close()

    async def _offer(self, wanted: Wanted) -> SlotOffer:
        """Find out what a visit costs, whatever the doctor's hours say of this moment."""
        now = datetime.now(UTC)
        slot = datetime.combine(now.date() + ADVANCE, time(), UTC)
        asking = Process(id="offer", origin=Origin(accepted_at=now))
        offer = await self._doctors.check_doctor(
            asking,
            CheckDoctor(
                doctor_id=wanted.doctor_id,
                department_id=DEPARTMENT,
                slot_start=slot,
                service_type=wanted.service_type,
            ),
        )
        return offer.model_copy(
            update={
                "ends_at": wanted.slot_start + LENGTH,
                "local_start": wanted.slot_start.replace(tzinfo=None),
            }
        )

    async def _book(self, booking: Process, wanted: Wanted, offer: SlotOffer) -> UUID:
        patient = await self._patients.check_patient(CheckPatient(patient_id=wanted.patient_id))
        taken = TakeSlot(visit=wanted, offer=offer, patient=patient)
        await self._appointments.book_slot(booking, taken)
        bill = OpenBill(
            bill_id=uuid4(),
            patient_id=wanted.patient_id,
            appointment_id=wanted.appointment_id,
            currency=offer.fee.currency,
            lines=(
                Line(
                    description="Consultation",
                    unit_price=offer.fee.amount,
                    tax_rate=offer.tax_rate,
                ),
            ),
            due_date=wanted.slot_start.date(),
        )
        await self._billing.open_bill(booking, bill)
        told = about_visit("booked", offered_card(wanted, patient, offer))
        written = await self._notifications.schedule(booking, told)
        # Its mail went out days ago: nobody sends it now.
        sent = Handed(part=told.part, notification_id=written.notification_id)
        await self._notifications.record(booking, sent)
        await self._put_on_record(booking, "BookAppointment", wanted.appointment_id)
        return bill.bill_id

    async def _pay(self, at: datetime, wanted: Wanted, bill_id: UUID) -> None:
        """Take all that the bill asks for, in cash."""
        payment_id = uuid4()
        paying = Process(id=f"payment-{payment_id}", origin=Origin(accepted_at=at))
        named = {"payment_id": payment_id, "bill_id": bill_id}
        total = Money(amount=TOTAL, currency="GBP")
        taken = PayAtDesk(
            **named,
            appointment_id=wanted.appointment_id,
            patient_id=wanted.patient_id,
            amount=total,
            method=Method.CASH,
        )
        await self._payments.record_at_desk(paying, taken)
        await self._billing.payments.apply_payment(paying, ApplyPayment(**named, amount=total))
        await self._put_on_record(paying, "TakePayment", wanted.appointment_id)

    async def _put_on_record(self, process: Process, action: str, visit: UUID) -> None:
        done = Append(
            action=action,
            outcome=AuditOutcome.DONE,
            object_type="appointment",
            object_id=str(visit),
        )
        await self._audit.append(process, done)

    async def _begin_life(self, wanted: Wanted) -> None:
        visit = SlotOf(appointment_id=wanted.appointment_id)
        await self._temporal.start_workflow(
            AppointmentLifecycleWorkflow.run,
            lifecycle_of(await self._appointments.read_visit(visit)),
            id=f"appointment-{wanted.appointment_id}",
            task_queue=LIFECYCLES,
        )
