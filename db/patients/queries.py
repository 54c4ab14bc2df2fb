"""The published side of patients: what others may read of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    String,
    Table,
    Uuid,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db.base import ids, moments, numbers, texts, views
from db.reading import Page, Reader, Record, Sight

published = views()

patients = Table(
    "patients",
    published,
    *texts("first_name", "name", "gender", "email", "phone", "address", "contact_channel"),
    *numbers("age", "version"),
    # Lists are in order of these, and a page could lose rows behind a null.
    Column("patient_id", Uuid, nullable=False),
    Column("last_name", String, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    *(Column(name, Date) for name in ("dob", "deceased_on", "registration_date")),
    Column("is_active", Boolean),
    *moments("updated_at"),
)
clinical_profiles = Table(
    "clinical_profiles",
    published,
    *ids("patient_id"),
    *texts("emergency_contact", "blood_group", "medical_history"),
    Column("insurance_info", JSONB),
    Column("allergies", ARRAY(String)),
    *moments("updated_at"),
    *numbers("version"),
)
visit_history = Table(
    "visit_history",
    published,
    *ids("entry_id", "patient_id", "appointment_id", "doctor_id", "prescription_id", "amends"),
    *texts("doctor_name", "diagnosis", "treatment", "prescription", "notes", "doctor_notes"),
    Column("follow_up_date", Date),
    *moments("visited_at", "created_at"),
)
identities = Table("identities", published, *ids("account_id", "patient_id"))

v = patients.c


@dataclass(frozen=True, slots=True)
class PatientFilter:
    """Which patients are wanted; what is not set does not matter. Both days are included."""

    active: bool | None = None
    registered_from: date | None = None
    registered_to: date | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.active is not None:
            conditions.append(v.is_active == self.active)
        if self.registered_from:
            conditions.append(v.registration_date >= self.registered_from)
        if self.registered_to:
            conditions.append(v.registration_date <= self.registered_to)
        return conditions


@dataclass(frozen=True, slots=True)
class PatientSearch:
    """Whom somebody is looking for: the beginning of the last name, the rest as it is known."""

    last_name: str | None = None
    phone: str | None = None
    email: str | None = None
    dob: date | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.last_name:
            beginning = func.lower(self.last_name)
            conditions.append(func.starts_with(func.lower(v.last_name), beginning))
        if self.phone:
            conditions.append(v.phone == self.phone)
        if self.email:
            conditions.append(func.lower(v.email) == func.lower(self.email))
        if self.dob:
            conditions.append(v.dob == self.dob)
        return conditions


SORTS: dict[str, ColumnElement[Any]] = {
    "last_name": v.last_name.asc(),
    "-created_at": v.created_at.desc(),
}


class PatientQueries(Reader):
    """Reads patients, as far as the reader may see them.

    Whom a doctor treats is not known here: `only` names them.
    """

    async def find(self, patient_id: UUID, sight: Sight) -> Record | None:
        return await self.one(
            select(patients).where(v.patient_id == patient_id, sight.of(patients))
        )

    async def find_by_account(self, account_id: UUID) -> UUID | None:
        found = await self.one(select(identities).where(identities.c.account_id == account_id))
        return None if found is None else found["patient_id"]

    async def list(
        self,
        wanted: PatientFilter | PatientSearch,
        only: Sequence[UUID] | None,
        sort: str,
        limit: int,
        bookmark: str | None,
    ) -> Page:
        query = select(patients).where(*wanted.conditions()).order_by(SORTS[sort], v.patient_id)
        if only is not None:
            query = query.where(v.patient_id.in_(only))
        return await self.page(query, limit, bookmark)

    async def search(
        self,
        wanted: PatientSearch,
        only: Sequence[UUID] | None,
        limit: int,
        bookmark: str | None,
    ) -> Page:
        return await self.list(wanted, only, "last_name", limit, bookmark)

    async def find_clinical(self, patient_id: UUID, sight: Sight) -> Record | None:
        return await self.one(
            select(clinical_profiles).where(
                clinical_profiles.c.patient_id == patient_id, sight.of(clinical_profiles)
            )
        )

    async def history(self, patient_id: UUID, sight: Sight) -> Sequence[Record]:
        """Tell what was found, the newest visit first."""
        h = visit_history.c
        return await self.all(
            select(visit_history)
            .where(h.patient_id == patient_id, sight.of(visit_history))
            .order_by(h.visited_at.desc(), h.created_at.desc())
        )
