"""Every query on events."""

from typing import Any

from sqlalchemy import bindparam, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.analytics.models import events
from db.inbox import CLAIMED, Claim

GIVEN = (
    *("event_id", "type", "occurred_at", "appointment_id", "patient_id", "doctor_id"),
    *("department", "data", "workflow_id", "correlation_id"),
)
ADD = (
    insert(events)
    .from_select(
        GIVEN,
        select(
            *(bindparam(f"event_{name}", type_=events.c[name].type) for name in GIVEN)
        ).select_from(CLAIMED),
    )
    .on_conflict_do_nothing()
    .returning(literal(1))
)


class AnalyticsRepository:
    """Adds events, and never changes one. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, claim: Claim, event: dict[str, Any]) -> bool:
        """Insert an event. False, when it is known, or the step was done before."""
        values = {f"event_{name}": event[name] for name in GIVEN}
        return (await self._connection.execute(ADD, values | claim.values())).first() is not None
