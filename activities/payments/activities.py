"""What processes may ask of the payments' service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from temporalio import activity

from activities.contract import Undone
from activities.facts import AccountFacts, ChangeFacts, FactsOf, PaymentFacts, PaymentsOf
from activities.findings import CheckInvariants, Found
from activities.payments.contract import (
    Attempt,
    Authorisation,
    Authorise,
    Captured,
    EventRecorded,
    GatewayEvent,
    GatewayState,
    LateMoney,
    ListCaptured,
    ListUnsettled,
    OpenPayment,
    OpenRefund,
    PayAtDesk,
    PaymentOf,
    PaymentOpened,
    PaymentState,
    Reconciled,
    RefundOf,
    RefundState,
    Unsettled,
)
from activities.process import process

if TYPE_CHECKING:
    from activities.payments.gateway import Gateway, Intent, Payment
    from activities.payments.service import PaymentService


class PaymentActivities:
    """Take money and give it back. Every activity is safe to repeat.

    A step at the gateway is three calls: write the intent, ask with our id, write the answer. No
    transaction is open while the gateway is asked.
    """

    def __init__(self, payments: "PaymentService", gateway: "Gateway") -> None:
        self._payments = payments
        self._refunds = payments.refunds
        self._checks = payments.checks
        self._gateway = gateway

    @activity.defn(name="payments.open_payment")
    async def open_payment(self, request: OpenPayment) -> PaymentOpened:
        """Ask for a payment that nobody made yet; its secret lets the patient pay."""
        payment = await self._payments.begin_open_payment(process(), request)
        intent = await self._gateway.open(payment, request.process, attempt())
        async with self._unless_undone(payment, intent):
            return await self._payments.heard(intent).opened(process(), request)

    @activity.defn(name="payments.authorise")
    async def authorise(self, request: Authorise) -> Authorisation:
        """Reserve the money, or refuse: `PaymentDeclined`. A new part is a new try."""
        payment = await self._payments.begin_authorise(process(), request)
        intent = await self._tried(payment, request)
        answer = self._payments.heard(intent)
        async with self._unless_undone(payment, intent):
            if intent.declined:
                await answer.tried(process(), request)
            return await answer.authorised(process(), request)

    @activity.defn(name="payments.capture")
    async def capture(self, request: PaymentOf) -> PaymentState:
        """Take the money that is reserved, or refuse: `PaymentDeclined`."""
        payment = await self._payments.begin_capture(process(), request)
        intent = await self._gateway.capture(payment, request.part, attempt())
        return await self._payments.heard(intent).captured(process(), request)

    @activity.defn(name="payments.record_at_desk")
    async def record_at_desk(self, request: PayAtDesk) -> PaymentState:
        """Record money that was taken without the gateway."""
        return await self._payments.record_at_desk(process(), request)

    @activity.defn(name="payments.record_capture")
    async def record_capture(self, request: PaymentOf) -> LateMoney:
        """Record money that came when nobody waited for it, or refuse: `PaymentNotCompleted`.

        What was not captured is let go first: nobody is there any more who would take it.
        """
        payment = await self._payments.find_payment(request)
        intent = await self._gateway.cancel(payment, attempt())
        answer = self._payments.heard(intent)
        if intent and intent.state is not GatewayState.CAPTURED:
            await answer.let_go(process(), request)
        return await answer.came_late(process(), request)

    @activity.defn(name="payments.void")
    async def void(self, request: OpenPayment) -> None:
        """Let go what this process reserved, however far it came; nothing can be reserved after.

        Money that has come all the same is no reason to stop an undo. It is recorded, and unsettled
        until a process books it or gives it back: that of the gateway's event, or of the night.
        """
        payment = await self._payments.begin_void(process(), request)
        if payment:
            intent = await self._gateway.cancel(payment, attempt())
            await self._payments.heard(intent).let_go(process(), request)

    @activity.defn(name="payments.read_payment")
    async def read_payment(self, request: PaymentOf) -> PaymentState:
        """Ask the gateway how a payment stands; keeps nothing."""
        payment = await self._payments.find_payment(request)
        intent = await self._gateway.read(payment)
        return await self._payments.heard(intent).state(request)

    @activity.defn(name="payments.open_refund")
    async def open_refund(self, request: OpenRefund) -> RefundState:
        """Decide that money goes back: `PaymentNotCompleted`, `RefundExceedsPayment`."""
        return await self._refunds.open_refund(process(), request)

    @activity.defn(name="payments.request_refund")
    async def request_refund(self, request: RefundOf) -> RefundState:
        """Ask the gateway to give back. A new part asks for what had failed once more."""
        refund = await self._refunds.begin_request_refund(process(), request)
        told = (
            await self._gateway.give_back(refund, process().id, request.part, attempt())
            if refund
            else None
        )
        return await self._refunds.heard(told).requested(process(), request)

    @activity.defn(name="payments.settle_refund")
    async def settle_refund(self, request: RefundOf) -> RefundState:
        """Ask how a refund ended; what failed may be given back otherwise."""
        refund = await self._refunds.begin_settle_refund(process(), request)
        told = await self._gateway.read_refund(refund) if refund else None
        return await self._refunds.heard(told).settled(process(), request)

    @activity.defn(name="payments.record_event")
    async def record_event(self, request: GatewayEvent) -> EventRecorded:
        """Keep an event of the gateway, without what it says of the card."""
        return await self._payments.events.record_event(process(), request)

    @activity.defn(name="payments.list_unsettled")
    async def list_unsettled(self, request: ListUnsettled) -> Unsettled:
        """Tell what has waited too long for its end; keeps nothing."""
        return await self._payments.unsettled.list_unsettled(process(), request)

    @activity.defn(name="payments.reconcile_payment")
    async def reconcile_payment(self, request: PaymentOf) -> Reconciled:
        """Compare a payment with the gateway's books, and let end what has ended there.

        Events of what agrees are handled. Money is not repaired: whoever asks decides.
        """
        payment = await self._payments.find_payment(request)
        account = await self._gateway.audit(payment)
        return await self._payments.audited(account).compared(process(), request)

    @activity.defn(name="payments.list_captured")
    async def list_captured(self, request: ListCaptured) -> Captured:
        """Tell what the gateway captured and is not completed here; keeps nothing."""
        page = await self._gateway.list_captured(request.since, request.until, request.after)
        return await self._payments.unsettled.list_not_completed(page)

    @activity.defn(name="payments.check_invariants")
    async def check_invariants(self, request: CheckInvariants) -> Found:
        """Look at a page of what must never be; changes nothing."""
        return await self._checks.check_invariants(request)

    @activity.defn(name="payments.list_accounts")
    async def list_accounts(self, request: FactsOf) -> AccountFacts:
        """Tell what came for the visits of a page of payments; keeps nothing."""
        return await self._checks.list_accounts(request)

    @activity.defn(name="payments.list_payments")
    async def list_payments(self, request: PaymentsOf) -> PaymentFacts:
        """Tell of payments that changed in a span of time; keeps nothing."""
        return await self._checks.list_payments(request)

    @activity.defn(name="payments.list_changes")
    async def list_changes(self, request: FactsOf) -> ChangeFacts:
        """Tell which processes changed a page of payments, and when last; keeps nothing."""
        return await self._checks.list_changes(request)

    async def _tried(self, payment: "Payment", request: Authorise) -> "Intent":
        """Ask for the money: of a payment that the gateway never heard of in one call."""
        if request.opens and payment.reference is None:
            return await self._gateway.open_authorised(
                payment, request.payment_method, request.opens.process, attempt()
            )
        return await self._gateway.authorise(
            payment, request.payment_method, request.part, attempt()
        )

    @asynccontextmanager
    async def _unless_undone(self, payment: "Payment", intent: "Intent") -> AsyncIterator[None]:
        """Take back what a late attempt did after its undo: nobody else will."""
        try:
            yield
        except Undone:
            late = replace(payment, reference=intent.reference)
            await self._gateway.cancel(late, attempt())
            raise


def attempt() -> Attempt:
    """Tell how often and how long the running step has been tried."""
    info = activity.info()
    waited = info.current_attempt_scheduled_time - info.scheduled_time
    return Attempt(number=info.attempt, waited=waited)
