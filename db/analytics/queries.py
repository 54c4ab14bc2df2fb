"""The published side of analytics: events, ids only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, DateTime, Select, Table, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB

from db.base import ids, moments, texts, views
from db.reading import Page, Reader, Sight

published = views()

events = Table(
    "events",
    published,
    # Pages are ordered by these; none is ever null.
    Column("event_id", Uuid, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    *texts("type", "department", "workflow_id", "correlation_id"),
    *ids("appointment_id", "patient_id", "doctor_id"),
    *moments("received_at"),
    Column("data", JSONB),
)
SORTS: dict[str, ColumnElement[Any]] = {"-at": events.c.occurred_at.desc()}


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; what is not set does not matter."""

    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.type:
            conditions.append(events.c.type == self.type)
        if self.since:
            conditions.append(events.c.occurred_at >= self.since)
        if self.until:
            conditions.append(events.c.occurred_at < self.until)
        return conditions


class AnalyticsQueries(Reader):
    """Reads what happened."""

    async def list(
        self, wanted: EventFilter, sight: Sight, sort: str, limit: int, bookmark: str | None
    ) -> Page:
        query: Select[Any] = (
            select(events)
            .where(sight.of(events), *wanted.conditions())
            .order_by(SORTS[sort], events.c.event_id)
        )
        return await self.page(query, limit, bookmark)
