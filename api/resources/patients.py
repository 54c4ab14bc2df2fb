"""Patients as clients send and see them; masked for whoever may not reach them."""

from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from activities import masking
from api.callers import Caller
from api.fields import (
    Body,
    EmailIn,
    Flag,
    Line,
    Name,
    PhoneIn,
    WallDate,
    Whole,
    like,
)
from api.lists import ListQuery
from api.resources.doctors import Gender
from api.shown import Moment, Shown, contact
from db.patients.queries import PatientFilter, PatientSearch
from db.reading import Record


def born(day: date) -> date:
    if day > date.today():  # noqa: DTZ011 - born today, wherever that is
        raise ValueError("not born yet")
    return day


Birth = Annotated[WallDate, AfterValidator(born)]


class NewPatient(Body):
    model_config = like(
        first_name="Jo",
        last_name="Doe",
        dob="1980-02-29",
        email="jo.doe@example.org",
        phone="+447700900123",
    )

    first_name: Name
    last_name: Name
    dob: Birth
    gender: Gender = "UNKNOWN"
    email: EmailIn | None = None
    phone: PhoneIn | None = None
    address: Line | None = None
    contact_channel: Literal["EMAIL", "SMS", "NONE"] = "EMAIL"


class PatientQuery(ListQuery):
    sort: Literal["last_name", "-created_at"] = "last_name"
    active: Flag | None = None
    registered_from: WallDate | None = None
    registered_to: WallDate | None = None

    @property
    def filter(self) -> PatientFilter:
        return PatientFilter(**self.model_dump(exclude={"sort", "limit", "cursor"}))


class PatientSearchIn(ListQuery):
    """Whom somebody looks for. Names and addresses are never in a URL."""

    model_config = like(last_name="Doe", dob="1980-02-29")

    last_name: Name | None = None
    phone: PhoneIn | None = None
    email: EmailIn | None = None
    dob: WallDate | None = None
    limit: Annotated[Whole, Field(ge=1, le=100)] = 50

    @model_validator(mode="after")
    def _asks_for_somebody(self) -> Self:
        if not (self.last_name or self.phone or self.email or self.dob):
            raise ValueError("nothing is asked for")
        return self

    @property
    def wanted(self) -> PatientSearch:
        return PatientSearch(
            last_name=self.last_name, phone=self.phone, email=self.email, dob=self.dob
        )


class Patient(Shown):
    """A patient. How to reach them, and when they were born, is masked for some."""

    model_config = like(
        id="01a1f8df-0a11-7c02-9d41-5f1e6a2b7c01",
        version=1,
        name="Jo Doe",
        dob="1980-02-29",
        email="jo****@example.org",
        phone="*********0123",
        is_active=True,
    )

    id: UUID
    version: int
    name: str
    first_name: str
    last_name: str
    dob: str
    age: int | None
    gender: str
    email: str | None
    phone: str | None
    address: str | None
    contact_channel: str
    is_active: bool
    registration_date: date
    created_at: Moment
    updated_at: Moment


COPIED = (
    *("version", "name", "first_name", "last_name", "gender", "contact_channel", "is_active"),
    *("registration_date", "created_at", "updated_at"),
)


def path_of(patient_id: UUID) -> str:
    return f"/v1/patients/{patient_id}"


def show(row: Record, caller: Caller) -> dict[str, Any]:
    email, phone = contact(caller, row["email"], row["phone"])
    is_clear = caller.has("patients:pii")
    shown = Patient(
        id=row["patient_id"],
        **{name: row[name] for name in COPIED},
        dob=row["dob"].isoformat() if is_clear else masking.date(),
        age=row["age"] if is_clear else None,
        email=email,
        phone=phone,
        address=row["address"] if is_clear else masking.text(row["address"]),
    )
    return shown.model_dump(mode="json")
