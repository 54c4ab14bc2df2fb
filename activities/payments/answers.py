"""What the gateway said of a payment, on its way into the record."""

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.contract import (
    Money,
    PaymentNotCompleted,
    UnknownReference,
)
from activities.inbox import Service, once
from activities.payments.contract import (
    Authorisation,
    Authorise,
    GatewayState,
    LateMoney,
    OpenPayment,
    PayAtDesk,
    PaymentDeclined,
    PaymentOf,
    PaymentOpened,
    PaymentState,
    PaymentStatus,
)
from activities.payments.faults import GatewayUnsure
from activities.payments.gateway import Intent
from activities.payments.outside import again_and_again, check_alive
from activities.process import Process
from db.payments.events import EventRepository
from db.payments.repository import PaymentRepository, PaymentRow

VOIDED = "voided"
"""A payment was given up. Completed all the same, its money came, and nobody knows what for."""
FAILED = Counter("payments_failed", "Payments that were declined or voided", ["code"])
LATE = Counter("payments_late", "Payments whose money came when no process waited for it")

AboutPayment = OpenPayment | PayAtDesk | Authorise | PaymentOf


def of_payment(request: AboutPayment) -> list[str]:
    return [f"payment:{request.payment_id}"]


class PaymentAnswer(Service):
    """Writes one answer of the gateway, once per step. A decline is kept as a refusal."""

    def __init__(self, engine: AsyncEngine, intent: Intent | None) -> None:
        super().__init__(engine)
        self._intent = intent

    @once("open_payment", locking=of_payment)
    async def opened(
        self, connection: AsyncConnection, _: Process, request: OpenPayment
    ) -> PaymentOpened:
        payments = PaymentRepository(connection)
        told = self._told
        await self._keep(payments, await found(payments, request))
        return PaymentOpened(client_secret=told.client_secret or "")

    @once("authorise", locking=of_payment)
    async def authorised(
        self, connection: AsyncConnection, process: Process, request: Authorise
    ) -> Authorisation:
        await check_alive(connection, process)
        payments = PaymentRepository(connection)
        payment = await found(payments, request)
        told = self._told
        match told.state:
            case GatewayState.NEEDS_ACTION:
                await self._keep(payments, payment)
                return Authorisation(
                    is_authorised=False,
                    client_secret=told.client_secret,
                    next_action=told.next_action,
                )
            case GatewayState.AUTHORISED | GatewayState.CAPTURED:
                await self._keep(
                    *(payments, payment),
                    authorised_amount=payment.amount,
                    authorised_at=process.accepted_at,
                )
                return Authorisation(is_authorised=True)
        raise self._declined()

    @again_and_again(locking=of_payment)
    async def tried(self, connection: AsyncConnection, _: Process, request: Authorise) -> None:
        """Keep what the gateway made before it declined: the refusal takes back what it wrote."""
        payments = PaymentRepository(connection)
        await self._keep(payments, await found(payments, request))

    @once("capture", locking=of_payment)
    async def captured(
        self, connection: AsyncConnection, process: Process, request: PaymentOf
    ) -> PaymentState:
        await check_alive(connection, process)
        told = self._told
        if told.state is GatewayState.AUTHORISED:
            raise GatewayUnsure("asked to capture, the gateway did not")
        if told.state is not GatewayState.CAPTURED:
            raise self._declined()
        await self._complete(connection, process, request)
        await close_events(connection, process, request)
        return PaymentState(status=PaymentStatus.COMPLETED, at_gateway=told.state)

    @again_and_again(locking=of_payment)
    async def let_go(
        self, connection: AsyncConnection, process: Process, request: OpenPayment | PaymentOf
    ) -> None:
        """Record the end of a payment that was given up.

        The gateway has its money all the same: an undo is not stopped by that, for nothing is left
        that it could undo. The money is recorded as what it is, and stays listed as unsettled until
        a process books it or gives it back.
        """
        payments = PaymentRepository(connection)
        if self._intent and self._intent.state is GatewayState.CAPTURED:
            await self._complete(connection, process, request, failure_code=VOIDED)
            return
        payment = await found(payments, request)
        if payment.status == PaymentStatus.PENDING:
            await self._keep(payments, payment, status=PaymentStatus.FAILED, failure_code=VOIDED)
            FAILED.labels(VOIDED).inc()
        await close_events(connection, process, request)

    @once("record_capture", locking=of_payment)
    async def came_late(
        self, connection: AsyncConnection, process: Process, request: PaymentOf
    ) -> LateMoney:
        told = self._told
        if told.state is not GatewayState.CAPTURED:
            raise PaymentNotCompleted("no money came")
        payment = await self._complete(connection, process, request)
        await close_events(connection, process, request)
        LATE.inc()
        return LateMoney(
            at_gateway=told.state,
            bill_id=payment.bill_id,
            appointment_id=payment.appointment_id,
            patient_id=payment.patient_id,
            amount=Money(amount=payment.amount, currency=payment.currency),
        )

    async def state(self, request: PaymentOf) -> PaymentState:
        """Tell how the payment stands there and here; writes nothing."""
        async with self._engine.connect() as connection:
            payment = await PaymentRepository(connection).find(request.payment_id)
        return PaymentState(
            status=PaymentStatus(payment.status) if payment else PaymentStatus.PENDING,
            at_gateway=self._intent.state if self._intent else GatewayState.OPEN,
        )

    async def _complete(
        self,
        connection: AsyncConnection,
        process: Process,
        request: OpenPayment | PaymentOf,
        failure_code: str | None = None,
    ) -> PaymentRow:
        """Write down once that the money came."""
        payments = PaymentRepository(connection)
        payment = await found(payments, request)
        if payment.status != PaymentStatus.COMPLETED:
            await self._keep(
                *(payments, payment),
                status=PaymentStatus.COMPLETED,
                # Whoever paid in the gateway's own form authorised it there.
                authorised_amount=payment.amount,
                captured_amount=payment.amount,
                paid_at=process.accepted_at,
                failure_code=failure_code,
            )
        elif payment.failure_code != failure_code:
            await payments.change(payment, failure_code=failure_code)
        return payment

    async def _keep(
        self, payments: PaymentRepository, payment: PaymentRow, **values: object
    ) -> None:
        """Write what the gateway said beside what follows from it."""
        reference = payment.reference or (self._intent and self._intent.reference)
        await payments.change(payment, reference=reference, gateway_response=self._kept, **values)

    @property
    def _told(self) -> Intent:
        if self._intent is None:
            raise GatewayUnsure("the gateway knows nothing of it")
        return self._intent

    @property
    def _kept(self) -> dict[str, str | None] | None:
        """What is kept of the answer: nothing of the card."""
        told = self._intent
        if told is None:
            return None
        return {"id": told.reference, "status": told.state, "code": told.declined}

    def _declined(self) -> PaymentDeclined:
        code = self._told.declined or "generic"
        FAILED.labels(code).inc()
        return PaymentDeclined("the card company says no", {"decline_code": code})


async def close_events(
    connection: AsyncConnection, process: Process, request: AboutPayment
) -> None:
    """Close the gateway's events of a payment: the record says what they told."""
    await EventRepository(connection).handle(request.payment_id, process.accepted_at)


async def found(payments: PaymentRepository, request: AboutPayment) -> PaymentRow:
    payment = await payments.lock(request.payment_id)
    if payment is None:
        raise UnknownReference("no such payment", {"field": "payment_id"})
    return payment
