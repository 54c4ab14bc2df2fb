"""Register a patient."""

from temporalio import workflow

from activities.analytics.activities import AnalyticsActivities
from activities.analytics.contract import Record
from activities.patients.activities import PatientActivities
from activities.patients.contract import CreatePatient, PatientRecord
from workflows.saga_workflow import Outcome, SagaWorkflow
from workflows.services import analytics, patients


@workflow.defn(name="RegisterPatientWorkflow")
class RegisterPatientWorkflow(SagaWorkflow[PatientRecord]):
    """Ends with one record of the patient, or with none."""

    object_type = "patient"

    @workflow.run
    async def run(self, request: CreatePatient) -> Outcome[PatientRecord]:
        return await self.settle(self._register(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[PatientRecord]:
        return await self.settled()

    async def _register(self, patient: CreatePatient) -> None:
        record = await self.saga.pivot(
            *(patients, PatientActivities.create_patient, patient),
            undo=PatientActivities.drop_patient,
        )
        self.answer(record)
        registered = Record(
            type="PatientRegistered",
            occurred_at=workflow.info().workflow_start_time,
            patient_id=patient.patient_id,
        )
        await self.tail(self.saga.finish(analytics, AnalyticsActivities.record, registered))
