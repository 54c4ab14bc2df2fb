"""The rules of payments: what is written before the gateway is asked."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.contract import Money, UnknownReference, WrongState
from activities.inbox import Service, first_part, is_done, key_of, once
from activities.payments.amounts import minor_units
from activities.payments.answers import VOIDED, PaymentAnswer, of_payment
from activities.payments.checks import PaymentChecks
from activities.payments.contract import (
    Authorise,
    OpenPayment,
    PayAtDesk,
    PaymentOf,
    PaymentState,
    PaymentStatus,
)
from activities.payments.events import EventService
from activities.payments.gateway import Account, Intent, Payment
from activities.payments.outside import again_and_again, check_alive, look
from activities.payments.reconciling import Comparison, UnsettledService
from activities.payments.refunds import RefundService
from activities.process import Process
from db.inbox import Inbox
from db.payments.repository import CARD, PaymentRepository, PaymentRow


class PaymentService(Service):
    """Writes intents and answers; the gateway is asked between the two, in no transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.refunds = RefundService(engine)
        self.checks = PaymentChecks(engine)
        self.events = EventService(engine)
        self.unsettled = UnsettledService(engine)

    def heard(self, intent: Intent | None) -> PaymentAnswer:
        """Take what the gateway said of a payment, to be written down."""
        return PaymentAnswer(self._engine, intent)

    def audited(self, account: Account | None) -> Comparison:
        """Take what the gateway's books say of a payment, to be compared."""
        return Comparison(self._engine, account)

    @again_and_again(locking=of_payment)
    async def begin_open_payment(
        self, connection: AsyncConnection, process: Process, request: OpenPayment
    ) -> Payment:
        await look(connection, process, "open_payment", request)
        return known(await expected(connection, process, request))

    @again_and_again(locking=of_payment)
    async def begin_authorise(
        self, connection: AsyncConnection, process: Process, request: Authorise
    ) -> Payment:
        await look(connection, process, "authorise", request)
        await check_alive(connection, process)
        if request.opens:
            return known(await expected(connection, process, request.opens))
        return known(await PaymentRepository(connection).find(request.payment_id))

    @again_and_again(locking=of_payment)
    async def begin_capture(
        self, connection: AsyncConnection, process: Process, request: PaymentOf
    ) -> Payment:
        await look(connection, process, "capture", request)
        await check_alive(connection, process)
        return known(await PaymentRepository(connection).find(request.payment_id))

    @again_and_again(locking=of_payment)
    async def begin_void(
        self, connection: AsyncConnection, process: Process, request: OpenPayment
    ) -> Payment | None:
        """Bury the payment before the gateway is asked. None: it never was, and never will be."""
        inbox, key = Inbox(connection), key_of(process, "open_payment", first_part(request))
        if not await inbox.bury(key, process.id) and is_done(await inbox.find_answer(key)):
            await inbox.undo(key)
        payments = PaymentRepository(connection)
        payment = await payments.lock(request.payment_id)
        if payment and payment.status == PaymentStatus.COMPLETED:
            # Too late: the money has come. The undo goes on, and a process must be found for it.
            await payments.change(payment, failure_code=VOIDED)
            return None
        return known(payment) if payment else None

    @once("record_at_desk", locking=of_payment)
    async def record_at_desk(
        self, connection: AsyncConnection, process: Process, request: PayAtDesk
    ) -> PaymentState:
        minor_units(request.amount)
        payments = PaymentRepository(connection)
        taken = {"method": request.method, "reference": request.reference}
        payment = await payments.add(row_of(process, request) | taken)
        await payments.change(
            payment,
            status=PaymentStatus.COMPLETED,
            authorised_amount=payment.amount,
            authorised_at=process.accepted_at,
            captured_amount=payment.amount,
            paid_at=process.accepted_at,
        )
        return PaymentState(status=PaymentStatus.COMPLETED)

    async def find_payment(self, request: PaymentOf) -> Payment:
        async with self._engine.connect() as connection:
            return known(await PaymentRepository(connection).find(request.payment_id))


async def expected(
    connection: AsyncConnection, process: Process, request: OpenPayment
) -> PaymentRow:
    """Find the payment, or write down that it is expected."""
    minor_units(request.amount)
    payments = PaymentRepository(connection)
    # Asked before the insert: a conflict would come after the trigger has written history.
    if there := await payments.find(request.payment_id):
        return there
    return await payments.add(row_of(process, request))


def known(payment: PaymentRow | None) -> Payment:
    """Tell the gateway's side of a payment."""
    if payment is None:
        raise UnknownReference("no such payment", {"field": "payment_id"})
    if payment.method != CARD:
        raise WrongState("it was paid at the desk", {"status": payment.status})
    amount = Money(amount=payment.amount, currency=payment.currency)
    return Payment(payment.payment_id, amount, payment.reference)


def row_of(process: Process, request: OpenPayment | PayAtDesk) -> dict[str, Any]:
    origin = process.origin
    return {
        "payment_id": request.payment_id,
        "bill_id": request.bill_id,
        "appointment_id": request.appointment_id,
        "patient_id": request.patient_id,
        "amount": request.amount.amount,
        "currency": request.amount.currency,
        "method": CARD,
        "idempotency_key": str(request.payment_id),
        "created_by": origin.account_id,
        "updated_by": origin.account_id,
        "correlation_id": origin.correlation_id,
    }
