"""The published side of the audit: what auditors may read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Select,
    String,
    Table,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.base import ids, texts, views
from db.reading import Page, Reader, Record, Sight

published = views()

records = Table(
    "records",
    published,
    *texts("record_key", "actor_role", "action", "object_type", "object_id", "outcome"),
    *texts("purpose", "reason", "workflow_id", "correlation_id", "previous_hash", "hash"),
    *ids("actor_id", "subject_id"),
    # Pages are ordered by these; none is ever null.
    Column("at", DateTime(timezone=True), nullable=False),
    Column("source", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("details", JSONB),
)

SORTS: dict[str, ColumnElement[Any]] = {"-at": records.c.at.desc()}
VERIFY = text("SELECT broken_seq, why FROM published.verify_chain(:source, :since, :until)")


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records are wanted; what is not set does not matter."""

    actor_id: UUID | None = None
    subject_id: UUID | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        r = records.c
        wanted = {r.actor_id: self.actor_id, r.subject_id: self.subject_id, r.action: self.action}
        conditions = [column == value for column, value in wanted.items() if value is not None]
        if self.since:
            conditions.append(r.at >= self.since)
        if self.until:
            conditions.append(r.at < self.until)
        return conditions


class AuditQueries(Reader):
    """Reads who did what: for those who may see everything."""

    async def list(
        self, wanted: RecordFilter, sight: Sight, sort: str, limit: int, bookmark: str | None
    ) -> Page:
        query: Select[Any] = (
            select(records)
            .where(sight.of(records), *wanted.conditions())
            .order_by(SORTS[sort], records.c.source, records.c.seq)
        )
        return await self.page(query, limit, bookmark)

    async def find_head(self, source: str) -> Record | None:
        """Find the newest record of a chain."""
        return await self.one(
            select(records)
            .where(records.c.source == source)
            .order_by(records.c.seq.desc())
            .limit(1)
        )

    async def verify(self, source: str, since: int, until: int) -> Record | None:
        """Find the first number from `since` to `until` that is not as it was written, and why."""
        async with self._engine.connect() as connection:
            found = await connection.execute(
                VERIFY, {"source": source, "since": since, "until": until}
            )
            return found.mappings().first()
