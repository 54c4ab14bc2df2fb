"""Give money back because staff say so."""

from uuid import UUID

from temporalio import workflow

from activities.analytics.activities import AnalyticsActivities
from activities.analytics.contract import Record
from activities.billing.activities import BillingActivities
from activities.billing.contract import RecordRefund, ReserveRefund
from activities.contract import Message, Money
from activities.payments.activities import PaymentActivities
from activities.payments.contract import OpenRefund, RefundReason, RefundStatus
from workflows.money import MoneyWorkflow, Refunds, refund_of
from workflows.payers import Payer, tell_payer
from workflows.saga_workflow import Outcome
from workflows.services import analytics, billing, payments


class RefundPayment(Message):
    refund_id: UUID
    payment_id: UUID
    amount: Money
    reason: str


class RefundDecided(Message):
    """A refund that is certain to be carried out, or to stand before a person."""

    refund_id: UUID
    payment_id: UUID
    status: RefundStatus


@workflow.defn(name="RefundPaymentWorkflow")
class RefundPaymentWorkflow(MoneyWorkflow[RefundDecided]):
    """Ends with the money given back and credited, or with a person who settled it by hand."""

    object_type = "refund"

    def __init__(self) -> None:
        super().__init__()
        self._payer: Payer | None = None
        self._refunds = Refunds(self.saga, lambda: self.nudges, self._tell_of_refund)

    @workflow.run
    async def run(self, request: RefundPayment) -> Outcome[RefundDecided]:
        return await self.settle(self._refund(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[RefundDecided]:
        return await self.settled()

    async def _refund(self, request: RefundPayment) -> None:
        saga = self.saga
        reserve = ReserveRefund(
            refund_id=request.refund_id, payment_id=request.payment_id, amount=request.amount
        )
        saga.compensate_with(billing, BillingActivities.release_refund, reserve)
        due = await billing.call(BillingActivities.reserve_refund, reserve)
        payer = self._payer = Payer(patient_id=due.patient_id, appointment_id=due.appointment_id)

        refund = refund_of(
            *(request.refund_id, request.payment_id, request.amount),
            *(RefundReason.GOODWILL, request.reason),
        )
        opened = await saga.pivot(payments, PaymentActivities.open_refund, refund)
        self.answer(
            RefundDecided(
                refund_id=request.refund_id, payment_id=request.payment_id, status=opened.status
            )
        )
        decided = Record(
            type="RefundDecided",
            occurred_at=workflow.info().workflow_start_time,
            appointment_id=payer.appointment_id,
            patient_id=payer.patient_id,
            data={"amount": str(request.amount.amount)},
        )
        record = RecordRefund(refund_id=request.refund_id, credits=True, reason=request.reason)
        await self.tail(
            self._refunds.carry_out(refund, record),
            saga.finish(analytics, AnalyticsActivities.record, decided),
        )

    async def _tell_of_refund(self, event: str, refund: OpenRefund) -> None:
        if self._payer:
            await tell_payer(self.saga, self._payer, event, refund.refund_id, refund.amount)
