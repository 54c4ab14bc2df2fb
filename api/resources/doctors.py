"""Doctors as clients send and see them."""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, model_validator

from activities.contract import Money
from activities.users.contract import Role
from api.callers import Caller
from api.fields import (
    Body,
    EmailIn,
    Flag,
    Id,
    Line,
    MoneyIn,
    Name,
    Notes,
    PhoneIn,
    Whole,
    like,
)
from api.lists import ListQuery
from api.resources.hours import HoursIn
from api.shown import Moment, MoneyOut, Shown
from db.doctors.queries import DoctorFilter
from db.reading import Record

Gender = Literal["FEMALE", "MALE", "OTHER", "UNKNOWN"]
STAFF = {Role.DOCTOR, Role.RECEPTIONIST, Role.ADMIN}


def known_zone(name: str) -> str:
    """Take a zone of the IANA data; `EST` and its like have no clock changes."""
    if name not in available_timezones() or not (name == "UTC" or "/" in name):
        raise ValueError("no such zone")
    return name


Zone = Annotated[str, AfterValidator(known_zone), Field(max_length=64)]


class NewDoctor(Body):
    model_config = like(
        first_name="Ada",
        last_name="Wong",
        email="ada.wong@hospital.example",
        department_id="01a1f8de-70c1-7d10-b2aa-61c2f0e4d903",
        license_number="GMC-7711",
        consultation_fee={"amount": "100.00", "currency": "GBP"},
        timezone="Europe/London",
        week=[{"day_of_week": 1, "start_time": "09:00", "end_time": "17:00"}],
    )

    first_name: Name
    last_name: Name
    email: EmailIn
    phone: PhoneIn | None = None
    gender: Gender = "UNKNOWN"
    department_id: Id
    specialization_ids: Annotated[tuple[Id, ...], Field(max_length=10)] = ()
    license_number: Annotated[Name, Field(max_length=64)]
    experience_years: Annotated[Whole, Field(ge=0, le=80)] = 0
    qualification: Annotated[Line, Field(max_length=300)] | None = None
    bio: Notes | None = None
    consultation_fee: MoneyIn
    timezone: Zone
    max_daily_appts: Annotated[Whole, Field(ge=1, le=500)] = 20
    week: Annotated[tuple[HoursIn, ...], Field(max_length=100)] = ()

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        if len(set(self.specialization_ids)) < len(self.specialization_ids):
            raise ValueError("named twice")
        return self

    @property
    def fee(self) -> Money:
        return self.consultation_fee.money


class DoctorQuery(ListQuery):
    sort: Literal["last_name", "-rating", "consultation_fee"] = "last_name"
    department_id: Id | None = None
    specialization_id: Id | None = None
    available: Flag | None = None
    active: Flag | None = None
    name: Name | None = None

    @property
    def filter(self) -> DoctorFilter:
        return DoctorFilter(**self.model_dump(exclude={"sort", "limit", "cursor"}))


class SpecializationOf(Shown):
    id: UUID
    name: str
    is_primary: bool


class Doctor(Shown):
    """A doctor as everybody sees them; how to reach them is for staff."""

    model_config = like(
        id="01a1f8de-77b0-7a34-8c55-0d9e3b1a4f02",
        version=3,
        name="Ada Wong",
        department="Cardiology",
        specialization="Electrophysiology",
        consultation_fee={"amount": "100.00", "currency": "GBP"},
        timezone="Europe/London",
        is_active=True,
        is_available=True,
    )

    id: UUID
    version: int
    name: str
    first_name: str
    last_name: str
    department_id: UUID
    department: str
    specialization: str | None
    specializations: list[SpecializationOf]
    qualification: str | None
    bio: str | None
    experience_years: int
    rating: str | None
    consultation_fee: MoneyOut
    timezone: str
    is_active: bool
    is_available: bool
    email: str | None = None
    phone: str | None = None
    license_number: str | None = None
    max_daily_appts: int | None = None
    created_at: Moment
    updated_at: Moment


FOR_STAFF = {"email", "phone", "license_number", "max_daily_appts"}
COPIED = (
    *("version", "name", "first_name", "last_name", "department_id", "department"),
    *("specialization", "specializations", "qualification", "bio", "experience_years"),
    *("timezone", "is_active", "is_available", "created_at", "updated_at"),
    *sorted(FOR_STAFF),
)


def path_of(doctor_id: UUID) -> str:
    return f"/v1/doctors/{doctor_id}"


def show(row: Record, caller: Caller) -> dict[str, Any]:
    rating: Decimal | None = row["rating"]
    shown = Doctor(
        id=row["doctor_id"],
        **{name: row[name] for name in COPIED},
        rating=None if rating is None else str(rating),
        consultation_fee=MoneyOut.of(row["consultation_fee"], row["currency"]),
    )
    hidden = set() if caller.role in STAFF else FOR_STAFF
    return shown.model_dump(mode="json", exclude=hidden)
