"""Who comes to the hospital of these tests. Their names are found nowhere else."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from pydantic import SecretStr

from activities.contract import Money
from activities.doctors.contract import CreateDoctor, HoursOfDay
from activities.patients.contract import CreatePatient
from db.settings import connect
from ops.hospital import Account, an_id
from ops.seed import AT_ONCE, SERVICES, SIZES, Seeder, each, of
from ops.stack import Stack

PATIENTS = 400
CANARIES = ("Xanthippe", "Quillfeather", "quillfeather", "+44770088")
"""Of every patient: the first name, the last name, the address of the mail, the phone."""
DEPARTMENT = an_id("department", "Telemedicine")
DOCTOR, DEARER, CHEAPER, ALIKE = (
    an_id("doctor", f"of these tests, {kind}") for kind in ("Always", "Dear", "Cheap", "Alike")
)
FEES = {DOCTOR: "100.00", DEARER: "160.00", CHEAPER: "60.00", ALIKE: "100.00"}
"""With the hospital's 5 % of tax their visits cost 105.00, 168.00, 63.00 and 105.00."""
IMOGEN = Account("imogen", "DOCTOR", "Imogen", "Always")
"""The account of the first of them."""
LOCUMS = 48
"""Doctors for one visit each: those that are now, or soon, and in nobody's way."""
MINUTES = 5
"""How long a visit is."""


def patients() -> Iterator[CreatePatient]:
    first, last, mail, phone = CANARIES
    for number in range(PATIENTS):
        yield CreatePatient(
            patient_id=an_id("patient of these tests", number),
            first_name=first,
            last_name=last,
            dob=date(1980, 1, 1),
            email=f"{mail}.{number}@patients.example",
            phone=f"{phone}{number:04d}",
        )


def locums() -> Iterator[UUID]:
    for number in range(LOCUMS):
        yield an_id("locum of these tests", number)


def doctors() -> Iterator[CreateDoctor]:
    """Find doctors who are always there."""
    week = tuple(
        HoursOfDay(day_of_week=day, start_time=time(0), end_time=time(0), slot_duration=MINUTES)
        for day in range(1, 8)
    )
    fees = {**FEES, **dict.fromkeys(locums(), FEES[DOCTOR])}
    for number, (doctor_id, fee) in enumerate(fees.items()):
        yield CreateDoctor(
            doctor_id=doctor_id,
            account_id=an_id("account", IMOGEN.username) if doctor_id == DOCTOR else None,
            first_name="Imogen",
            last_name=f"Always the {number}.",
            email=f"imogen.{number}@riverside.example",
            department_id=DEPARTMENT,
            license_number=f"RV-9{number:03d}",
            consultation_fee=Money(amount=Decimal(fee), currency="GBP"),
            timezone="UTC",
            max_daily_appts=400,
            week=week,
        )


def slots() -> Iterator[datetime]:
    """Give each visit a time of its own, from the day after tomorrow on."""
    begin = datetime.combine(datetime.now(UTC).date() + timedelta(days=3), time(), UTC)
    while True:
        yield begin
        begin += timedelta(minutes=MINUTES)


def patient_ids() -> Iterator[UUID]:
    for patient in patients():
        yield patient.patient_id


async def move_in(stack: Stack) -> None:
    """Fill a hospital that was just built."""
    now = datetime.now(UTC)
    engines = {
        service: connect(SecretStr(stack.database_url(service, "worker")), AT_ONCE, "move in")
        for service in SERVICES
    }
    seeder, opened = Seeder(engines), now - timedelta(days=1)
    await seeder.fill(SIZES["small"], stack.secrets.demo_password, now.date(), "GBP")
    await seeder.let_in(IMOGEN, stack.secrets.demo_password)
    await each(
        doctors(), lambda new: seeder.doctors.create_doctor(of(f"{new.doctor_id}", opened), new)
    )
    await each(
        patients(),
        lambda new: seeder.patients.create_patient(of(f"{new.patient_id}", opened), new),
    )
    for engine in engines.values():
        await engine.dispose()
