"""Every query on visits as a whole: their people, their terms, and who is changing them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, Select, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.appointments.models import appointments, doctor_cache, patient_cache
from db.appointments.repository import DOCTOR_KEPT, told_of

a, p, d = appointments.c, patient_cache.c, doctor_cache.c
VISIT = (
    *("appointment_id", "patient_id", "doctor_id", "department_id", "department", "service_type"),
    *("slot_start", "slot_end", "timezone", "local_start", "local_date", "status", "version"),
    *(
        "payment_mode",
        "accepted_at",
        "terms",
        "reschedule_count",
        "late_move",
        "changed_by",
        "no_show_at",
    ),
)


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit with all that decides what may become of it, and the names of its people."""

    appointment_id: UUID
    patient_id: UUID
    doctor_id: UUID
    department_id: UUID
    department: str
    service_type: str
    slot_start: datetime
    slot_end: datetime
    timezone: str
    local_start: datetime
    local_date: date
    status: str
    version: int
    payment_mode: str
    accepted_at: datetime
    terms: dict[str, Any]
    reschedule_count: int
    late_move: bool
    changed_by: str | None
    no_show_at: datetime | None
    doctor_name: str
    patient_name: str
    email: str | None
    phone: str | None
    contact_channel: str
    source_version: int


def with_people(visits: FromClause) -> Select[Any]:
    """Read visits with their people: whoever took the slot kept both."""
    return (
        select(
            *(visits.c[name] for name in VISIT),
            *(d.name, p.name, p.email, p.phone, p.contact_channel, p.source_version),
        )
        .join_from(visits, patient_cache, p.patient_id == visits.c.patient_id)
        .join(doctor_cache, d.doctor_id == visits.c.doctor_id)
    )


# The hold of a move is no visit.
FIND = with_people(appointments).where(
    a.appointment_id == bindparam("id"), a.visit_id == a.appointment_id
)
LOCK = FIND.with_for_update(of=appointments)
LOCK_HOLD = (
    select(a.status)
    .where(a.appointment_id == bindparam("hold"), a.visit_id == bindparam("visit"))
    .with_for_update()
)
HOLD = insert(appointments).on_conflict_do_nothing().returning(a.version).add_cte(DOCTOR_KEPT)


class VisitRepository:
    """Reads and changes visits that are there already. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, appointment_id: UUID) -> VisitRow | None:
        row = (await self._connection.execute(FIND, {"id": appointment_id})).first()
        return row and VisitRow(*row)

    async def lock(self, appointment_id: UUID) -> VisitRow | None:
        row = (await self._connection.execute(LOCK, {"id": appointment_id})).first()
        return row and VisitRow(*row)

    async def change(self, visit: VisitRow, **values: object) -> VisitRow:
        """Change a visit that we have locked, and tell how it stands then."""
        changed = (
            update(appointments)
            .where(a.appointment_id == visit.appointment_id, a.version == visit.version)
            .values(version=a.version + 1, **values)
            .returning(*(a[name] for name in VISIT))
            .cte("changed")
        )
        return VisitRow(*(await self._connection.execute(with_people(changed))).one())

    async def hold(self, hold: dict[str, Any], doctor: dict[str, Any]) -> bool:
        """Hold another slot for a visit, and keep whom it is with; not if another is in the way."""
        held = await self._connection.execute(HOLD, hold | told_of(doctor_cache, doctor))
        return held.first() is not None

    async def lock_hold(self, hold_id: UUID, visit_id: UUID) -> str | None:
        """Lock the hold of a move; its status, if there is one."""
        status: str | None = await self._connection.scalar(
            LOCK_HOLD, {"hold": hold_id, "visit": visit_id}
        )
        return status

    async def let_go(self, appointment_id: UUID, workflow_id: str) -> None:
        """End the claim of a workflow on a visit, if it is still its own."""
        await self._connection.execute(
            update(appointments)
            .where(a.appointment_id == appointment_id, a.changed_by == workflow_id)
            .values(version=a.version + 1, changed_by=None, changed_since=None)
        )
