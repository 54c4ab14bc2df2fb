"""Every query on departments and specializations."""

from typing import Any

from sqlalchemy import ColumnElement, Table, exists, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.doctors.hospital import raised
from db.doctors.models import departments, doctor_specializations, doctors, specializations


class DepartmentRepository:
    """Writes departments and specializations. Never commits.

    Other services keep doctors with both names: a new name raises the version of every doctor who
    bears it, or those copies would never be renewed.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep_department(self, values: dict[str, Any]) -> int:
        """Make a department or change it; its version. `None` leaves a field as it is."""
        bears_it = doctors.c.department_id == values["department_id"]
        return await self._keep(departments, values, bears_it)

    async def keep_specialization(self, values: dict[str, Any]) -> int:
        """Make a specialization or change it; its version. `None` leaves a field as it is."""
        links = doctor_specializations.c
        primary = select(links.doctor_id).where(
            links.specialization_id == values["specialization_id"], links.is_primary == true()
        )
        return await self._keep(specializations, values, doctors.c.doctor_id.in_(primary))

    async def _keep(
        self, table: Table, values: dict[str, Any], bears_it: ColumnElement[bool]
    ) -> int:
        (key,) = table.primary_key
        is_renamed = exists().where(key == values[key.name], table.c.name != values["name"])
        await self._connection.execute(
            update(doctors).where(bears_it, is_renamed).values(raised(doctors))
        )
        row = insert(table).values(values)
        changed = {
            name: func.coalesce(row.excluded[name], table.c[name])
            for name in values
            if name not in {key.name, "created_by"}
        }
        kept = row.on_conflict_do_update(index_elements=[key], set_=changed | raised(table))
        version: int = (
            await self._connection.execute(kept.returning(table.c.version))
        ).scalar_one()
        return version
