"""Money that came when nobody waited for it: it books the visit after all, or goes back."""

from uuid import UUID

from temporalio import workflow

from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import AppointmentStatus, SlotOf
from activities.billing.activities import BillingActivities
from activities.billing.contract import ApplyPayment, ReopenBill
from activities.contract import Message, Money
from activities.notifications.activities import NotificationActivities
from activities.payments.activities import PaymentActivities
from activities.payments.contract import LateMoney, OpenRefund, PaymentOf, RefundReason
from workflows.appointment_lifecycle import SAGAS, begin_lifecycle, lifecycle_of
from workflows.children import begin
from workflows.messages import about_visit, card_of, id_for
from workflows.money import MoneyWorkflow, Refunds, refund_of
from workflows.payers import Payer, tell_payer
from workflows.saga_workflow import Outcome
from workflows.services import appointments, billing, notifications, payments


class LatePayment(Message):
    payment_id: UUID


class LatePaymentSettled(Message):
    """What became of the money: `applied` to a bill, `given_back`, or some of both."""

    payment_id: UUID
    is_booked: bool
    given_back: Money | None = None


@workflow.defn(name="LatePaymentWorkflow")
class LatePaymentWorkflow(MoneyWorkflow[LatePaymentSettled]):
    """Ends with a booked visit that is paid, or with the money given back; never with both."""

    object_type = "payment"

    def __init__(self) -> None:
        super().__init__()
        self._payer: Payer | None = None
        self._refunds = Refunds(self.saga, lambda: self.nudges, self._tell_of_refund)

    @workflow.run
    async def run(self, request: LatePayment) -> Outcome[LatePaymentSettled]:
        return await self.settle(self._settle_late(request))

    async def _settle_late(self, request: LatePayment) -> None:
        money = await self.saga.pivot(
            payments,
            PaymentActivities.record_capture,
            PaymentOf(payment_id=request.payment_id),
        )
        self._payer = Payer(patient_id=money.patient_id, appointment_id=money.appointment_id)
        is_booked = await self._book(money)
        bill_id = await self._live_bill(money) if is_booked else money.bill_id
        applied = await self.saga.finish(
            billing,
            BillingActivities.apply_payment,
            ApplyPayment(bill_id=bill_id, payment_id=request.payment_id, amount=money.amount),
        )
        excess = (
            Money(amount=applied.excess, currency=money.amount.currency)
            if applied and applied.excess
            else None
        )
        self.answer(
            LatePaymentSettled(
                payment_id=request.payment_id, is_booked=is_booked, given_back=excess
            )
        )
        if excess:
            back = refund_of(
                *(id_for("refund"), request.payment_id, excess, RefundReason.LATE_PAYMENT),
                "the money came when nothing was left to pay for",
            )
            await self.tail(self._refunds.open(back))
        else:
            await self.tail(
                tell_payer(self.saga, self._payer, "receipt", request.payment_id, money.amount),
                *([self._begin_visit(money.appointment_id)] if money.appointment_id else []),
            )

    async def _book(self, money: LateMoney) -> bool:
        """Take the slot again, if it is free: it is not for sale to anybody else any more."""
        if money.appointment_id is None:
            return False
        state = await self.saga.finish(
            appointments,
            AppointmentActivities.confirm_slot,
            SlotOf(appointment_id=money.appointment_id),
        )
        return state is not None and not state.is_lost

    async def _live_bill(self, money: LateMoney) -> UUID:
        """Find the bill that asks for this money: a void one stays void, and is written again."""
        reopened = await self.saga.finish(
            billing,
            BillingActivities.reopen_bill,
            ReopenBill(bill_id=money.bill_id, new_bill_id=id_for("bill")),
        )
        return reopened.bill_id if reopened else money.bill_id

    async def _begin_visit(self, appointment_id: UUID) -> None:
        """Begin the life of a visit that was booked by its money; one that lives is not harmed."""
        now = await self.saga.finish(
            appointments,
            AppointmentActivities.read_visit,
            SlotOf(appointment_id=appointment_id, part="booked"),
        )
        if now is None or now.status is not AppointmentStatus.BOOKED:
            return
        message = about_visit("booked", card_of(now))
        await self.saga.finish(notifications, NotificationActivities.send, message)
        await begin_lifecycle(lifecycle_of(now))

    async def _tell_of_refund(self, event: str, refund: OpenRefund) -> None:
        if self._payer:
            said = (event, refund.refund_id, refund.amount)
            await tell_payer(self.saga, self._payer, *said, late="yes")


async def begin_late_payment(payment_id: UUID) -> None:
    """Look after money that came late; it is looked after once."""
    await begin(
        LatePaymentWorkflow.run,
        LatePayment(payment_id=payment_id),
        id=f"late-payment-{payment_id}",
        task_queue=SAGAS,
        about={},
    )
