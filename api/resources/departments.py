"""Departments and specializations as clients send and see them."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.fields import Body, Id, Line, Name, Notes, PhoneIn, like
from api.shown import Moment, Shown
from db.reading import Record


class NewDepartment(Body):
    model_config = like(name="Cardiology", description="Heart and circulation", location="Floor 1")

    name: Name
    description: Notes | None = None
    location: Annotated[Line, Field(max_length=200)] | None = None
    phone: PhoneIn | None = None
    head_doctor_id: Id | None = None


class NewSpecialization(Body):
    model_config = like(name="Electrophysiology", requirements="A referral")

    name: Name
    description: Notes | None = None
    requirements: Notes | None = None


class NoFilter(BaseModel):
    """The list is short and given whole; every other question is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Department(Shown):
    model_config = like(
        id="01a1f8de-70c1-7d10-b2aa-61c2f0e4d903", version=1, name="Cardiology", location="Floor 1"
    )

    id: UUID
    version: int
    name: str
    description: str | None
    head_doctor_id: UUID | None
    head_doctor: str | None
    location: str | None
    phone: str | None
    is_active: bool
    created_at: Moment
    updated_at: Moment


class Specialization(Shown):
    model_config = like(
        id="01a1f8de-7466-7b5e-a2a3-0b8c51e3fa10", version=1, name="Electrophysiology"
    )

    id: UUID
    version: int
    name: str
    description: str | None
    requirements: str | None
    is_active: bool
    created_at: Moment
    updated_at: Moment


def department_of(row: Record) -> dict[str, Any]:
    copied = {name: row[name] for name in Department.model_fields if name != "id"}
    return Department(id=row["department_id"], **copied).model_dump(mode="json")


def specialization_of(row: Record) -> dict[str, Any]:
    copied = {name: row[name] for name in Specialization.model_fields if name != "id"}
    return Specialization(id=row["specialization_id"], **copied).model_dump(mode="json")
