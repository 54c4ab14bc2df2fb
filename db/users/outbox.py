"""Every query on what waits to be carried to the audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.users.models import audit_outbox

o = audit_outbox.c


@dataclass(frozen=True, slots=True)
class OutboxRow:
    record_id: UUID
    entry: dict[str, Any]


class OutboxRepository:
    """Reads the outbox and empties it. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def oldest(self, limit: int) -> list[OutboxRow]:
        rows = await self._connection.execute(
            select(o.record_id, o.entry)
            .where(o.shipped_at.is_(None))
            .order_by(o.created_at, o.record_id)
            .limit(limit)
        )
        return [OutboxRow(*row) for row in rows]

    async def mark_shipped(self, record_ids: Sequence[UUID], at: datetime) -> None:
        await self._connection.execute(
            update(audit_outbox)
            .where(o.record_id.in_(record_ids), o.shipped_at.is_(None))
            .values(shipped_at=at)
        )
