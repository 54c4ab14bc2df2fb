"""Make or change a department."""

from temporalio import workflow

from activities.doctors.activities import DoctorActivities
from activities.doctors.contract import RecordVersion, SetDepartment
from workflows.saga_workflow import Outcome, SagaWorkflow
from workflows.services import doctors


@workflow.defn(name="SetDepartmentWorkflow")
class SetDepartmentWorkflow(SagaWorkflow[RecordVersion]):
    """One step: it happened, or it was refused."""

    object_type = "department"

    @workflow.run
    async def run(self, request: SetDepartment) -> Outcome[RecordVersion]:
        return await self.settle(self._set(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[RecordVersion]:
        return await self.settled()

    async def _set(self, request: SetDepartment) -> None:
        self.answer(await self.saga.pivot(doctors, DoctorActivities.set_department, request))
        await self.tail()
