"""The rules of refunds: never more goes back than came in, and what failed is owed no more."""

from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.contract import (
    Money,
    PaymentNotCompleted,
    RefundExceedsPayment,
    UnknownReference,
    WrongState,
)
from activities.inbox import Service, once
from activities.payments.amounts import minor_units
from activities.payments.contract import (
    OpenRefund,
    PaymentStatus,
    RefundOf,
    RefundState,
    RefundStatus,
)
from activities.payments.gateway import Refund, Return
from activities.payments.outside import again_and_again, look
from activities.process import Process
from db.payments.events import EventRepository
from db.payments.repository import CARD, PaymentRepository, PaymentRow, RefundRow

REOPENED: dict[str, object] = {
    "status": RefundStatus.PENDING,
    "reference": None,
    "failure_code": None,
    "processed_at": None,
}

AT_DESK = Return(reference=None, status=RefundStatus.COMPLETED)
"""What came in at the desk is given back there, hand to hand."""
NOW = func.clock_timestamp()


def of_refund(request: RefundOf) -> list[str]:
    return [f"refund:{request.refund_id}"]


class RefundService(Service):
    """Decides what goes back. What is under way counts as given back until it has failed."""

    guards: ClassVar = {"refunded_within": RefundExceedsPayment}

    def heard(self, told: Return | None) -> "RefundAnswer":
        """Take what the gateway said of a refund, to be written down."""
        return RefundAnswer(self._engine, told)

    @once("open_refund")
    async def open_refund(
        self, connection: AsyncConnection, process: Process, request: OpenRefund
    ) -> RefundState:
        payments = PaymentRepository(connection)
        payment = await payments.lock(request.payment_id)
        if payment is None:
            raise UnknownReference("no such payment", {"field": "payment_id"})
        if payment.status != PaymentStatus.COMPLETED:
            raise PaymentNotCompleted("nothing was captured")
        if request.amount.currency != payment.currency:
            raise RefundExceedsPayment("nothing came in in this currency")
        minor_units(request.amount)
        await owe(payments, payment, request.amount.amount)
        await payments.add_refund(row_of(process, request))
        return RefundState(status=RefundStatus.PENDING)

    @again_and_again(locking=of_refund)
    async def begin_request_refund(
        self, connection: AsyncConnection, process: Process, request: RefundOf
    ) -> Refund | None:
        """Count the try. What had failed is owed again: a person says that it is tried again.

        None: there is nothing to ask the gateway. It was asked and has answered, or the money came
        in at the desk and goes back there.
        """
        if await look(connection, process, "request_refund", request):
            return None
        payments = PaymentRepository(connection)
        refund = await found(payments, request)
        reopened: dict[str, object] = {}
        if refund.status == RefundStatus.FAILED:
            await owe(payments, await paid(payments, refund), refund.amount)
            reopened = REOPENED
        if refund.status != RefundStatus.COMPLETED:
            await payments.try_refund(refund, **reopened)
        return known(await found(payments, request))

    @again_and_again(locking=of_refund)
    async def begin_settle_refund(
        self, connection: AsyncConnection, process: Process, request: RefundOf
    ) -> Refund | None:
        """None: there is nothing to ask the gateway."""
        if await look(connection, process, "settle_refund", request):
            return None
        return known(await found(PaymentRepository(connection), request))


class RefundAnswer(Service):
    """What the gateway said of a refund, on its way into the record."""

    def __init__(self, engine: AsyncEngine, told: Return | None) -> None:
        super().__init__(engine)
        self._told = told

    @once("request_refund")
    async def requested(
        self, connection: AsyncConnection, process: Process, request: RefundOf
    ) -> RefundState:
        return await self._follow(connection, process, request)

    @once("settle_refund")
    async def settled(
        self, connection: AsyncConnection, process: Process, request: RefundOf
    ) -> RefundState:
        return await self._follow(connection, process, request)

    async def _follow(
        self, connection: AsyncConnection, process: Process, request: RefundOf
    ) -> RefundState:
        payments = PaymentRepository(connection)
        refund = await found(payments, request)
        told = AT_DESK if refund.method != CARD else self._told
        if told is None or refund.status != RefundStatus.PENDING:
            return state_of(RefundStatus(refund.status), refund.failure_code)
        ended = {} if told.status is RefundStatus.PENDING else {"processed_at": NOW}
        await payments.change_refund(
            refund,
            status=told.status,
            reference=told.reference or refund.reference,
            failure_code=told.failure_code,
            gateway_response={"id": told.reference, "status": told.status},
            **ended,
        )
        if told.status is RefundStatus.FAILED:
            payment = await paid(payments, refund)
            await payments.change(payment, refunded_amount=payment.refunded - refund.amount)
        if told.status is not RefundStatus.PENDING:
            await EventRepository(connection).handle(refund.payment_id, process.accepted_at)
        return state_of(told.status, told.failure_code)


def state_of(status: RefundStatus, failure_code: str | None) -> RefundState:
    return RefundState(status=status, failure_code=failure_code)


async def owe(payments: PaymentRepository, payment: PaymentRow, amount: Decimal) -> None:
    """Count what goes back before it goes: two refunds at once find each other here."""
    if payment.refunded + amount > payment.captured:
        raise RefundExceedsPayment("more would go back than came in")
    await payments.change(payment, refunded_amount=payment.refunded + amount)


async def found(payments: PaymentRepository, request: RefundOf) -> RefundRow:
    refund = await payments.lock_refund(request.refund_id)
    if refund is None:
        raise UnknownReference("no such refund", {"field": "refund_id"})
    return refund


async def paid(payments: PaymentRepository, refund: RefundRow) -> PaymentRow:
    payment = await payments.lock(refund.payment_id)
    if payment is None:
        raise UnknownReference("no such payment", {"field": "payment_id"})
    return payment


def known(refund: RefundRow) -> Refund | None:
    """Tell the gateway's side of a refund. None: it has none."""
    if refund.method != CARD:
        return None
    if refund.payment_reference is None:
        raise WrongState("the payment never was at the gateway", {"status": refund.status})
    amount = Money(amount=refund.amount, currency=refund.currency)
    return Refund(refund.refund_id, amount, refund.payment_reference, refund.reference)


def row_of(process: Process, request: OpenRefund) -> dict[str, Any]:
    origin = process.origin
    return {
        "refund_id": request.refund_id,
        "payment_id": request.payment_id,
        "amount": request.amount.amount,
        "currency": request.amount.currency,
        "reason": request.reason,
        "reason_code": request.reason_code,
        "accepted_at": process.accepted_at,
        "created_by": origin.account_id,
        "updated_by": origin.account_id,
        "correlation_id": origin.correlation_id,
    }
