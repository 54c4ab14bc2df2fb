"""Every query on what processes left behind: holds past their end, changes that never ended."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from db.appointments.models import appointment_changes, appointments

a, c = appointments.c, appointment_changes.c
IS_OVERDUE = and_(a.status == "HELD", a.hold_expires_at < bindparam("held_before"))
IS_ABANDONED = and_(a.changed_by.is_not(None), a.changed_since < bindparam("changed_before"))
KIND_OF_HOLD = case((a.visit_id == a.appointment_id, literal("HOLD")), else_=literal("MOVE"))
STALE = union_all(
    # Who made the hold is in its history: a new row moves from nothing.
    select(a.appointment_id, c.workflow_id, KIND_OF_HOLD.label("kind"))
    .join(appointment_changes, and_(c.appointment_id == a.appointment_id, c.from_status == ""))
    .where(IS_OVERDUE),
    select(a.appointment_id, a.changed_by, literal("CHANGE")).where(IS_ABANDONED),
).subquery()


@dataclass(frozen=True, slots=True)
class Since:
    """What is older than this was left behind."""

    held_before: datetime
    changed_before: datetime


@dataclass(frozen=True, slots=True)
class StaleRow:
    """Something left behind, and by which workflow."""

    appointment_id: UUID
    workflow_id: str
    kind: str


class StaleRepository:
    """Finds what was left behind, and lets it go. Never commits."""

    def __init__(self, connection: AsyncConnection, since: Since) -> None:
        self._connection = connection
        self._since = {"held_before": since.held_before, "changed_before": since.changed_before}

    async def page(self, limit: int, after: UUID | None) -> list[StaleRow]:
        """In the order of ids: what can't be let go keeps nobody from the rows behind it."""
        query = select(STALE).order_by(STALE.c.appointment_id).limit(limit)
        if after:
            query = query.where(STALE.c.appointment_id > after)
        rows = await self._connection.execute(query, self._since)
        return [StaleRow(*row) for row in rows]

    async def end_hold(self, appointment_id: UUID, status: str) -> bool:
        """Expire or release a hold, if it still is overdue."""
        return await self._change(appointment_id, IS_OVERDUE, status=status, hold_expires_at=None)

    async def end_change(self, appointment_id: UUID, workflow_id: str) -> bool:
        """Let a visit go that this workflow still claims."""
        is_its_own = and_(IS_ABANDONED, a.changed_by == workflow_id)
        return await self._change(appointment_id, is_its_own, changed_by=None, changed_since=None)

    async def _change(
        self, appointment_id: UUID, if_still: ColumnElement[bool], **values: object
    ) -> bool:
        changed: int | None = await self._connection.scalar(
            update(appointments)
            .where(a.appointment_id == appointment_id, if_still)
            .values(version=a.version + 1, **values)
            .returning(a.version),
            self._since,
        )
        return changed is not None
