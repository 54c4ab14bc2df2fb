"""Forgive the fee of a missed visit."""

from uuid import UUID

from temporalio import workflow

from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import SlotOf
from activities.billing.activities import BillingActivities
from activities.billing.contract import WaiveNoShow
from activities.contract import Message
from activities.payments.contract import RefundReason
from workflows.messages import amount_of, card_of, id_for
from workflows.saga_workflow import Outcome
from workflows.services import appointments, billing
from workflows.visit_changes import VisitChange, VisitChanged, changed


class Waive(Message):
    appointment_id: UUID
    reason: str


@workflow.defn(name="WaiveNoShowWorkflow")
class WaiveNoShowWorkflow(VisitChange):
    """Ends with the consultation credited, and given back if it was paid."""

    @workflow.run
    async def run(self, request: Waive) -> Outcome[VisitChanged]:
        return await self.settle(self._waive(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[VisitChanged]:
        return await self.settled()

    async def _waive(self, request: Waive) -> None:
        now = await appointments.call(
            AppointmentActivities.check_waiver, SlotOf(appointment_id=request.appointment_id)
        )
        card = self.card = card_of(now)
        waived = await self.saga.pivot(
            billing,
            BillingActivities.waive_no_show,
            WaiveNoShow(
                appointment_id=request.appointment_id,
                adjustment_id=id_for("waiver"),
                reason=request.reason,
            ),
        )
        self.answer(changed(now, fee=waived.fee, refunds=waived.goes_back))
        await self.tail(
            self.refunds.give_back(waived.goes_back, RefundReason.WAIVER, request.reason),
            self.send("waived", card, total=amount_of(waived.fee)),
            self.record("NoShowWaived", card),
        )
