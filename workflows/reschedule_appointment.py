"""Move a visit: the new slot is secured before the old one is let go, and the money comes along."""

from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError
from typing_extensions import override

from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import AppointmentBusy, HoldMove, Move, SlotOf, VisitNow
from activities.billing.activities import BillingActivities
from activities.billing.contract import (
    GoesBack,
    MoveQuote,
    PaymentUnderWay,
    PriceOfVisit,
    RepriceBill,
)
from activities.contract import By, Message, Visit
from activities.doctors.activities import DoctorActivities
from activities.doctors.contract import CheckDoctor
from activities.payments.contract import OpenPayment, RefundReason
from workflows.appointment_lifecycle import begin_lifecycle, lifecycle_of
from workflows.messages import Card, amount_of, card_of, id_for
from workflows.money import charge, refund_of
from workflows.saga_workflow import Outcome
from workflows.services import Refused, appointments, billing, doctors, reason_of
from workflows.visit_changes import VisitChange, VisitChanged, changed, wake_lifecycle


class Reschedule(Message):
    """Asks for another slot. `visit` is the visit as it shall be."""

    visit: Visit
    hold_id: UUID
    payment_id: UUID
    """For the difference, if there is one and the bill is paid already."""
    payment_method: str | None = None
    by: By = By.PATIENT
    reason: str | None = None


@workflow.defn(name="RescheduleAppointmentWorkflow")
class RescheduleAppointmentWorkflow(VisitChange):
    """Ends with the visit at its new time, or where and as it was."""

    @workflow.run
    async def run(self, request: Reschedule) -> Outcome[VisitChanged]:
        return await self.settle(self._reschedule(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[VisitChanged]:
        return await self.settled()

    async def _reschedule(self, request: Reschedule) -> None:
        visit = request.visit
        offer = await doctors.call(
            DoctorActivities.check_doctor,
            CheckDoctor(
                doctor_id=visit.doctor_id,
                department_id=visit.department_id,
                slot_start=visit.slot_start,
                service_type=visit.service_type,
            ),
        )
        hold = HoldMove(
            hold_id=request.hold_id,
            visit=visit,
            offer=offer,
            hold_until=workflow.info().workflow_start_time + offer.hold_for,
            by=request.by,
            reason=request.reason,
        )
        self.saga.compensate_with(appointments, AppointmentActivities.drop_move, hold)
        before = await appointments.call(AppointmentActivities.hold_move, hold)
        self.card = card_of(before)

        quote = await self._quote(
            PriceOfVisit(
                appointment_id=visit.appointment_id, fee=offer.fee, tax_rate=offer.tax_rate
            )
        )
        if quote.due_now.amount > 0:
            await self._pay_and_move(request, hold, quote, self.card)
        else:
            move = Move(move=hold, keeps_claim=quote.changes_price)
            moved = await self.saga.pivot(appointments, AppointmentActivities.move, move)
            await self._settle_price(hold, quote, self.card, moved.now)

    async def _quote(self, price: PriceOfVisit) -> MoveQuote:
        """Tell what the move costs. Raises `Refused` when a payment of the visit does not end."""
        try:
            return await billing.call(BillingActivities.quote_move, price)
        except ActivityError as failure:
            if reason_of(failure) != PaymentUnderWay.__name__:
                raise
            busy = "a payment of the visit is under way"
            raise Refused(busy, type=AppointmentBusy.code, non_retryable=True) from failure

    async def _pay_and_move(
        self, request: Reschedule, hold: HoldMove, quote: MoveQuote, before: Card
    ) -> None:
        payment = OpenPayment(
            payment_id=request.payment_id,
            bill_id=quote.bill_id,
            appointment_id=hold.visit.appointment_id,
            patient_id=hold.visit.patient_id,
            amount=quote.due_now,
            process=workflow.info().workflow_id,
        )
        await charge(self.saga, payment, request.payment_method)
        moved = await self.saga.finish(
            appointments,
            AppointmentActivities.move,
            Move(move=hold, is_paid=True, keeps_claim=True),
        )
        if moved and not moved.is_lost:
            await self._settle_price(hold, quote, before, moved.now, payment)
            return
        self.refuse("hold-expired")
        back = refund_of(
            id_for("refund"),
            payment.payment_id,
            payment.amount,
            RefundReason.LATE_PAYMENT,
            "the slot was gone when the money came",
        )
        await self.tail(
            self.saga.finish(appointments, AppointmentActivities.drop_move, hold),
            self.refunds.open(back),
        )

    async def _settle_price(
        self,
        hold: HoldMove,
        quote: MoveQuote,
        before: Card,
        now: VisitNow,
        paid: OpenPayment | None = None,
    ) -> None:
        """Make the bill follow the visit, and tell everybody whom the move concerns."""
        goes_back: tuple[GoesBack, ...] = ()
        if quote.changes_price:
            repriced = await self.saga.finish(
                billing,
                BillingActivities.reprice_bill,
                RepriceBill(
                    appointment_id=now.visit.appointment_id,
                    fee=hold.offer.fee,
                    tax_rate=hold.offer.tax_rate,
                    adjustment_id=id_for("price"),
                    description=f"Consultation with {now.doctor_name}",
                    paid_by=paid and paid.payment_id,
                ),
            )
            goes_back = repriced.goes_back if repriced else ()
            now = await self._end(now)
        card = self.card = card_of(now)
        self.answer(changed(now, refunds=goes_back))
        occurrence = str(hold.hold_id)
        receipt = (
            [self.send("receipt", card, str(paid.payment_id), total=amount_of(paid.amount))]
            if paid
            else []
        )
        await self.tail(
            self.refunds.give_back(goes_back, RefundReason.PRICE_DROP, "the new visit costs less"),
            self._renew_lifecycle(now),
            self.send("moved", card, occurrence, before=before.when),
            self.record("AppointmentRescheduled", card, late=int(now.late_move)),
            *receipt,
        )

    async def _end(self, now: VisitNow) -> VisitNow:
        """Let others change the visit: only now does its bill say what it costs."""
        ended = await self.saga.finish(
            appointments,
            AppointmentActivities.end_move,
            SlotOf(appointment_id=now.visit.appointment_id),
        )
        return ended or now

    async def _renew_lifecycle(self, now: VisitNow) -> None:
        if not await wake_lifecycle(now.visit.appointment_id):
            await begin_lifecycle(lifecycle_of(now))

    @override
    def last_words(self, end: Outcome[VisitChanged]) -> list[Coroutine[Any, Any, object]]:
        if self.card and end.refusal == "payment-declined":
            return [self.send(end.refusal, self.card, workflow.info().workflow_id, stands="yes")]
        return []
