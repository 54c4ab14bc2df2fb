"""What the gateway said of a payment, on its way into the record."""

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.contract import UnknownReference, WrongState
from activities.inbox import Service, once
from activities.payments.contract import (
    Authorisation,
    Authorise,
    GatewayState,
    OpenPayment,
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
from db.payments.repository import PaymentRepository, PaymentRow

VOIDED = "voided"
FAILED = Counter("payments_failed", "Payments that were declined or voided", ["code"])


def of_payment(request: OpenPayment | Authorise | PaymentOf) -> list[str]:
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
        payment = await found(payments, request)
        await payments.change(payment, reference=self._told.reference, gateway_response=self._kept)
        return PaymentOpened(client_secret=self._told.client_secret or "")

    @once("authorise", locking=of_payment)
    async def authorised(
        self, connection: AsyncConnection, process: Process, request: Authorise
    ) -> Authorisation:
        await check_alive(connection, process)
        told = self._told
        match told.state:
            case GatewayState.NEEDS_ACTION:
                return Authorisation(
                    is_authorised=False,
                    client_secret=told.client_secret,
                    next_action=told.next_action,
                )
            case GatewayState.AUTHORISED | GatewayState.CAPTURED:
                payments = PaymentRepository(connection)
                payment = await found(payments, request)
                await payments.change(
                    payment,
                    authorised_amount=payment.amount,
                    authorised_at=process.accepted_at,
                    gateway_response=self._kept,
                )
                return Authorisation(is_authorised=True)
        raise self._declined()

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
        payments = PaymentRepository(connection)
        payment = await found(payments, request)
        if payment.status == PaymentStatus.PENDING:
            await payments.change(
                payment,
                status=PaymentStatus.COMPLETED,
                # Whoever paid in the gateway's own form authorised it there.
                authorised_amount=payment.amount,
                captured_amount=payment.amount,
                paid_at=process.accepted_at,
                gateway_response=self._kept,
            )
        return PaymentState(status=PaymentStatus.COMPLETED, at_gateway=told.state)

    @again_and_again(locking=of_payment)
    async def voided(self, connection: AsyncConnection, _: Process, request: OpenPayment) -> None:
        if self._intent and self._intent.state is GatewayState.CAPTURED:
            raise WrongState("what was captured is not voided", {"status": self._intent.state})
        payments = PaymentRepository(connection)
        payment = await found(payments, request)
        if payment.status == PaymentStatus.PENDING:
            await payments.change(
                payment,
                status=PaymentStatus.FAILED,
                failure_code=VOIDED,
                gateway_response=self._kept,
            )
            FAILED.labels(VOIDED).inc()

    async def state(self, request: PaymentOf) -> PaymentState:
        """Tell how the payment stands there and here; writes nothing."""
        async with self._engine.connect() as connection:
            payment = await PaymentRepository(connection).find(request.payment_id)
        return PaymentState(
            status=PaymentStatus(payment.status) if payment else PaymentStatus.PENDING,
            at_gateway=self._intent.state if self._intent else GatewayState.OPEN,
        )

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


async def found(
    payments: PaymentRepository, request: OpenPayment | Authorise | PaymentOf
) -> PaymentRow:
    payment = await payments.lock(request.payment_id)
    if payment is None:
        raise UnknownReference("no such payment", {"field": "payment_id"})
    return payment
