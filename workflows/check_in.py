"""The patient has come."""

from uuid import UUID

from temporalio import workflow

from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import SlotOf
from activities.contract import Message
from workflows.messages import card_of
from workflows.saga_workflow import Outcome
from workflows.services import appointments
from workflows.visit_changes import VisitChange, VisitChanged, changed


class CheckIn(Message):
    appointment_id: UUID


@workflow.defn(name="CheckInWorkflow")
class CheckInWorkflow(VisitChange):
    """Ends with the patient in the waiting room, or with the visit as it was."""

    @workflow.run
    async def run(self, request: CheckIn) -> Outcome[VisitChanged]:
        return await self.settle(self._check_in(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[VisitChanged]:
        return await self.settled()

    async def _check_in(self, request: CheckIn) -> None:
        now = await self.saga.pivot(
            appointments,
            AppointmentActivities.check_in,
            SlotOf(appointment_id=request.appointment_id),
        )
        self.answer(changed(now))
        await self.tail(self.record("PatientCheckedIn", card_of(now)))
