"""Every query on patients and on what was found about them."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.patients.models import patients, visit_history

p = patients.c


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A patient as bookings need them."""

    name: str
    email: str | None
    phone: str | None
    contact_channel: str
    is_active: bool
    deceased_on: date | None
    version: int


ROW = select(
    *(p.name, p.email, p.phone, p.contact_channel, p.is_active, p.deceased_on, p.version),
).where(p.patient_id == bindparam("id"))


class PatientRepository:
    """Reads and writes patients. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, patient_id: UUID) -> PatientRow | None:
        row = (await self._connection.execute(ROW, {"id": patient_id})).first()
        return row and PatientRow(*row)

    async def add(self, values: dict[str, Any]) -> int:
        """Insert a patient; the version that their record begins with."""
        row = insert(patients).values(values).returning(p.version)
        version: int = (await self._connection.execute(row)).scalar_one()
        return version

    async def drop(self, patient_id: UUID) -> None:
        """Delete a patient whom nobody has changed since they were added."""
        await self._connection.execute(
            delete(patients).where(p.patient_id == patient_id, p.version == 1)
        )

    async def add_entry(self, values: dict[str, Any]) -> None:
        await self._connection.execute(insert(visit_history).values(values))
