"""Every query on templates and on what was sent by them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.notifications.models import notifications, templates

n, t = notifications.c, templates.c


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """What a message says, before its values are filled in."""

    name: str
    subject_template: str | None
    body_template: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """A message as it stands."""

    status: str
    subject: str | None
    message: str | None
    retry_count: int


STATE = select(n.status, n.subject, n.message, n.retry_count)


class NotificationRepository:
    """Reads and writes messages. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find_template(self, name: str) -> TemplateRow | None:
        columns = (t.name, t.subject_template, t.body_template, t.is_active)
        row = (await self._connection.execute(select(*columns).where(t.name == name))).first()
        return TemplateRow(*row) if row else None

    async def is_known(self, notification_id: UUID) -> bool:
        query = select(literal(1)).where(n.notification_id == notification_id)
        return (await self._connection.execute(query)).first() is not None

    async def add(self, values: dict[str, Any]) -> None:
        await self._connection.execute(insert(notifications).values(values))

    async def get(self, notification_id: UUID) -> NotificationRow:
        query = STATE.where(n.notification_id == notification_id)
        return NotificationRow(*(await self._connection.execute(query)).one())

    async def suppress(self, notification_id: UUID, because: str) -> None:
        await self._move(notification_id, status="SUPPRESSED", suppressed_because=because)

    async def send(self, notification_id: UUID) -> None:
        await self._move(notification_id, status="SENT", sent_at=func.clock_timestamp())

    async def fail(self, notification_id: UUID, failure: str) -> None:
        await self._move(notification_id, status="FAILED", failure=failure)

    async def count_retry(self, notification_id: UUID) -> None:
        await self._move(notification_id, retry_count=n.retry_count + 1)

    async def _move(self, notification_id: UUID, **values: object) -> None:
        """Change a message that still waits; what was decided about it stays."""
        await self._connection.execute(
            update(notifications)
            .where(n.notification_id == notification_id, n.status == "SCHEDULED")
            .values(version=n.version + 1, **values)
        )
