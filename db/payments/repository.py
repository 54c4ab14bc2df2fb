"""Every query on payments and refunds that changes them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Column, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.payments.models import payments, refunds

CARD = "CARD"

p, r = payments.c, refunds.c


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment as it stands."""

    payment_id: UUID
    bill_id: UUID
    appointment_id: UUID | None
    patient_id: UUID
    amount: Decimal
    currency: str
    method: str
    reference: str | None
    status: str
    captured: Decimal
    refunded: Decimal
    failure_code: str | None
    version: int


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund as it stands, with how its payment came in and what the gateway calls that."""

    refund_id: UUID
    payment_id: UUID
    amount: Decimal
    currency: str
    reference: str | None
    status: str
    failure_code: str | None
    version: int
    method: str
    payment_reference: str | None


ROW: tuple[Column[Any], ...] = (
    *(p.payment_id, p.bill_id, p.appointment_id, p.patient_id, p.amount, p.currency, p.method),
    *(p.reference, p.status, p.captured_amount, p.refunded_amount, p.failure_code, p.version),
)
REFUND_ROW: tuple[Column[Any], ...] = (
    *(r.refund_id, r.payment_id, r.amount, r.currency, r.reference, r.status),
    *(r.failure_code, r.version, p.method, p.reference),
)
PAYMENT = select(*ROW).where(p.payment_id == bindparam("id"))
REFUND = select(*REFUND_ROW).join_from(refunds, payments).where(r.refund_id == bindparam("id"))


class PaymentRepository:
    """Reads and writes payments. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, payment_id: UUID) -> PaymentRow | None:
        row = (await self._connection.execute(PAYMENT, {"id": payment_id})).first()
        return PaymentRow(*row) if row else None

    async def lock(self, payment_id: UUID) -> PaymentRow | None:
        row = await self._connection.execute(PAYMENT.with_for_update(), {"id": payment_id})
        found = row.first()
        return PaymentRow(*found) if found else None

    async def add(self, values: dict[str, Any]) -> PaymentRow:
        row = insert(payments).values(values).returning(*ROW)
        return PaymentRow(*(await self._connection.execute(row)).one())

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
        return RefundRow(*found) if found else None

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
