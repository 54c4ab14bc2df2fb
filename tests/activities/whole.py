"""A hospital in which all is well: one visit is paid, one is not, and both are billed."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import asyncpg

from activities.appointments.service import AppointmentService
from activities.audit.contract import Append, AuditOutcome
from activities.audit.service import AuditService
from activities.billing.contract import ApplyPayment
from activities.billing.service import BillingService
from activities.contract import Money, Visit
from activities.notifications.contract import Channel, Recipient, Send
from activities.notifications.service import NotificationService, notification_id
from activities.payments.contract import Method, PayAtDesk
from activities.payments.service import PaymentService
from activities.process import Process
from tests.activities.bills import a_bill
from tests.conftest import EngineOf
from tests.examples import NOW, TOMORROW_NINE, a_process, a_slot
from tests.integrity import Books

PAID, UNPAID, OTHER = UUID(int=0xA), UUID(int=0xB), UUID(int=0xC)
"""The ids of visits; the bill of each has the same id with a B at its end, its payment an F."""
DOCTOR, PATIENT = UUID(int=0xD0C), UUID(int=0xE)
TOTAL = Money(amount=Decimal("105.00"), currency="GBP")


def bill_of(visit: UUID) -> UUID:
    return UUID(int=visit.int * 16 + 0xB)


def payment_of(visit: UUID) -> UUID:
    return UUID(int=visit.int * 16 + 0xF)


def an_end(outcome: AuditOutcome = AuditOutcome.DONE, **details: str) -> Append:
    return Append(action="Something", outcome=outcome, object_type="process", details=details)


def a_message(event: str, visit: UUID, occurrence: str = "") -> Send:
    return Send(
        part=f"{event}:{occurrence}",
        event=event,
        recipient=Recipient(id=PATIENT, channel=Channel.NONE, name="Jo Doe"),
        appointment_id=visit,
        occurrence=occurrence,
    )


NAMED = {
    "paid": PAID,
    "paid_bill": bill_of(PAID),
    "payment": payment_of(PAID),
    "unpaid": UNPAID,
    "unpaid_bill": bill_of(UNPAID),
    "message": notification_id(a_message("booked", UNPAID)),
    "other": OTHER,
}


@dataclass(frozen=True)
class Whole:
    """Its services, its books, and a way past both."""

    appointments: AppointmentService
    billing: BillingService
    payments: PaymentService
    notifications: NotificationService
    audit: AuditService
    books: Books
    superuser: Mapping[str, asyncpg.Connection]

    async def process(
        self,
        id: str,
        at: datetime = NOW,
        outcome: AuditOutcome = AuditOutcome.DONE,
        **details: str,
    ) -> Process:
        """Begin a process whose end is on record already."""
        process = a_process(id, at)
        await self.audit.append(process, an_end(outcome, **details))
        return process

    async def book(self, visit: UUID, *, hours: int = 0, bill: bool = True) -> None:
        process = await self.process(f"book-{visit}")
        await self.appointments.book_slot(process, a_slot(a_visit(visit, hours)))
        await self.tell("booked", visit)
        if bill:
            await self.bill(visit)

    async def bill(self, visit: UUID, bill_id: UUID | None = None) -> None:
        opened = a_bill(appointment=visit).model_copy(update={"bill_id": bill_id or bill_of(visit)})
        await self.billing.open_bill(await self.process(f"book-{opened.bill_id}"), opened)

    async def tell(self, event: str, visit: UUID, occurrence: str = "") -> None:
        """Write to the patient, who wants no mail: what would have been sent is known."""
        said = a_message(event, visit, occurrence)
        await self.notifications.schedule(a_process(f"{event}-{visit}"), said)

    async def pay(self, visit: UUID) -> None:
        process = await self.process(f"payment-{payment_of(visit)}")
        payment = {"payment_id": payment_of(visit), "bill_id": bill_of(visit), "amount": TOTAL}
        await self.payments.record_at_desk(
            process,
            PayAtDesk(appointment_id=visit, patient_id=PATIENT, method=Method.CASH, **payment),
        )
        await self.billing.payments.apply_payment(process, ApplyPayment(**payment))

    async def plant(self, service: str, statements: str) -> None:
        """Change rows as no service would: no trigger looks, and no foreign key.

        In braces stand the names of visits, their bills, payments and messages.
        """
        connection = self.superuser[service]
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(statements.format(**NAMED))

    async def found(self) -> set[tuple[str, str]]:
        return {(one.check, one.object_key) for one in await self.books.findings()}

    @asynccontextmanager
    async def without(self, service: str, guard: str) -> AsyncIterator[None]:
        """Be without a guard; its table is empty when the guard comes back."""
        table, name = guard.split(".")
        connection = self.superuser[service]
        is_constraint = await connection.fetchval(CONSTRAINT, table, name)
        drop = f"ALTER TABLE app.{table} DROP CONSTRAINT {name}"
        again = f"ALTER TABLE app.{table} ADD CONSTRAINT {name} {is_constraint}"
        if not is_constraint:
            again = await connection.fetchval("SELECT pg_get_indexdef($1::regclass)", f"app.{name}")
            drop = f"DROP INDEX app.{name}"
        await connection.execute(drop)
        try:
            yield
        finally:
            await connection.execute(f"TRUNCATE app.{table} CASCADE")
            await connection.execute(again)


SETTINGS = """
    INSERT INTO app.settings_changes (version, settings, workflow_id) VALUES
      (1, '{"lead_time_minutes": 120, "max_reschedules": 2, "reschedule_cutoff_minutes": 60}', 'x')
    ON CONFLICT DO NOTHING
"""
CONSTRAINT = """
    SELECT pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = ('app.' || $1)::regclass AND conname = $2
"""


def a_visit(id: UUID, hours: int = 0, doctor: UUID = DOCTOR) -> Visit:
    return Visit(
        appointment_id=id,
        patient_id=PATIENT,
        doctor_id=doctor,
        department_id=UUID(int=1),
        slot_start=TOMORROW_NINE.replace(hour=9 + hours),
    )


async def opened(engine_of: EngineOf, superuser: Mapping[str, asyncpg.Connection]) -> Whole:
    whole = Whole(
        AppointmentService(engine_of("appointments")),
        BillingService(engine_of("billing")),
        PaymentService(engine_of("payments")),
        NotificationService(engine_of("notifications")),
        AuditService(engine_of("audit")),
        Books(engine_of),
        superuser,
    )
    # The migrations planted them, but only the first test of a run meets that.
    await superuser["doctors"].execute(SETTINGS)
    await whole.book(PAID)
    await whole.pay(PAID)
    await whole.book(UNPAID, hours=1)
    return whole
