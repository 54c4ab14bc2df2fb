"""Fill the databases with a hospital to look at, through the services' own methods. Repeatable."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.appointments.contract import CompleteVisit, SlotOf, TakeSlot, VisitNow
from activities.appointments.service import AppointmentService
from activities.audit.contract import Append, AuditOutcome
from activities.audit.service import AuditService
from activities.billing.contract import Line, OpenBill
from activities.billing.service import BillingService
from activities.contract import Refusal, Visit
from activities.doctors.contract import CheckDoctor, CreateDoctor
from activities.doctors.service import DoctorService
from activities.notifications.contract import Handed, Send
from activities.notifications.service import NotificationService
from activities.offers import SlotOffer
from activities.patients.contract import AddHistory, CheckPatient, CreatePatient
from activities.patients.service import PatientService
from activities.process import Origin, Process
from activities.users.contract import NewAccount, Role, UsernameTaken
from activities.users.passwords import Passwords
from activities.users.service import UserService
from db.settings import connect, database
from ops import hospital
from ops.hospital import Account, an_id
from workflows.messages import about_visit, offered_card

Thing = TypeVar("Thing")

AT_ONCE = 6
"""How many transactions run side by side; below the size of a pool."""
BACK = 120
"""Days over which the past visits lie."""
ADVANCE = timedelta(days=3)
"""How long before its start a past visit was booked."""
SERVICES = (
    *("users", "patients", "doctors", "appointments", "billing"),
    *("notifications", "audit"),
)


@dataclass(frozen=True)
class Size:
    patients: int
    visits: int


SIZES = {"small": Size(30, 40), "demo": Size(220, 420)}


def of(step: str, at: datetime) -> Process:
    """Pretend to be the process that would have done it, at its time."""
    return Process(id=f"seed-{step}", origin=Origin(role="SYSTEM", accepted_at=at))


async def each(things: Iterable[Thing], do: Callable[[Thing], Awaitable[object]]) -> None:
    """Do it for every thing, several at a time."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(thing: Thing) -> None:
        async with turns:
            await do(thing)

    await asyncio.gather(*map(in_turn, things))


