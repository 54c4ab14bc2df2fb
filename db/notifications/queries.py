"""The published side of messages: what was sent to whom, and by which templates."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Select,
    String,
    Table,
    Uuid,
    select,
)

from db.base import ids, moments, numbers, texts, views
from db.reading import Page, Reader, Record, Sight

published = views()

# What pages are ordered by is never null.
notifications = Table(
    "notifications",
    published,
    Column("notification_id", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    *ids("recipient_id", "patient_id", "appointment_id"),
    *texts("event_type", "recipient_type", "channel", "template_name", "subject", "status"),
    *texts("suppressed_because", "failure"),
    *moments("scheduled_at", "sent_at", "updated_at"),
    *numbers("retry_count", "version"),
)
templates = Table(
    "templates",
    published,
    Column("name", String, nullable=False),
    *ids("template_id"),
    *texts("channel", "subject_template", "body_template"),
    *moments("created_at", "updated_at"),
    *numbers("version"),
    Column("is_active", Boolean),
)

SORTS: dict[str, ColumnElement[Any]] = {"-created_at": notifications.c.created_at.desc()}


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Which messages are wanted; what is not set does not matter."""

    recipient_id: UUID | None = None
    channel: str | None = None
    template_name: str | None = None
    status: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        n = notifications.c
        wanted = {
            n.recipient_id: self.recipient_id,
            n.channel: self.channel,
            n.template_name: self.template_name,
        }
        conditions = [column == value for column, value in wanted.items() if value is not None]
        if self.status:
            conditions.append(n.status.in_(self.status))
        if self.since:
            conditions.append(n.created_at >= self.since)
        if self.until:
            conditions.append(n.created_at < self.until)
        return conditions


class NotificationQueries(Reader):
    """Reads messages, as far as the reader may see them."""

    async def find(self, notification_id: UUID, sight: Sight) -> Record | None:
        return await self.one(
            select(notifications).where(
                notifications.c.notification_id == notification_id, sight.of(notifications)
            )
        )

    async def list(
        self, wanted: NotificationFilter, sight: Sight, sort: str, limit: int, bookmark: str | None
    ) -> Page:
        query: Select[Any] = (
            select(notifications)
            .where(sight.of(notifications), *wanted.conditions())
            .order_by(SORTS[sort], notifications.c.notification_id)
        )
        if sight.patient_id:
            # `patient_id` is computed and has no index; what it is computed from has one.
            query = query.where(notifications.c.recipient_id == sight.patient_id)
        return await self.page(query, limit, bookmark)

    async def find_template(self, template_id: UUID, sight: Sight) -> Record | None:
        return await self.one(
            select(templates).where(templates.c.template_id == template_id, sight.of(templates))
        )

    async def list_templates(self, sight: Sight, limit: int, bookmark: str | None) -> Page:
        query: Select[Any] = select(templates).where(sight.of(templates)).order_by(templates.c.name)
        return await self.page(query, limit, bookmark)
