"""A hospital to look at: its departments, doctors and patients, the same at every call."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from uuid import NAMESPACE_URL, UUID, uuid5

from activities.contract import Money, Visit
from activities.doctors.contract import (
    AddOverride,
    CreateDoctor,
    HoursOfDay,
    SetDepartment,
    SetSpecialization,
)
from activities.patients.contract import CreatePatient

WEEKDAYS = range(1, 6)
EVERY_DAY = range(1, 8)
DEPARTMENTS = {
    "Cardiology": "Heart and circulation",
    "Dermatology": "Skin, hair and nails",
    "General Practice": "The first door for everything",
    "Orthopaedics": "Bones, joints and muscles",
    "Paediatrics": "Children and adolescents",
    "Telemedicine": "Seen from afar, day and night",
}
SPECIALIZATIONS = {
    "Cardiology": ("Interventional cardiology", "Electrophysiology"),
    "Dermatology": ("Clinical dermatology",),
    "General Practice": ("Family medicine", "Geriatrics"),
    "Orthopaedics": ("Sports medicine", "Spine surgery"),
    "Paediatrics": ("Neonatology", "General paediatrics"),
    "Telemedicine": ("Urgent care",),
}
SLOT_OF_THE_NIGHT = 5

# Name, department, zone, fee, currency stays the hospital's; minutes per slot.
DOCTORS = (
    ("Amara", "Okafor", "Cardiology", "Europe/London", "180.00", 30),
    ("Henrik", "Lindqvist", "Cardiology", "Europe/Stockholm", "165.00", 30),
    ("Priya", "Raman", "Cardiology", "Asia/Kolkata", "120.00", 20),
    ("Marisol", "Vega", "Dermatology", "Europe/London", "110.00", 20),
    ("Tobias", "Brandt", "Dermatology", "Europe/London", "105.00", 15),
    ("Eleanor", "Whitfield", "General Practice", "Europe/London", "60.00", 15),
    ("Samuel", "Adeyemi", "General Practice", "Europe/London", "60.00", 15),
    ("Grace", "Tanaka", "General Practice", "Asia/Tokyo", "70.00", 20),
    ("Luca", "Moretti", "Orthopaedics", "Europe/London", "140.00", 30),
    ("Ingrid", "Solheim", "Orthopaedics", "America/New_York", "190.00", 45),
    ("Nadia", "Haddad", "Paediatrics", "Europe/London", "85.00", 20),
    ("Owen", "Gallagher", "Paediatrics", "America/New_York", "95.00", 30),
    ("Ruth", "Mensah", "Paediatrics", "Europe/London", "80.00", 20),
    ("Robin", "Night", "Telemedicine", "UTC", "40.00", SLOT_OF_THE_NIGHT),
)
FIRST_NAMES = """
    Ada Alan Amina Arthur Beatrix Ben Carla Chen Clara Daniel Dora Elif Emil Farah Felix Fiona
    George Hana Hugo Ida Imran Ivy Jonas Julia Kofi Lara Leo Lina Malik Maria Max Mei Nico Nora
    Omar Paula Quinn Rosa Sam Sara Theo Yara
"""
LAST_NAMES = """
    Abbott Ahmed Baker Banerjee Castillo Clarke Costa Dawson Duarte Evans Fischer Garcia Green
    Haas Hughes Ibrahim Jansen Kaur Khan Kowalski Larsen Lopez Martin Mbeki Nguyen Novak Okoye
    Patel Petrov Quist Rossi Schmidt Silva Singh Weber
