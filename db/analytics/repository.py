"""Every query on events."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.analytics.models import events


class AnalyticsRepository:
    """Adds events, and never changes one. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, values: dict[str, Any]) -> None:
        """Insert an event, unless it is known."""
        await self._connection.execute(insert(events).values(values).on_conflict_do_nothing())
