"""Every query on payments, refunds and the gateway's events."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, union_all, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.payments.models import gateway_events, payments, refunds

p, r, e = payments.c, refunds.c, gateway_events.c


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment as it stands."""

    payment_id: UUID
    amount: Decimal
    currency: str
    reference: str | None
    status: str
    captured: Decimal
    refunded: Decimal
    version: int


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund as it stands, and the gateway's name for the payment that it is of."""

    refund_id: UUID
    payment_id: UUID
    amount: Decimal
    currency: str
    reference: str | None
    status: str
    failure_code: str | None
    version: int
    payment_reference: str | None


PAYMENT = select(
    *(p.payment_id, p.amount, p.currency, p.reference, p.status),
    *(p.captured_amount, p.refunded_amount, p.version),
).where(p.payment_id == bindparam("id"))
REFUND = (
    select(
        *(r.refund_id, r.payment_id, r.amount, r.currency, r.reference, r.status),
        *(r.failure_code, r.version, p.reference),
    )
    .join_from(refunds, payments)
    .where(r.refund_id == bindparam("id"))
)


class PaymentRepository:
    """Reads and writes payments. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, payment_id: UUID) -> PaymentRow | None:
        row = (await self._connection.execute(PAYMENT, {"id": payment_id})).first()
        return row and PaymentRow(*row)

    async def lock(self, payment_id: UUID) -> PaymentRow | None:
        row = await self._connection.execute(PAYMENT.with_for_update(), {"id": payment_id})
        found = row.first()
        return found and PaymentRow(*found)

    async def add(self, values: dict[str, Any]) -> None:
        await self._connection.execute(insert(payments), values)

    async def change(self, payment: PaymentRow, **values: object) -> None:
        """Change a payment that was locked."""
        await self._connection.execute(
            update(payments)
            .where(p.payment_id == payment.payment_id, p.version == payment.version)
            .values(version=p.version + 1, **values)
        )

    async def lock_refund(self, refund_id: UUID) -> RefundRow | None:
        """Lock a refund after its payment: everybody takes the two in this order."""
        payment_id = select(r.payment_id).where(r.refund_id == refund_id).scalar_subquery()
        await self._connection.execute(
            select(p.payment_id).where(p.payment_id == payment_id).with_for_update()
        )
        row = await self._connection.execute(REFUND.with_for_update(of=refunds), {"id": refund_id})
        found = row.first()
        return found and RefundRow(*found)

    async def add_refund(self, values: dict[str, Any]) -> None:
        await self._connection.execute(insert(refunds), values)

    async def try_refund(self, refund: RefundRow, **values: object) -> None:
        await self.change_refund(refund, attempts=r.attempts + 1, **values)

    async def change_refund(self, refund: RefundRow, **values: object) -> None:
        """Change a refund that was locked."""
        await self._connection.execute(
            update(refunds)
            .where(r.refund_id == refund.refund_id, r.version == refund.version)
            .values(version=r.version + 1, **values)
        )

    async def is_settled(self, reference: str) -> bool:
        """Tell whether what the gateway calls so has come to its end here."""
        ends = union_all(
            select(p.status).where(p.reference == reference, p.status != "PENDING"),
            select(r.status).where(r.reference == reference, r.status == "COMPLETED"),
        )
        return (await self._connection.execute(ends)).first() is not None

    async def add_event(self, values: dict[str, Any]) -> bool:
        """Keep an event, and what it is about if we know that: false, when it was kept before."""
        reference = values["object_reference"]
        about = {
            "payment_id": select(p.payment_id).where(p.reference == reference).scalar_subquery(),
            "refund_id": select(r.refund_id).where(r.reference == reference).scalar_subquery(),
        }
        row = upsert(gateway_events).values(values | about)
        added = await self._connection.execute(
            row.on_conflict_do_nothing(index_elements=[e.event_id]).returning(e.event_id)
        )
        return added.first() is not None