"""
FINDINGS = (
    ("Seasonal allergic rhinitis", "Antihistamine for two weeks"),
    ("Essential hypertension", "Diet, exercise, and a control in a month"),
    ("Contact dermatitis", "Emollient cream twice a day"),
    ("Lateral ankle sprain", "Rest, cooling, physiotherapy"),
    ("Acute bronchitis", "Fluids and rest; come back if fever stays"),
    ("Routine check-up, nothing found", "None"),
)


def an_id(kind: str, name: object) -> UUID:
    """Give everything in the demonstration hospital the same id at every call."""
    return uuid5(NAMESPACE_URL, f"hms-demo:{kind}:{name}")


def departments() -> Iterator[SetDepartment]:
    for floor, (name, description) in enumerate(DEPARTMENTS.items(), start=1):
        yield SetDepartment(
            department_id=an_id("department", name),
            name=name,
            description=description,
            location=f"Floor {floor}",
            phone=f"+44207946{floor:04d}",
        )


def specializations() -> Iterator[SetSpecialization]:
    for names in SPECIALIZATIONS.values():
        for name in names:
            yield SetSpecialization(specialization_id=an_id("specialization", name), name=name)


def week_of(department: str, slot: int) -> tuple[HoursOfDay, ...]:
    """Clinic hours as they are lived: mornings and afternoons, one late evening, Saturdays."""
    if department == "Telemedicine":
        return tuple(
            HoursOfDay(day_of_week=day, start_time=time(0), end_time=time(0), slot_duration=slot)
            for day in EVERY_DAY
        )
    morning = [(day, time(9), time(12, 30)) for day in WEEKDAYS]
    afternoon = [(day, time(14), time(17)) for day in WEEKDAYS if day != 3]  # noqa: PLR2004 - Wednesday
    more = [(4, time(18), time(20))] if department == "General Practice" else []
    more += [(6, time(9), time(12))] if department == "Paediatrics" else []
    return tuple(
        HoursOfDay(day_of_week=day, start_time=start, end_time=end, slot_duration=slot)
        for day, start, end in [*morning, *afternoon, *more]
    )


def doctors(currency: str) -> Iterator[CreateDoctor]:
    for number, (first, last, department, zone, fee, slot) in enumerate(DOCTORS, start=1):
        names = SPECIALIZATIONS[department]
        yield CreateDoctor(
            doctor_id=an_id("doctor", last),
            account_id=an_id("account", "doctor") if number == 1 else None,
            first_name=first,
            last_name=last,
            email=f"{first}.{last}@riverside.example".lower(),
            phone=f"+4420794610{number:02d}",
            department_id=an_id("department", department),
            specialization_ids=tuple(an_id("specialization", name) for name in names),
            license_number=f"RV-{1000 + number}",
            experience_years=5 + number,
            qualification="MD",
            consultation_fee=Money(amount=Decimal(fee), currency=currency),
            timezone=zone,
            max_daily_appts=400 if department == "Telemedicine" else 20,
            week=week_of(department, slot),
        )


def missed_visit(now: datetime) -> Visit:
    """Name the visit with the doctor of the night that ends in a minute or some more."""
    length = timedelta(minutes=SLOT_OF_THE_NIGHT)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    start = epoch + (now + timedelta(minutes=1) - epoch) // length * length
    return Visit(
        appointment_id=an_id("missed", now.date()),
        patient_id=an_id("patient", 3),
        doctor_id=an_id("doctor", "Night"),
        department_id=an_id("department", "Telemedicine"),
        slot_start=start,
    )


def overrides(today: date) -> Iterator[AddOverride]:
    """Take a day off, add a Saturday, leave early: what happens in every month."""
    lindqvist, vega, moretti = (an_id("doctor", n) for n in ("Lindqvist", "Vega", "Moretti"))
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 + 7)
    for doctor, day, hours, is_available, reason in (
        (lindqvist, today + timedelta(days=8), None, False, "conference"),
        (vega, saturday, (time(10), time(13)), True, "extra clinic"),
        (moretti, today + timedelta(days=5), (time(15), time(17)), False, "surgery"),
    ):
        start, end = hours or (None, None)
        yield AddOverride(
            doctor_id=doctor,
            override_id=an_id("override", (doctor, day)),
            date=day,
            start_time=start,
            end_time=end,
            is_available=is_available,
            reason=reason,
        )


def patients(count: int) -> Iterator[CreatePatient]:
    random = Random(2026)  # noqa: S311 - the same people each time
    firsts, lasts = FIRST_NAMES.split(), LAST_NAMES.split()
    for number in range(1, count + 1):
        first, last = random.choice(firsts), random.choice(lasts)
        yield CreatePatient(
            patient_id=an_id("patient", number),
            account_id=an_id("account", "patient") if number == 1 else None,
            first_name=first,
            last_name=last,
            dob=date(1935, 1, 1) + timedelta(days=random.randrange(32_000)),
            gender=random.choice(("FEMALE", "MALE", "OTHER", "UNKNOWN")),
            email=f"{first}.{last}.{number}@patients.example".lower(),
            phone=f"+447700{900_000 + number}",
            address=f"{random.randrange(1, 200)} {random.choice(lasts)} Street, London",
        )


@dataclass(frozen=True)
class Account:
    """Somebody who can log in."""

    username: str
    role: str
    first_name: str
    last_name: str


ACCOUNTS = (
    Account("admin", "ADMIN", "Alex", "Admin"),
    Account("reception", "RECEPTIONIST", "Rita", "Desk"),
    Account("billing", "BILLING", "Bill", "Ledger"),
    Account("ops", "OPS", "Olga", "Watch"),
    Account("doctor", "DOCTOR", "Amara", "Okafor"),
    Account("patient", "PATIENT", "Pat", "Ient"),
)
