"""Book a visit: checked, slot taken, billed; paid later, at once, or while the slot is held."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from temporalio import workflow
from typing_extensions import override

from activities.analytics.activities import AnalyticsActivities
from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import SlotState
from activities.billing.activities import BillingActivities
from activities.billing.contract import ApplyPayment, VoidBill
from activities.contract import Message, Money, Visit
from activities.notifications.activities import NotificationActivities
from activities.payments.activities import PaymentActivities
from activities.payments.contract import OpenPayment, RefundReason
from workflows.appointment_lifecycle import Lifecycle, begin_lifecycle
from workflows.held_payment import Booking, HeldPayment, Pay, Release
from workflows.known_visit import Known, check
from workflows.messages import about_visit, amount_of, event_of, id_for
from workflows.money import Refunds, refund_of
from workflows.saga_workflow import Outcome, SagaWorkflow
from workflows.services import (
    analytics,
    appointments,
    billing,
    notifications,
    payments,
)

Values = dict[str, str]


class PayNow(Message):
    """Paid before it is booked: with a method sent along, or while the slot is held."""

    payment_id: UUID
    payment_method: str | None = None


class BookAppointment(Message):
    visit: Visit
    bill_id: UUID
    pay: PayNow | None = None
    symptoms: str | None = None


@workflow.defn(name="BookAppointmentWorkflow")
class BookAppointmentWorkflow(SagaWorkflow[Booking]):
    """Ends with a booked appointment, or with no trace of one that costs anybody anything."""

    object_type = "appointment"

    def __init__(self) -> None:
        super().__init__()
        self._known: Known | None = None
        self._held = HeldPayment(self)

    @workflow.run
    async def run(self, request: BookAppointment) -> Outcome[Booking]:
        return await self.settle(self._book(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[Booking]:
        return await self.settled()

    @workflow.update(description="Pay while the slot is held")
    async def pay(self, request: Pay) -> Outcome[Booking]:
        return await self._held.ask(request)

    @workflow.update(description="Let the held slot go")
    async def release(self, request: Release) -> Outcome[Booking]:
        return await self._held.ask(request)

    @pay.validator
    def _can_pay(self, request: Pay) -> None:  # noqa: ARG002 - its signature is the update's
        self._held.expect_open()

    @release.validator
    def _can_release(self, request: Release) -> None:  # noqa: ARG002 - as above
        self._held.expect_open()

    @workflow.signal(description="The gateway has news of a payment")
    def gateway_event(self) -> None:
        self._held.nudge()

    async def _book(self, request: BookAppointment) -> None:
        known = self._known = await check(
            request.visit,
            request.bill_id,
            request.symptoms,
            paid_by=request.pay.payment_id if request.pay else None,
        )
        if request.pay is None or known.slot.hold_until is None:
            booked = await self.saga.pivot(
                *(appointments, AppointmentActivities.book_slot, known.slot),
                undo=AppointmentActivities.release_slot,
            )
            self.answer(booking_of(known, booked))
            await self.tail(
                self.saga.finish(billing, BillingActivities.open_bill, known.bill),
                *self._told(known, "booked"),
            )
        else:
            await self._hold_and_pay(known, request.pay)

    async def _hold_and_pay(self, known: Known, pay: PayNow) -> None:
        saga = self.saga

        saga.compensate_with(appointments, AppointmentActivities.release_slot, known.slot)
        held = await appointments.call(AppointmentActivities.hold_slot, known.slot)

        saga.compensate_with(billing, BillingActivities.void_bill, known.bill)
        bill = await billing.call(BillingActivities.open_bill, known.bill)

        payment = OpenPayment(
            payment_id=pay.payment_id,
            bill_id=known.bill.bill_id,
            appointment_id=known.visit.appointment_id,
            patient_id=known.visit.patient_id,
            amount=bill.total,
            process=workflow.info().workflow_id,
        )
        saga.compensate_with(payments, PaymentActivities.void, payment)
        await self._held.collect(
            booking_of(known, held),
            payment,
            pay.payment_method,
            until=workflow.info().workflow_start_time + known.offer.hold_for,
        )
        await self._confirm(known, payment)

    async def _confirm(self, known: Known, payment: OpenPayment) -> None:
        """Book what was paid for, or give the money back: its slot may be someone else's by now."""
        state = await self.saga.finish(
            appointments, AppointmentActivities.confirm_slot, known.slot_of
        )
        if state is None or state.is_lost:
            self.refuse("hold-expired")
            await self.tail(self._give_back(known, payment))
            return
        self.answer(booking_of(known, state))
        applied = ApplyPayment(
            bill_id=payment.bill_id, payment_id=payment.payment_id, amount=payment.amount
        )
        await self.tail(
            self.saga.finish(billing, BillingActivities.apply_payment, applied),
            *self._told(known, "booked", "receipt", total=payment.amount),
        )

    async def _give_back(self, known: Known, payment: OpenPayment) -> None:
        close = VoidBill(bill_id=payment.bill_id)
        back = refund_of(
            *(id_for("refund"), payment.payment_id, payment.amount, RefundReason.LATE_PAYMENT),
            "the slot was gone when the money came",
        )
        refunds = Refunds(
            self.saga,
            lambda: self._held.nudges,
            lambda event, of: self._send(known, event, total=of.amount, say={"late": "yes"}),
        )
        await asyncio.gather(
            # If a person skipped the confirmation, the slot is still held.
            self.saga.finish(appointments, AppointmentActivities.expire_slot, known.slot_of),
            self.saga.finish(billing, BillingActivities.close_bill, close),
            refunds.open(back),
        )

    def _told(
        self, known: Known, *messages: str, total: Money | None = None
    ) -> list[Coroutine[Any, Any, object]]:
        """Tell everybody whom a booking concerns."""
        visit, offer = known.visit, known.offer
        created = event_of("AppointmentCreated", known.card, prepaid=int(total is not None))
        return [
            begin_lifecycle(
                Lifecycle(
                    appointment_id=visit.appointment_id,
                    slot_start=visit.slot_start,
                    slot_end=offer.ends_at,
                    terms=offer.terms,
                )
            ),
            self.saga.finish(analytics, AnalyticsActivities.record, created),
            *(self._send(known, message, total=total) for message in messages),
        ]

    def _send(
        self, known: Known, event: str, *, total: Money | None = None, say: Values | None = None
    ) -> Coroutine[Any, Any, object]:
        values = (say or {}) | ({"total": amount_of(total)} if total else {})
        message = about_visit(event, known.card, **values)
        return self.saga.finish(notifications, NotificationActivities.send, message)

    @override
    def last_words(self, end: Outcome[Booking]) -> list[Coroutine[Any, Any, object]]:
        if self._known and end.refusal in ("payment-declined", "hold-expired"):
            return [self._send(self._known, end.refusal, say=end.details)]
        return []


def booking_of(known: Known, state: SlotState) -> Booking:
    return Booking(
        appointment_id=known.visit.appointment_id,
        status=state.status,
        version=state.version,
        bill_id=known.bill.bill_id,
    )
