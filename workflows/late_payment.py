"""Money that came when nobody waited for it: it books the visit after all, or goes back."""

import asyncio
from decimal import Decimal
from uuid import UUID

from temporalio import workflow

from activities.analytics.activities import AnalyticsActivities
from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import AppointmentStatus, SlotOf, SlotState
from activities.billing.activities import BillingActivities
from activities.billing.contract import ApplyPayment, ReopenBill, VoidBill
from activities.contract import Message, Money
from activities.notifications.activities import NotificationActivities
from activities.payments.activities import PaymentActivities
from activities.payments.contract import LateMoney, OpenRefund, PaymentOf, RefundReason
from workflows.appointment_lifecycle import SAGAS, begin_lifecycle, lifecycle_of
from workflows.children import begin
from workflows.messages import about_visit, card_of, event_of, id_for
from workflows.money import MoneyWorkflow, Refunds, refund_of
from workflows.payers import Payer, tell_payer
from workflows.saga_workflow import Outcome
from workflows.services import analytics, appointments, billing, notifications, payments

NOTHING = Decimal(0)
NEVER_BOOKED = (AppointmentStatus.EXPIRED, AppointmentStatus.RELEASED)


class LatePayment(Message):
    payment_id: UUID


class LatePaymentSettled(Message):
    """What became of the money: what is not given back is on its bill."""

    payment_id: UUID
    is_booked: bool
    given_back: Money


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
        payer = self._payer = Payer(
            patient_id=money.patient_id, appointment_id=money.appointment_id
        )
        slot = await self._take_slot(money)
        is_booked = slot is not None and not slot.is_lost
        bill_id = await self._live_bill(money) if is_booked else await self._last_bill(money, slot)
        applied = await self.saga.finish(
            billing,
            BillingActivities.apply_payment,
            ApplyPayment(bill_id=bill_id, payment_id=request.payment_id, amount=money.amount),
        )
        excess = Money(
            amount=applied.excess if applied else NOTHING, currency=money.amount.currency
        )
        self.answer(
            LatePaymentSettled(
                payment_id=request.payment_id, is_booked=is_booked, given_back=excess
            )
        )
        kept = money.amount.model_copy(update={"amount": money.amount.amount - excess.amount})
        is_new = slot is not None and is_booked and not slot.was_already
        await self.tail(
            *([self._give_back(request, excess)] if excess.amount else []),
            *(
                [tell_payer(self.saga, payer, "receipt", request.payment_id, kept)]
                if kept.amount
                else []
            ),
            *([self._begin_visit(money.appointment_id)] if is_new and money.appointment_id else []),
        )

    async def _take_slot(self, money: LateMoney) -> SlotState | None:
        """Take the slot again, if it is free. `None`: the payment is for no visit."""
        if money.appointment_id is None:
            return None
        return await self.saga.finish(
            appointments,
            AppointmentActivities.confirm_slot,
            SlotOf(appointment_id=money.appointment_id),
        )

    async def _live_bill(self, money: LateMoney) -> UUID:
        """Find the bill that asks for this money: a void one stays void, and is written again."""
        new_bill_id = id_for("bill")
        reopened = await self.saga.finish(
            billing,
            BillingActivities.reopen_bill,
            ReopenBill(bill_id=money.bill_id, new_bill_id=new_bill_id),
        )
        # Who skips it writes the bill by hand, under this id; until then the money waits for it.
        return reopened.bill_id if reopened else new_bill_id

    async def _last_bill(self, money: LateMoney, slot: SlotState | None) -> UUID:
        """Close the bill of a visit that never was, if nobody could; a cancelled one may owe."""
        if slot and slot.status in NEVER_BOOKED:
            close = VoidBill(bill_id=money.bill_id)
            await self.saga.finish(billing, BillingActivities.close_bill, close)
        return money.bill_id

    async def _give_back(self, request: LatePayment, excess: Money) -> None:
        back = refund_of(
            *(id_for("refund"), request.payment_id, excess, RefundReason.LATE_PAYMENT),
            "the money came when nothing was left to pay for",
        )
        await self._refunds.open(back)

    async def _begin_visit(self, appointment_id: UUID) -> None:
        """Do what the booking would have done for a visit that its money has booked."""
        now = await self.saga.finish(
            appointments,
            AppointmentActivities.read_visit,
            SlotOf(appointment_id=appointment_id, part="booked"),
        )
        if now is None or now.status is not AppointmentStatus.BOOKED:
            return
        card = card_of(now)
        created = event_of("AppointmentCreated", card, prepaid=1)
        await asyncio.gather(
            self.saga.finish(
                notifications, NotificationActivities.send, about_visit("booked", card)
            ),
            self.saga.finish(analytics, AnalyticsActivities.record, created),
            begin_lifecycle(lifecycle_of(now)),
        )

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
