"""Every query on templates and on what was sent by them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, func, insert, literal, select, update
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


STATE = select(n.status, n.subject, n.message, n.retry_count).where(
    n.notification_id == bindparam("id")
)
# One trip for both: a row comes back whether there is a template or not.
ONE = select(literal(1)).subquery()
ADD = insert(notifications)
LOOK = select(
    exists().where(n.notification_id == bindparam("id")),
    *(t.name, t.subject_template, t.body_template, t.is_active),
).select_from(ONE.outerjoin(templates, t.name == bindparam("event")))


class NotificationRepository:
    """Reads and writes messages. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def look(self, notification_id: UUID, event: str) -> tuple[bool, TemplateRow | None]:
        """Tell whether a message is known, and what messages of its kind say."""
        asked = {"id": notification_id, "event": event}
        is_known, *template = (await self._connection.execute(LOOK, asked)).one()
        return is_known, None if template[0] is None else TemplateRow(*template)

    async def add(self, values: dict[str, Any]) -> None:
        await self._connection.execute(ADD, values)

    async def get(self, notification_id: UUID) -> NotificationRow:
        row = (await self._connection.execute(STATE, {"id": notification_id})).one()
        return NotificationRow(*row)

    async def suppress(self, notification_id: UUID, because: str) -> None:
        await self._move(notification_id, status="SUPPRESSED", suppressed_because=because)

    async def send(self, notification_id: UUID) -> bool:
        return await self._move(notification_id, status="SENT", sent_at=func.clock_timestamp())

    async def fail(self, notification_id: UUID, failure: str) -> bool:
        return await self._move(notification_id, status="FAILED", failure=failure)

    async def count_retry(self, notification_id: UUID) -> None:
        await self._move(notification_id, retry_count=n.retry_count + 1)

    async def _move(self, notification_id: UUID, **values: object) -> bool:
        """Change a message that still waits; what was decided about it stays."""
        moved = await self._connection.execute(
            update(notifications)
            .where(n.notification_id == notification_id, n.status == "SCHEDULED")
            .values(version=n.version + 1, **values)
            .returning(n.version)
        )
        return moved.first() is not None
