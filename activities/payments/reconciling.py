"""What has not ended in time, and whether the gateway's books agree with ours."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.contract import Money
from activities.inbox import Service
from activities.payments.answers import VOIDED, found, of_payment
from activities.payments.contract import (
    Captured,
    CapturedPayment,
    GatewayState,
    ListUnsettled,
    PaymentOf,
    PaymentStatus,
    Reconciled,
    UnmatchedEvent,
    Unsettled,
    UnsettledPayment,
    UnsettledRefund,
    Verdict,
)
from activities.payments.gateway import Account, TakenPage
from activities.payments.outside import again_and_again
from activities.process import Process
from db.payments.events import EventRepository
from db.payments.repository import PaymentRepository, PaymentRow
from db.payments.unsettled import UnsettledRepository

OVERDUE = timedelta(minutes=15)
"""So long a payment or a refund may be under way before somebody asks."""
FORSAKEN = timedelta(hours=1)
"""After this no process still waits for the payer."""
PAGE = 500

NEVER_ASKED = "never-asked"
"""The gateway was never asked for a payment whose process is long over."""


class UnsettledService(Service):
    """Lists what waits for its end. Keeps nothing."""

    async def list_unsettled(self, process: Process, request: ListUnsettled) -> Unsettled:
        before = process.accepted_at - OVERDUE
        async with self._engine.connect() as connection:
            unsettled = UnsettledRepository(connection)
            payments = await unsettled.list_payments(before, request.after, PAGE)
            ids = [payment.payment_id for payment in payments]
            refunds = await unsettled.list_refunds(ids, before)
            events = [] if request.after else await unsettled.list_unmatched(before, PAGE)
        return Unsettled(
            payments=tuple(
                UnsettledPayment.model_validate(payment, from_attributes=True)
                for payment in payments
            ),
            refunds=tuple(
                UnsettledRefund.model_validate(refund, from_attributes=True) for refund in refunds
            ),
            events=tuple(
                UnmatchedEvent.model_validate(event, from_attributes=True) for event in events
            ),
            next=ids[-1] if len(ids) == PAGE else None,
        )

    async def list_not_completed(self, page: TakenPage) -> Captured:
        """Tell which captured payments the record does not know as completed."""
        ids = [taken.payment_id for taken in page.payments if taken.payment_id]
        async with self._engine.connect() as connection:
            statuses = await UnsettledRepository(connection).list_statuses(ids)
        captured = (
            CapturedPayment(
                reference=taken.reference,
                payment_id=taken.payment_id,
                status=statuses.get(taken.payment_id) if taken.payment_id else None,
            )
            for taken in page.payments
        )
        return Captured(
            payments=tuple(one for one in captured if one.status != PaymentStatus.COMPLETED),
            next=page.next,
        )


class Comparison(Service):
    """Compares one payment with the gateway's books. Money is never repaired here."""

    def __init__(self, engine: AsyncEngine, account: Account | None) -> None:
        super().__init__(engine)
        self._account = account

    @again_and_again(locking=of_payment)
    async def compared(
        self, connection: AsyncConnection, process: Process, request: PaymentOf
    ) -> Reconciled:
        payment = await found(PaymentRepository(connection), request)
        unsettled = UnsettledRepository(connection)
        began_at = await unsettled.find_beginning(payment.payment_id)
        is_forsaken = process.accepted_at - began_at > FORSAKEN
        verdict = await self._verdict(unsettled, payment, is_forsaken=is_forsaken)
        status = await self._ended(connection, payment, verdict, is_forsaken=is_forsaken)
        if verdict is Verdict.AGREES and status is not PaymentStatus.PENDING:
            await EventRepository(connection).handle(payment.payment_id, process.accepted_at)
        return Reconciled(payment_id=payment.payment_id, verdict=verdict, status=status)

    async def _verdict(
        self, unsettled: UnsettledRepository, payment: PaymentRow, *, is_forsaken: bool
    ) -> Verdict:
        match self._account:
            case None:
                is_over = payment.status == PaymentStatus.FAILED
                return Verdict.AGREES if is_over else Verdict.GATEWAY_UNKNOWN
            case Account(state=GatewayState.CAPTURED):
                return await self._captured(unsettled, payment, self._account)
            case _ if payment.status == PaymentStatus.COMPLETED:
                return Verdict.AMOUNT_DIFFERS
            case Account(state=GatewayState.CANCELLED):
                return Verdict.AGREES
        is_over = payment.status == PaymentStatus.FAILED or is_forsaken
        return Verdict.AUTHORISED_STRAY if is_over else Verdict.AGREES

    async def _captured(
        self, unsettled: UnsettledRepository, payment: PaymentRow, account: Account
    ) -> Verdict:
        """Compare what came in, and what went back. What is on its way back may have arrived."""
        if account.captured != Money(amount=payment.amount, currency=payment.currency):
            return Verdict.AMOUNT_DIFFERS
        if payment.status != PaymentStatus.COMPLETED or payment.failure_code:
            return Verdict.CAPTURED_UNKNOWN
        settled = await unsettled.sum_refunded(payment.payment_id)
        agrees = settled <= account.refunded <= payment.refunded
        return Verdict.AGREES if agrees else Verdict.AMOUNT_DIFFERS

    async def _ended(
        self,
        connection: AsyncConnection,
        payment: PaymentRow,
        verdict: Verdict,
        *,
        is_forsaken: bool,
    ) -> PaymentStatus:
        """Let a payment end here that has ended there, or that never came there in an hour."""
        account = self._account
        is_cancelled = account is not None and account.state is GatewayState.CANCELLED
        was_never_asked = verdict is Verdict.GATEWAY_UNKNOWN and is_forsaken
        if payment.status != PaymentStatus.PENDING or not (is_cancelled or was_never_asked):
            return PaymentStatus(payment.status)
        code = VOIDED if is_cancelled else NEVER_ASKED
        await PaymentRepository(connection).change(
            payment, status=PaymentStatus.FAILED, failure_code=code
        )
        return PaymentStatus.FAILED
