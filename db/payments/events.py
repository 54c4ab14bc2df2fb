"""Every query on the gateway's events."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.payments.models import gateway_events, payments, refunds
from db.payments.repository import CARD

p, r, e = payments.c, refunds.c, gateway_events.c


@dataclass(frozen=True, slots=True)
class About:
    """What an event is about, as it stands here."""

    payment_id: UUID
    status: str
    failure_code: str | None
    is_authorised: bool
    refunded: Decimal
    currency: str
    refund_id: UUID | None
    refund_status: str | None


class EventRepository:
    """Reads and writes the gateway's events. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find_about(
        self, payment_id: UUID | None, references: list[str], refund_id: UUID | None
    ) -> About | None:
        """Lock a payment by our name or the gateway's, and find which of its refunds is meant.

        Whoever writes what the event tells of has written it then, or will find the event.
        """
        is_it = or_(p.payment_id == payment_id, and_(p.method == CARD, p.reference.in_(references)))
        locked = await self._connection.execute(
            select(p.payment_id).where(is_it).limit(1).with_for_update()
        )
        # Read once more: its refunds are to be seen as they are under the lock.
        is_meant = or_(r.refund_id == refund_id, r.reference.in_(references))
        query = (
            select(
                *(p.payment_id, p.status, p.failure_code, p.authorised_amount > 0),
                *(p.refunded_amount, p.currency, r.refund_id, r.status),
            )
            .join_from(
                payments, refunds, and_(r.payment_id == p.payment_id, is_meant), isouter=True
            )
            .where(p.payment_id == locked.scalar())
            .limit(1)
        )
        row = (await self._connection.execute(query)).first()
        return About(*row) if row else None

    async def add(self, values: dict[str, Any]) -> None:
        """Keep an event, unless it was kept before."""
        await self._connection.execute(
            upsert(gateway_events)
            .values(values)
            .on_conflict_do_nothing(index_elements=[e.event_id])
        )

    async def handle(self, payment_id: UUID, at: datetime) -> None:
        """Say that the record knows now whatever was told of a payment."""
        await self._connection.execute(
            update(gateway_events)
            .where(e.payment_id == payment_id, e.handled_at.is_(None))
            .values(handled_at=at, outcome="APPLIED")
        )
