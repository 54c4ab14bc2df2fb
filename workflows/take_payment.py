"""Take a payment on a bill: a part of it, or all; by card, or at the desk."""

from collections.abc import Coroutine
from decimal import Decimal
from typing import Any
from uuid import UUID

from temporalio import workflow
from typing_extensions import override

from activities.analytics.activities import AnalyticsActivities
from activities.analytics.contract import Record
from activities.billing.activities import BillingActivities
from activities.billing.contract import ApplyPayment, BillStatus, ReservePayment
from activities.contract import Message, Money
from activities.payments.activities import PaymentActivities
from activities.payments.contract import (
    Method,
    OpenPayment,
    OpenRefund,
    PayAtDesk,
    PaymentStatus,
    RefundReason,
)
from workflows.messages import id_for
from workflows.money import MoneyWorkflow, Refunds, charge, refund_of
from workflows.payers import Payer, tell_payer
from workflows.saga_workflow import Outcome
from workflows.services import analytics, billing, payments

NOTHING = Decimal(0)


class TakePayment(Message):
    """Asks to pay. A card needs a method of the gateway; the desk may note a reference."""

    payment_id: UUID
    bill_id: UUID
    amount: Money
    method: Method
    payment_method: str | None = None
    reference: str | None = None


class PaymentTaken(Message):
    payment_id: UUID
    bill_id: UUID
    status: PaymentStatus
    bill_status: BillStatus | None = None
    """As the payment left it; unknown, when a person puts it on the bill by hand."""


@workflow.defn(name="TakePaymentWorkflow")
class TakePaymentWorkflow(MoneyWorkflow[PaymentTaken]):
    """Ends with money taken and on its bill, or with nothing taken."""

    object_type = "payment"

    def __init__(self) -> None:
        super().__init__()
        self._payer: Payer | None = None
        self._request: TakePayment | None = None
        self._refunds = Refunds(self.saga, lambda: self.nudges, self._tell_of_refund)

    @workflow.run
    async def run(self, request: TakePayment) -> Outcome[PaymentTaken]:
        self._request = request
        return await self.settle(self._take(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[PaymentTaken]:
        return await self.settled()

    async def _take(self, request: TakePayment) -> None:
        saga = self.saga
        reserve = ReservePayment(
            payment_id=request.payment_id, bill_id=request.bill_id, amount=request.amount
        )
        saga.compensate_with(billing, BillingActivities.release_payment, reserve)
        due = await billing.call(BillingActivities.reserve_payment, reserve)
        payer = self._payer = Payer(patient_id=due.patient_id, appointment_id=due.appointment_id)

        await self._collect(request, payer)
        applied = await saga.finish(
            billing,
            BillingActivities.apply_payment,
            ApplyPayment(
                bill_id=request.bill_id, payment_id=request.payment_id, amount=request.amount
            ),
        )
        self.answer(
            PaymentTaken(
                payment_id=request.payment_id,
                bill_id=request.bill_id,
                status=PaymentStatus.COMPLETED,
                bill_status=applied and applied.status,
            )
        )
        excess = applied.excess if applied else NOTHING
        taken = Record(
            type="PaymentCompleted",
            occurred_at=workflow.info().workflow_start_time,
            appointment_id=payer.appointment_id,
            patient_id=payer.patient_id,
            data={"amount": str(request.amount.amount), "method": request.method},
        )
        await self.tail(
            tell_payer(saga, payer, "receipt", request.payment_id, request.amount),
            saga.finish(analytics, AnalyticsActivities.record, taken),
            *([self._give_back(request, excess)] if excess else []),
        )

    async def _collect(self, request: TakePayment, payer: Payer) -> None:
        """Take the money: at the gateway, or as the desk says."""
        what = {**payer.model_dump(), **request.model_dump(include={"payment_id", "bill_id"})}
        if request.method is Method.CARD:
            process = workflow.info().workflow_id
            payment = OpenPayment(amount=request.amount, process=process, **what)
            await charge(self.saga, payment, request.payment_method)
            return
        at_desk = PayAtDesk(
            amount=request.amount, method=request.method, reference=request.reference, **what
        )
        await self.saga.pivot(payments, PaymentActivities.record_at_desk, at_desk)

    async def _give_back(self, request: TakePayment, excess: Decimal) -> None:
        amount = Money(amount=excess, currency=request.amount.currency)
        why = (RefundReason.DUPLICATE, "the bill no longer asked for it")
        await self._refunds.open(refund_of(id_for("excess"), request.payment_id, amount, *why))

    async def _tell_of_refund(self, event: str, refund: OpenRefund) -> None:
        if self._payer:
            await tell_payer(self.saga, self._payer, event, refund.refund_id, refund.amount)

    @override
    def last_words(self, end: Outcome[PaymentTaken]) -> list[Coroutine[Any, Any, object]]:
        request, payer = self._request, self._payer
        if request and payer and end.refusal == "payment-declined":
            said = (end.refusal, request.payment_id, request.amount)
            return [tell_payer(self.saga, payer, *said, stands="yes")]
        return []
