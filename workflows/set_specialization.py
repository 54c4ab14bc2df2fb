"""Make or change a specialization."""

from temporalio import workflow

from activities.doctors.activities import DoctorActivities
from activities.doctors.contract import RecordVersion, SetSpecialization
from workflows.saga_workflow import Outcome, SagaWorkflow
from workflows.services import doctors


@workflow.defn(name="SetSpecializationWorkflow")
class SetSpecializationWorkflow(SagaWorkflow[RecordVersion]):
    """One step: it happened, or it was refused."""

    object_type = "specialization"

    @workflow.run
    async def run(self, request: SetSpecialization) -> Outcome[RecordVersion]:
        return await self.settle(self._set(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[RecordVersion]:
        return await self.settled()

    async def _set(self, request: SetSpecialization) -> None:
        self.answer(await self.saga.pivot(doctors, DoctorActivities.set_specialization, request))
        await self.tail()
