"""Take on a doctor."""

from temporalio import workflow

from activities.analytics.activities import AnalyticsActivities
from activities.analytics.contract import Record
from activities.doctors.activities import DoctorActivities
from activities.doctors.contract import CreateDoctor, RecordVersion
from workflows.saga_workflow import Outcome, SagaWorkflow
from workflows.services import analytics, doctors


@workflow.defn(name="OnboardDoctorWorkflow")
class OnboardDoctorWorkflow(SagaWorkflow[RecordVersion]):
    """Ends with a doctor, their specializations and their week, or with none of it."""

    object_type = "doctor"

    @workflow.run
    async def run(self, request: CreateDoctor) -> Outcome[RecordVersion]:
        return await self.settle(self._onboard(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[RecordVersion]:
        return await self.settled()

    async def _onboard(self, doctor: CreateDoctor) -> None:
        record = await self.saga.pivot(
            *(doctors, DoctorActivities.create_doctor, doctor),
            undo=DoctorActivities.drop_doctor,
        )
        self.answer(record)
        onboarded = Record(
            type="DoctorOnboarded",
            occurred_at=workflow.info().workflow_start_time,
            doctor_id=doctor.doctor_id,
        )
        await self.tail(self.saga.finish(analytics, AnalyticsActivities.record, onboarded))
