"""Every query on doctors and their hours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Function,
    RowMapping,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from db.doctors.hospital import holidays, hospital_settings, raised, service_types
from db.doctors.models import (
    availability_overrides,
    departments,
    doctor_specializations,
    doctors,
    schedules,
    specializations,
)

d, s, t = doctors.c, hospital_settings.c, service_types.c
links, hours = doctor_specializations.c, schedules.c
overrides = availability_overrides.c
IN_WINDOW = (bindparam("since", type_=Date), bindparam("until", type_=Date))


def listed(columns: Mapping[str, ColumnElement[Any]], *where: ColumnElement[bool]) -> Function[Any]:
    """Make a whole query one column of another one; each of its rows comes as a tuple."""
    return func.array(select(func.row(*columns.values())).where(*where).scalar_subquery())


WEEK = {
    "doctor_id": hours.doctor_id,
    "is_active": hours.is_active,
    "day_of_week": hours.day_of_week,
    "start_time": hours.start_time,
    "end_time": hours.end_time,
    "slot_duration": hours.slot_duration,
    "buffer": hours.buffer,
    "valid_from": func.lower(hours.valid),
    "valid_until": func.upper(hours.valid),
}
CHANGES = {
    "doctor_id": overrides.doctor_id,
    "date": overrides.date,
    "start_time": overrides.start_time,
    "end_time": overrides.end_time,
    "is_available": overrides.is_available,
    "slot_duration": overrides.slot_duration,
}
# One trip for all. The settings are always there; whatever else is not leaves its columns empty.
FACTS = (
    select(
        *(d.doctor_id, d.name, d.department_id, d.timezone, d.consultation_fee, d.currency),
        *(d.is_active, d.is_available, d.max_daily_appts, d.version.label("source_version")),
        departments.c.name.label("department"),
        specializations.c.name.label("specialization"),
        *(t.slots, t.fee_percent),
        *(s.lead_time_minutes, s.booking_horizon_days, s.tax_rate, s.bill_due_days),
        *(s.hold_minutes, s.late_cancel_minutes, s.late_cancel_fee_percent),
        *(s.no_show_fee_percent, s.no_show_grace_minutes, s.cancel_grace_minutes),
        *(s.waiver_days, s.max_reschedules, s.reschedule_cutoff_minutes),
        *(s.reminder_minutes, s.max_live_holds, s.max_bookings_per_hour),
        s.version.label("settings_version"),
        exists()
        .where(departments.alias("wanted").c.department_id == bindparam("department_id"))
        .label("has_department"),
        func.array(
            select(holidays.c.day).where(holidays.c.day.between(*IN_WINDOW)).scalar_subquery(),
            type_=ARRAY(Date),
        ).label("holidays"),
        listed(WEEK, hours.doctor_id == d.doctor_id, hours.withdrawn_at.is_(None)).label("week"),
        listed(
            CHANGES,
            overrides.doctor_id == d.doctor_id,
            overrides.date.between(*IN_WINDOW),
            overrides.withdrawn_at.is_(None),
        ).label("changes"),
    )
    .select_from(hospital_settings)
    .outerjoin(doctors, d.doctor_id == bindparam("doctor_id"))
    .outerjoin(departments, departments.c.department_id == d.department_id)
    .outerjoin(
        doctor_specializations, and_(links.doctor_id == d.doctor_id, links.is_primary == true())
    )
    .outerjoin(specializations, specializations.c.specialization_id == links.specialization_id)
    .outerjoin(service_types, and_(t.code == bindparam("service_type"), t.is_active == true()))
)


@dataclass(frozen=True, slots=True)
class FactsRow:
    """What an offer depends on."""

    facts: RowMapping
    week: list[dict[str, Any]]
    changes: list[dict[str, Any]]


def named(names: Iterable[str], found: Iterable[Iterable[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in found]


class DoctorRepository:
    """Reads and writes doctors and their hours. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def facts(
        self, doctor_id: UUID, department_id: UUID, service_type: str, since: date, until: date
    ) -> FactsRow:
        """Tell what an offer depends on: the doctor's week, and what is different on these days."""
        asked = {
            "doctor_id": doctor_id,
            "department_id": department_id,
            "service_type": service_type,
            "since": since,
            "until": until,
        }
        facts = (await self._connection.execute(FACTS, asked)).mappings().one()
        return FactsRow(facts, named(WEEK, facts["week"]), named(CHANGES, facts["changes"]))

    async def add(self, values: dict[str, Any], specialization_ids: Sequence[UUID]) -> int:
        """Insert a doctor, whose first specialization is the primary one; their version."""
        row = insert(doctors).values(values).returning(d.version)
        version: int = (await self._connection.execute(row)).scalar_one()
        rows = [
            {
                "doctor_id": values["doctor_id"],
                "specialization_id": specialization_id,
                "is_primary": position == 0,
            }
            for position, specialization_id in enumerate(dict.fromkeys(specialization_ids))
        ]
        if rows:
            await self._connection.execute(insert(doctor_specializations), rows)
        return version

    async def drop(self, doctor_id: UUID) -> None:
        """Delete a doctor whom nobody has changed since they were added."""
        is_as_added = select(d.doctor_id).where(d.doctor_id == doctor_id, d.version == 1)
        if (await self._connection.execute(is_as_added.with_for_update())).first() is None:
            return
        for table in (doctor_specializations, schedules, doctors):
            await self._connection.execute(delete(table).where(table.c.doctor_id == doctor_id))

    async def raise_version(
        self, doctor_id: UUID, was: int | None, trace: dict[str, Any]
    ) -> int | None:
        """Count a change of a doctor; nothing, when there is none, or not of this version."""
        row = update(doctors).where(d.doctor_id == doctor_id).values(**raised(doctors), **trace)
        if was is not None:
            row = row.where(d.version == was)
        version: int | None = await self._connection.scalar(row.returning(d.version))
        return version

    async def is_known(self, doctor_id: UUID) -> bool:
        found = await self._connection.execute(select(d.doctor_id).where(d.doctor_id == doctor_id))
        return found.first() is not None

    async def add_hours(self, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            await self._connection.execute(insert(schedules), rows)

    async def withdraw_week(self, doctor_id: UUID, at: datetime, trace: dict[str, Any]) -> None:
        """End all hours of a doctor; the rows stay, as the history of what was offered."""
        await self._connection.execute(
            update(schedules)
            .where(schedules.c.doctor_id == doctor_id, schedules.c.withdrawn_at.is_(None))
            .values(**raised(schedules), **trace, withdrawn_at=at)
        )

    async def add_override(self, values: dict[str, Any]) -> None:
        await self._connection.execute(insert(availability_overrides).values(values))

    async def withdraw_override(
        self, doctor_id: UUID, override_id: UUID, at: datetime, trace: dict[str, Any]
    ) -> bool:
        """End an override; false, when this doctor has none of this id any more."""
        ended = await self._connection.execute(
            update(availability_overrides)
            .where(
                overrides.override_id == override_id,
                overrides.doctor_id == doctor_id,
                overrides.withdrawn_at.is_(None),
            )
            .values(**raised(availability_overrides), **trace, withdrawn_at=at)
        )
        return ended.rowcount == 1
