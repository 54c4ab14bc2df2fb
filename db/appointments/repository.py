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
    exists,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, Insert, Range, insert
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


@dataclass(frozen=True, slots=True)
class Asked:
    """For which visit a slot is asked, whose it is, and on which local day of the doctor."""

    visit_id: UUID
    doctor_id: UUID
    patient_id: UUID
    day: date
    slot: Range[datetime]


@dataclass(frozen=True, slots=True)
class LoadRow:
    """What a doctor's day and a patient have already."""

    visits: int
    holds: int
    recent: int


LOCK_DAYS = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM unnest(CAST(:keys AS text[])) AS k"
)
STATE = select(
    *(a.appointment_id, a.patient_id, a.doctor_id, a.local_date, a.slot_start, a.slot_end),
    *(a.status, a.hold_expires_at, a.version),
).where(a.appointment_id == bindparam("id"))


def kept(cache: Table, key: Column[UUID], *names: str) -> Insert:
    """Upsert a cache row; a newer version of its source wins.

    What is known already is only read: a locked row would make all bookings of a doctor queue.
    """
    given = {
        name: bindparam(f"{cache.name}_{name}", type_=cache.c[name].type)
        for name in (key.name, *names, "source_version")
    }
    is_known = exists().where(
        key == given[key.name], cache.c.source_version >= given["source_version"]
    )
    row = insert(cache).from_select(list(given), select(*given.values()).where(~is_known))
    return row.on_conflict_do_update(
        index_elements=[key],
        set_={name: row.excluded[name] for name in given} | {"updated_at": func.now()},
        where=cache.c.source_version < row.excluded.source_version,
    )


PATIENT_KEPT = kept(
    *(patient_cache, patient_cache.c.patient_id), *("name", "email", "phone", "contact_channel")
).cte("patient_kept")
DOCTOR_KEPT = kept(
    *(doctor_cache, doctor_cache.c.doctor_id), *("name", "department", "specialization")
).cte("doctor_kept")
# One trip for all three. The caches may come first: whoever is refused takes everything back.
ADD = (
    insert(appointments)
    .on_conflict_do_nothing()
    .returning(a.version)
    .add_cte(PATIENT_KEPT, DOCTOR_KEPT)
)

# No parameter is named like a column: an UPDATE would set the column to it.
IS_HELD = and_(a.status == "HELD", a.hold_expires_at >= bindparam("at"))
IS_OF_PATIENT, IS_OF_DOCTOR = a.patient_id == bindparam("for"), a.doctor_id == bindparam("with")
EXPIRED = (
    update(appointments)
    .where(
        a.status == "HELD",
        a.hold_expires_at < bindparam("at"),
        or_(IS_OF_DOCTOR, IS_OF_PATIENT),
        a.slot.op("&&")(bindparam("wanted", type_=TSTZRANGE)),
    )
    .values(**EXPIRE)
    .cte("expired")
)
# One trip for both: an overdue hold counts for nothing, whether it is let go yet or not.
LOAD = select(
    select(func.count(a.visit_id.distinct()))
    .where(
        IS_OF_DOCTOR,
        a.local_date == bindparam("day"),
        a.visit_id != bindparam("visit"),
        or_(IS_HELD, a.status.in_(["BOOKED", "CHECKED_IN"])),
    )
    .scalar_subquery(),
    select(func.count()).where(IS_OF_PATIENT, IS_HELD).scalar_subquery(),
    select(func.count())
    # The hold of a move is no booking.
    .where(IS_OF_PATIENT, a.visit_id == a.appointment_id, a.accepted_at > bindparam("since"))
    .scalar_subquery(),
).add_cte(EXPIRED)


def told_of(cache: Table, values: dict[str, Any]) -> dict[str, Any]:
    """Name the values of a cache row apart from those of the visit."""
    return {f"{cache.name}_{name}": value for name, value in values.items()}


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

    async def add(
        self, visit: dict[str, Any], patient: dict[str, Any], doctor: dict[str, Any]
    ) -> int | None:
        """Insert a visit and keep whom it is for and with.

        Its version, or nothing when another visit stands in its way.
        """
        values = visit | told_of(patient_cache, patient) | told_of(doctor_cache, doctor)
        version: int | None = await self._connection.scalar(ADD, values)
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

    async def lock_days(self, *keys: str) -> None:
        """Wait for our turn at these `person:day`s. Sorted, or hot slots deadlock."""
        await self._connection.execute(LOCK_DAYS, {"keys": sorted(keys)})

    async def is_taken(self, asked: Asked) -> bool:
        """Tell whether another live visit of either person overlaps the slot."""
        found = await self._connection.execute(
            select(literal(1))
            .where(
                or_(a.doctor_id == asked.doctor_id, a.patient_id == asked.patient_id),
                a.visit_id != asked.visit_id,
                IS_LIVE,
                a.slot.op("&&")(cast(asked.slot, TSTZRANGE)),
            )
            .limit(1)
        )
        return found.first() is not None

    async def is_patient_busy(self, asked: Asked) -> bool:
        """Tell whether another live visit of the patient overlaps the slot."""
        found = await self._connection.execute(
            select(literal(1))
            .where(
                a.patient_id == asked.patient_id,
                a.visit_id != asked.visit_id,
                IS_LIVE,
                a.slot.op("&&")(cast(asked.slot, TSTZRANGE)),
            )
            .limit(1)
        )
        return found.first() is not None

    async def load(self, asked: Asked, since: datetime, at: datetime) -> LoadRow:
        """Let go the overdue holds that stand in the way of a slot, and count what is left."""
        values = {
            "visit": asked.visit_id,
            "for": asked.patient_id,
            "with": asked.doctor_id,
            "day": asked.day,
            "wanted": asked.slot,
            "since": since,
            "at": at,
        }
        return LoadRow(*(await self._connection.execute(LOAD, values)).one())
