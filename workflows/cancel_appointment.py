"""Cancel a visit: its slot is free at once, the policy decides the fee, the rest goes back."""

from typing import Any
from uuid import UUID

from temporalio import workflow

from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import CancelVisit, SlotOf, VisitNow
from activities.billing.activities import BillingActivities
from activities.billing.contract import (
    ApplyCancellation,
    CancellationApplied,
    CancellationAsked,
    QuoteCancellation,
)
from activities.contract import By, Message, Money
from activities.payments.contract import RefundReason
from workflows.messages import amount_of, card_of, id_for
from workflows.saga_workflow import Outcome
from workflows.services import appointments, billing
from workflows.visit_changes import VisitChange, VisitChanged, changed, wake_lifecycle

WHY = {
    By.PATIENT: RefundReason.PATIENT_CANCELLED,
    By.HOSPITAL: RefundReason.HOSPITAL_CANCELLED,
}


class Cancel(Message):
    """Asks to cancel. With `accept_fee` it is refused, if it costs more by now."""

    appointment_id: UUID
    by: By
    reason: str
    accept_fee: Money | None = None


@workflow.defn(name="CancelAppointmentWorkflow")
class CancelAppointmentWorkflow(VisitChange):
    """Ends with the visit cancelled and every part of its money where it belongs."""

    @workflow.run
    async def run(self, request: Cancel) -> Outcome[VisitChanged]:
        return await self.settle(self._cancel(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[VisitChanged]:
        return await self.settled()

    async def _cancel(self, request: Cancel) -> None:
        agreed = await self._agreed_version(request, request.accept_fee)
        now = await self.saga.pivot(
            appointments,
            AppointmentActivities.cancel,
            CancelVisit(
                appointment_id=request.appointment_id,
                by=request.by,
                reason=request.reason,
                version=agreed,
            ),
        )
        card = self.card = card_of(now)
        applied = await self.saga.finish(
            billing,
            BillingActivities.apply_cancellation,
            ApplyCancellation(
                appointment_id=request.appointment_id,
                asked=asked(request.by, now),
                adjustment_id=id_for("cancellation"),
                reason=request.reason,
            ),
        )
        cost: dict[str, Any] = {}
        if applied:  # Else a person settles the bill by hand.
            cost = {"fee": applied.fee, "rule": applied.rule, "refunds": applied.goes_back}
        self.answer(changed(now, **cost))
        await self.tail(
            self.refunds.give_back(cost.get("refunds", ()), WHY[request.by], request.reason),
            wake_lifecycle(request.appointment_id),
            self.send("cancelled", card, **said_of(applied)),
            self.record("AppointmentCancelled", card, by=request.by),
        )

    async def _agreed_version(self, request: Cancel, accept_fee: Money | None) -> int | None:
        """Tell for which version of the visit the fee was agreed to: another may cost more."""
        if accept_fee is None:
            return None
        now = await appointments.call(
            AppointmentActivities.read_visit, SlotOf(appointment_id=request.appointment_id)
        )
        await billing.call(
            BillingActivities.quote_cancellation,
            QuoteCancellation(
                appointment_id=request.appointment_id,
                asked=asked(request.by, now),
                accept_fee=accept_fee,
            ),
        )
        return now.version


def asked(by: By, now: VisitNow) -> CancellationAsked:
    return CancellationAsked(
        by=by,
        slot_start=now.visit.slot_start,
        booked_at=now.booked_at,
        late_move=now.late_move,
        terms=now.terms,
    )


def said_of(applied: CancellationApplied | None) -> dict[str, str]:
    """Say what a cancellation costs and what comes back, if it is anything."""
    if applied is None:
        return {}
    back = sum((part.amount.amount for part in applied.goes_back), start=0 * applied.fee.amount)
    sums = {"fee": applied.fee.amount, "refund": back}
    currency = applied.fee.currency
    return {
        name: amount_of(Money(amount=amount, currency=currency))
        for name, amount in sums.items()
        if amount
    }