class Seeder:
    """Knows the services that it fills."""

    def __init__(self, engines: dict[str, AsyncEngine]) -> None:
        self.users = UserService(engines["users"], Passwords(), b"")
        self.patients = PatientService(engines["patients"])
        self.doctors = DoctorService(engines["doctors"])
        self.appointments = AppointmentService(engines["appointments"])
        self.billing = BillingService(engines["billing"])
        self.notifications = NotificationService(engines["notifications"])
        self.audit = AuditService(engines["audit"])

    async def fill(self, size: Size, password: str, today: date, currency: str) -> None:
        opened = datetime.combine(today, time(8), UTC) - timedelta(days=BACK + 30)
        await each(hospital.ACCOUNTS, lambda account: self.let_in(account, password))
        doctors = list(hospital.doctors(currency))
        await each(
            hospital.departments(),
            lambda d: self.doctors.set_department(of(f"department-{d.name}", opened), d),
        )
        await each(
            hospital.specializations(),
            lambda s: self.doctors.set_specialization(of(f"specialization-{s.name}", opened), s),
        )
        await each(
            doctors,
            lambda d: self.doctors.create_doctor(of(f"doctor-{d.last_name}", opened), d),
        )
        await each(
            hospital.overrides(today),
            lambda o: self.doctors.add_override(of(f"override-{o.override_id}", opened), o),
        )
        people = list(hospital.patients(size.patients))
        await each(
            people,
            lambda p: self.patients.create_patient(of(f"patient-{p.patient_id}", opened), p),
        )
        await each(past_visits(size.visits, people, doctors, today), self.lived_through)

    async def let_in(self, account: Account, password: str) -> None:
        new = NewAccount(
            account_id=an_id("account", account.username),
            username=account.username,
            password=SecretStr(password),
            role=Role(account.role),
            first_name=account.first_name,
            last_name=account.last_name,
        )
        with suppress(UsernameTaken):  # It is there already.
            await self.users.create_account(new)

    async def lived_through(self, visit: Visit) -> None:
        """Book, check in, complete, bill and write up a visit of the past, each at its time."""
        offer = await self.book(visit)
        if offer is None:
            return
        seen = of(f"complete-{visit.appointment_id}", visit.slot_start + timedelta(minutes=20))
        found, treatment = hospital.FINDINGS[visit.appointment_id.int % len(hospital.FINDINGS)]
        slot = SlotOf(appointment_id=visit.appointment_id)
        arrived = of(f"checkin-{visit.appointment_id}", visit.slot_start)
        await self.appointments.changes.check_in(arrived, slot)
        await self.put_on_record(arrived, "CheckIn", visit)
        await self.appointments.changes.complete_visit(
            seen, CompleteVisit(appointment_id=visit.appointment_id, diagnosis=found)
        )
        await self.patients.add_history(
            seen,
            AddHistory(
                entry_id=an_id("history", visit.appointment_id),
                patient_id=visit.patient_id,
                appointment_id=visit.appointment_id,
                doctor_id=visit.doctor_id,
                doctor_name=offer.doctor.name,
                visited_at=visit.slot_start,
                diagnosis=found,
                treatment=treatment,
            ),
        )
        await self.put_on_record(seen, "CompleteVisit", visit)

    async def expect(self, visit: Visit) -> VisitNow:
        """Book a visit that nobody has come to yet."""
        await self.book(visit)
        return await self.appointments.read_visit(SlotOf(appointment_id=visit.appointment_id))

    async def book(self, visit: Visit) -> SlotOffer | None:
        """Book and bill a visit, some days ahead of it; by the same rules as for everybody."""
        booked = of(f"book-{visit.appointment_id}", visit.slot_start - ADVANCE)
        try:
            offer = await self.doctors.check_doctor(
                booked,
                CheckDoctor(
                    doctor_id=visit.doctor_id,
                    department_id=visit.department_id,
                    slot_start=visit.slot_start,
                    service_type=visit.service_type,
                ),
            )
            patient = await self.patients.check_patient(CheckPatient(patient_id=visit.patient_id))
            await self.appointments.book_slot(
                booked, TakeSlot(visit=visit, offer=offer, patient=patient)
            )
        except Refusal:
            # This one was taken, or the doctor was away.
            return None
        line = Line(
            description=f"Consultation with {offer.doctor.name}",
            unit_price=offer.fee.amount,
            tax_rate=offer.tax_rate,
        )
        await self.billing.open_bill(
            booked,
            OpenBill(
                bill_id=an_id("bill", visit.appointment_id),
                patient_id=visit.patient_id,
                appointment_id=visit.appointment_id,
                currency=offer.fee.currency,
                lines=(line,),
                due_date=(visit.slot_start - ADVANCE).date() + timedelta(days=offer.due_days),
            ),
        )
        await self.tell(booked, about_visit("booked", offered_card(visit, patient, offer)))
        await self.put_on_record(booked, "BookAppointment", visit)
        return offer

    async def tell(self, process: Process, message: Send) -> None:
        """Write a message down as one that went out: nobody sends it."""
        written = await self.notifications.schedule(process, message)
        sent = Handed(part=message.part, notification_id=written.notification_id)
        await self.notifications.record(process, sent)

    async def put_on_record(self, process: Process, action: str, visit: Visit) -> None:
        done = Append(
            action=action,
            outcome=AuditOutcome.DONE,
            object_type="appointment",
            object_id=str(visit.appointment_id),
        )
        await self.audit.append(process, done)


def past_visits(
    count: int, people: list[CreatePatient], doctors: list[CreateDoctor], today: date
) -> Iterable[Visit]:
    """Choose who saw whom, at the beginning of a range of the doctor's week."""
    random = Random(today.toordinal())  # noqa: S311 - the same past each time, on the same day
    for number in range(count):
        doctor, patient = random.choice(doctors), random.choice(people)
        hours = random.choice(doctor.week)
        weekday = today - timedelta(days=(today.isoweekday() - hours.day_of_week) % 7)
        day = weekday - timedelta(weeks=random.randrange(1, BACK // 7))
        length = timedelta(minutes=hours.slot_duration)
        start = datetime.combine(day, hours.start_time, ZoneInfo(doctor.timezone))
        yield Visit(
            appointment_id=an_id("visit", (today, number)),
            patient_id=patient.patient_id,
            doctor_id=doctor.doctor_id,
            department_id=doctor.department_id,
            slot_start=(start + random.randrange(6) * length).astimezone(UTC),
        )


async def seed(size: str, password: str, now: datetime | None = None) -> VisitNow:
    """Fill the databases whose URLs are in the environment; what is there already stays.

    Tells the visit of this very moment, to which nobody comes.
    """
    engines = {
        service: connect(database(service).database_url, AT_ONCE, f"seed of {service}")
        for service in SERVICES
    }
    try:
        seeder, now = Seeder(engines), now or datetime.now(UTC)
        await seeder.fill(SIZES[size], password, now.date(), "GBP")
        return await seeder.expect(hospital.missed_visit(now))
    finally:
        for engine in engines.values():
            await engine.dispose()
