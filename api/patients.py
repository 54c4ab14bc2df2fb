"""Reads patients for whoever asks: whom they do not treat is not there for a doctor."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from activities.users.contract import Role
from api.callers import Caller
from api.parts import Readers
from api.problems import Code, Problem
from api.resources.patients import show
from db.reading import EVERYTHING, Record


class Patients:
    """The patients of one caller."""

    def __init__(self, caller: Caller, readers: Readers) -> None:
        self._caller = caller
        self._readers = readers

    async def get(self, patient_id: UUID) -> Record:
        found = None
        if await self._may_see(patient_id):
            found = await self._readers.patients.find(patient_id, EVERYTHING)
        if found is None:
            raise Problem(Code.NOT_FOUND)
        return found

    async def only(self) -> Sequence[UUID] | None:
        """Name whom the caller may see; `None` is everybody."""
        if self._caller.sees_all:
            return None
        if self._caller.doctor_id is None:
            return []
        return await self._readers.appointments.treated_by(self._caller.doctor_id)

    async def show(self, rows: Sequence[Record]) -> list[dict[str, Any]]:
        return [show(row, self._caller) for row in rows]

    async def _may_see(self, patient_id: UUID) -> bool:
        if self._caller.role is Role.DOCTOR and self._caller.doctor_id:
            doctor_id = self._caller.doctor_id
            return bool(await self._readers.appointments.treated_by(doctor_id, patient_id))
        return self._caller.owns_patient(patient_id)
