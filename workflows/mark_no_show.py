"""The patient did not come: the consultation stays due, or paid."""

from uuid import UUID

from temporalio import workflow

from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import SlotOf
from activities.billing.activities import BillingActivities
from activities.billing.contract import ApplyNoShow
from activities.contract import Message
from activities.payments.contract import RefundReason
from workflows.messages import amount_of, card_of, id_for
from workflows.saga_workflow import Outcome
from workflows.services import DAY, appointments, billing
from workflows.visit_changes import VisitChange, VisitChanged, changed, wake_lifecycle


class MarkNoShow(Message):
    appointment_id: UUID


@workflow.defn(name="MarkNoShowWorkflow")
class MarkNoShowWorkflow(VisitChange):
    """Ends with the visit closed and its fee settled, or with the visit as it was."""

    @workflow.run
    async def run(self, request: MarkNoShow) -> Outcome[VisitChanged]:
        return await self.settle(self._mark(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[VisitChanged]:
        return await self.settled()

    async def _mark(self, request: MarkNoShow) -> None:
        now = await self.saga.pivot(
            appointments,
            AppointmentActivities.mark_no_show,
            SlotOf(appointment_id=request.appointment_id),
        )
        card = self.card = card_of(now)
        applied = await self.saga.finish(
            billing,
            BillingActivities.apply_no_show,
            ApplyNoShow(
                appointment_id=request.appointment_id,
                terms=now.terms,
                adjustment_id=id_for("no-show"),
            ),
        )
        goes_back = applied.goes_back if applied else ()
        fee = applied.fee if applied else None
        self.answer(changed(now, fee=fee, refunds=goes_back))
        last_day = workflow.info().workflow_start_time + now.terms.waiver_days * DAY
        said = {"fee": amount_of(fee)} if fee else {}
        await self.tail(
            self.refunds.give_back(
                goes_back, RefundReason.PATIENT_CANCELLED, "what a missed visit does not cost"
            ),
            wake_lifecycle(request.appointment_id),
            self.send("no-show", card, until=last_day.date().isoformat(), **said),
            self.record("AppointmentMissed", card),
        )
