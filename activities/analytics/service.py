"""One event per change, whatever is repeated."""

from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.analytics.checks import AnalyticsChecks
from activities.analytics.contract import Record
from activities.inbox import Service, once_folded
from activities.process import Process
from db.analytics.repository import AnalyticsRepository
from db.inbox import Claim

EVENTS = UUID("6b1d9a52-8c0e-4b5e-9f0b-5f3f0c7f4e21")
"""The namespace of all event ids; another one would count everything again."""


class AnalyticsService(Service):
    """Keeps events. An event has ids only: whom they stand for is told elsewhere."""

    @property
    def checks(self) -> AnalyticsChecks:
        return AnalyticsChecks(self._engine)

    @once_folded("record")
    async def record(
        self, connection: AsyncConnection, process: Process, request: Record, claim: Claim
    ) -> bool:
        return await AnalyticsRepository(connection).add(
            claim,
            {
                **request.model_dump(exclude={"part"}),
                "event_id": event_id(process.id, request),
                "workflow_id": process.id,
                "correlation_id": process.origin.correlation_id,
            },
        )


def event_id(process_id: str, request: Record) -> UUID:
    """Name an event by the process that made it: told again, it is the same event."""
    return uuid5(uuid5(EVENTS, process_id), f"{request.type}:{request.part}")
