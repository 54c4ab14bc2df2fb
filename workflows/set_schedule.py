"""Change when a doctor can be booked: a whole week, or one date."""

from uuid import UUID

from temporalio import workflow

from activities.analytics.activities import AnalyticsActivities
from activities.analytics.contract import Record
from activities.contract import Message
from activities.doctors.activities import DoctorActivities
from activities.doctors.contract import AddOverride, ScheduleSet, SetWeek, WithdrawOverride
from workflows.saga_workflow import Outcome, SagaWorkflow
from workflows.services import analytics, doctors


class SetSchedule(Message):
    """One of three changes; visits that now lie outside are left as they are."""

    doctor_id: UUID
    week: SetWeek | None = None
    added: AddOverride | None = None
    withdrawn: WithdrawOverride | None = None


@workflow.defn(name="SetScheduleWorkflow")
class SetScheduleWorkflow(SagaWorkflow[ScheduleSet]):
    """Ends with the new hours, or with the old ones."""

    object_type = "doctor"

    @workflow.run
    async def run(self, request: SetSchedule) -> Outcome[ScheduleSet]:
        return await self.settle(self._set(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[ScheduleSet]:
        return await self.settled()

    async def _set(self, request: SetSchedule) -> None:
        self.answer(await self._change(request))
        changed = Record(
            type="ScheduleChanged",
            occurred_at=workflow.info().workflow_start_time,
            doctor_id=request.doctor_id,
        )
        await self.tail(self.saga.finish(analytics, AnalyticsActivities.record, changed))

    async def _change(self, request: SetSchedule) -> ScheduleSet:
        if request.week:
            return await self.saga.pivot(doctors, DoctorActivities.set_week, request.week)
        if request.added:
            return await self.saga.pivot(doctors, DoctorActivities.add_override, request.added)
        if request.withdrawn:
            return await self.saga.pivot(
                doctors, DoctorActivities.withdraw_override, request.withdrawn
            )
        raise RuntimeError("no change was asked for")
