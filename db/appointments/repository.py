"""Every query on visits, their slots and the caches beside them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Table,
    and_,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.appointments.models import appointments, doctor_cache, patient_cache

a = appointments.c
IS_LIVE = a.status.in_(["HELD", "BOOKED", "CHECKED_IN"])

EXPIRE = {"status": "EXPIRED", "hold_expires_at": None, "version": a.version + 1}


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """A visit as it stands."""

    appointment_id: UUID
    patient_id: UUID
    doctor_id: UUID
    local_date: date
    slot_start: datetime
    slot_end: datetime
    status: str
    hold_expires_at: datetime | None
    version: int


LOCK_DAYS = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM unnest(CAST(:keys AS text[])) AS k"
)
STATE = select(
    *(a.appointment_id, a.patient_id, a.doctor_id, a.local_date, a.slot_start, a.slot_end),
    *(a.status, a.hold_expires_at, a.version),
).where(a.appointment_id == bindparam("id"))


class AppointmentRepository:
    """Reads and writes visits. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, appointment_id: UUID) -> AppointmentRow | None:
        row = (await self._connection.execute(STATE, {"id": appointment_id})).first()
        return row and AppointmentRow(*row)

    async def lock(self, appointment_id: UUID) -> AppointmentRow | None:
        row = await self._connection.execute(STATE.with_for_update(), {"id": appointment_id})
        found = row.first()
        return found and AppointmentRow(*found)

    async def add(self, values: dict[str, Any]) -> int | None:
        """Insert a visit; its version, or nothing when another one stands in its way."""
        row = insert(appointments).values(values).on_conflict_do_nothing()
        version: int | None = await self._connection.scalar(row.returning(a.version))
        return version

    async def move(self, appointment_id: UUID, was: str, **values: object) -> int | None:
        """Change a visit that still is what it was; its new version, or nothing when it is not."""
        version: int | None = await self._connection.scalar(
            update(appointments)
            .where(a.appointment_id == appointment_id, a.status == was)
            .values(version=a.version + 1, **values)
            .returning(a.version)
        )
        return version

    async def expire_holds(
        self, doctor_id: UUID, patient_id: UUID, slot: Range[datetime], at: datetime
    ) -> None:
        """Let go the overdue holds that stand in the way of a slot."""
        await self._connection.execute(
            update(appointments)
            .where(
                a.status == "HELD",
                a.hold_expires_at < at,
                or_(a.doctor_id == doctor_id, a.patient_id == patient_id),
                a.slot.op("&&")(cast(slot, TSTZRANGE)),
            )
            .values(**EXPIRE)
        )

    async def lock_days(self, *keys: str) -> None:
        """Wait for our turn at these `person:day`s. Sorted, or hot slots deadlock."""
        await self._connection.execute(LOCK_DAYS, {"keys": sorted(keys)})

    async def is_taken(
        self, appointment_id: UUID, doctor_id: UUID, patient_id: UUID, slot: Range[datetime]
    ) -> bool:
        """Tell whether another live visit of either person overlaps the slot."""
        found = await self._connection.execute(
            select(literal(1))
            .where(
                or_(a.doctor_id == doctor_id, a.patient_id == patient_id),
                a.appointment_id != appointment_id,
                IS_LIVE,
                a.slot.op("&&")(cast(slot, TSTZRANGE)),
            )
            .limit(1)
        )
        return found.first() is not None

    async def is_patient_busy(self, patient_id: UUID, slot: Range[datetime]) -> bool:
        found = await self._connection.execute(
            select(literal(1))
            .where(a.patient_id == patient_id, IS_LIVE, a.slot.op("&&")(cast(slot, TSTZRANGE)))
            .limit(1)
        )
        return found.first() is not None

    async def load(
        self, doctor_id: UUID, day: date, patient_id: UUID, since: datetime, at: datetime
    ) -> tuple[int, int, int]:
        """Count the doctor's visits of a local day, the patient's holds and recent bookings."""
        is_held = and_(a.status == "HELD", a.hold_expires_at >= at)
        visits = select(func.count(a.visit_id.distinct())).where(
            a.doctor_id == doctor_id,
            a.local_date == day,
            or_(is_held, a.status.in_(["BOOKED", "CHECKED_IN"])),
        )
        holds = select(func.count()).where(a.patient_id == patient_id, is_held)
        recent = select(func.count()).where(a.patient_id == patient_id, a.accepted_at > since)
        queries = (query.scalar_subquery() for query in (visits, holds, recent))
        visits_now, holds_now, recently = (await self._connection.execute(select(*queries))).one()
        return visits_now, holds_now, recently

    async def keep_patient(self, values: dict[str, Any]) -> None:
        await self._keep(patient_cache, patient_cache.c.patient_id, values)

    async def keep_doctor(self, values: dict[str, Any]) -> None:
        await self._keep(doctor_cache, doctor_cache.c.doctor_id, values)

    async def _keep(self, cache: Table, key: Column[UUID], values: dict[str, Any]) -> None:
        """Upsert a cache row; a newer version of its source wins."""
        row = insert(cache).values(values)
        newer = {name: row.excluded[name] for name in values} | {"updated_at": func.now()}
        await self._connection.execute(
            row.on_conflict_do_update(
                index_elements=[key],
                set_=newer,
                where=cache.c.source_version < row.excluded.source_version,
            )
        )
