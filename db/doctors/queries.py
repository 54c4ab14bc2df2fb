"""The published side of doctors: what others may read of them and of their hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from db.doctors.published import (
    departments,
    doctors,
    holidays,
    identities,
    overrides,
    schedules,
    service_types,
    settings,
    specializations,
)
from db.reading import Page, Reader, Record

v = doctors.c


@dataclass(frozen=True, slots=True)
class DoctorFilter:
    """Which doctors are wanted; what is not set does not matter. A name is found by any part."""

    department_id: UUID | None = None
    specialization_id: UUID | None = None
    available: bool | None = None
    active: bool | None = None
    name: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.department_id:
            conditions.append(v.department_id == self.department_id)
        if self.specialization_id:
            has_it = [{"id": str(self.specialization_id)}]
            conditions.append(v.specializations.contains(has_it))
        if self.available is not None:
            conditions.append(v.is_available == self.available)
        if self.active is not None:
            conditions.append(v.is_active == self.active)
        if self.name:
            conditions.append(v.name.icontains(self.name, autoescape=True))
        return conditions


SORTS: dict[str, ColumnElement[Any]] = {
    "last_name": v.last_name.asc(),
    # Who was never rated comes last.
    "-rating": func.coalesce(v.rating, -1).desc(),
    "consultation_fee": v.consultation_fee.asc(),
}


@dataclass(frozen=True, slots=True)
class CalendarRows:
    """All that the slot rules ask for, as `activities.doctors.calendars` takes it."""

    doctors: Sequence[Record]
    schedules: Sequence[Record]
    overrides: Sequence[Record]
    holidays: Sequence[date]


class DoctorQueries(Reader):
    """Reads doctors, whom everybody may see."""

    async def find(self, doctor_id: UUID) -> Record | None:
        return await self.one(select(doctors).where(v.doctor_id == doctor_id))

    async def find_by_account(self, account_id: UUID) -> UUID | None:
        found = await self.one(select(identities).where(identities.c.account_id == account_id))
        return None if found is None else found["doctor_id"]

    async def list(self, wanted: DoctorFilter, sort: str, limit: int, bookmark: str | None) -> Page:
        query = select(doctors).where(*wanted.conditions()).order_by(SORTS[sort], v.doctor_id)
        return await self.page(query, limit, bookmark)

    async def bookable(self, wanted: DoctorFilter) -> Sequence[UUID]:
        """Name those of them who take bookings now."""
        found = await self.all(
            select(v.doctor_id).where(*wanted.conditions(), v.is_active, v.is_available)
        )
        return [row["doctor_id"] for row in found]

    async def schedules(self, doctor_id: UUID) -> Sequence[Record]:
        return await self.all(
            select(schedules)
            .where(schedules.c.doctor_id == doctor_id)
            .order_by(schedules.c.day_of_week, schedules.c.start_time, schedules.c.schedule_id)
        )

    async def overrides(self, doctor_id: UUID, since: date, until: date) -> Sequence[Record]:
        """Tell what is different from `since` to `until`, both included."""
        o = overrides.c
        return await self.all(
            select(overrides)
            .where(o.doctor_id == doctor_id, o.date.between(since, until))
            .order_by(o.date, o.start_time, o.override_id)
        )

    async def find_override(self, doctor_id: UUID, override_id: UUID) -> Record | None:
        o = overrides.c
        return await self.one(
            select(overrides).where(o.doctor_id == doctor_id, o.override_id == override_id)
        )

    async def departments(self) -> Sequence[Record]:
        return await self.all(select(departments).order_by(departments.c.name))

    async def specializations(self) -> Sequence[Record]:
        return await self.all(select(specializations).order_by(specializations.c.name))

    async def service_types(self) -> Sequence[Record]:
        return await self.all(select(service_types).order_by(service_types.c.code))

    async def settings(self) -> Record | None:
        return await self.one(select(settings))

    async def calendars(self, doctor_ids: Sequence[UUID], since: date, until: date) -> CalendarRows:
        """Tell the hours of those who take bookings; both local days are included."""
        bookable = select(doctors).where(v.doctor_id.in_(doctor_ids), v.is_active, v.is_available)
        changed = select(overrides).where(
            overrides.c.doctor_id.in_(doctor_ids), overrides.c.date.between(since, until)
        )
        closed = select(holidays).where(holidays.c.day.between(since, until))
        return CalendarRows(
            doctors=await self.all(bookable),
            schedules=await self.all(
                select(schedules).where(schedules.c.doctor_id.in_(doctor_ids))
            ),
            overrides=await self.all(changed),
            holidays=[row["day"] for row in await self.all(closed)],
        )
