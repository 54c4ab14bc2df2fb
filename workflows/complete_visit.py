"""The patient was seen: what was found stays in their history."""

from datetime import date
from uuid import UUID

from temporalio import workflow

from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import CompleteVisit
from activities.contract import Message
from activities.patients.activities import PatientActivities
from activities.patients.contract import AddHistory
from workflows.messages import card_of, id_for
from workflows.saga_workflow import Outcome
from workflows.services import appointments, patients
from workflows.visit_changes import VisitChange, VisitChanged, changed, wake_lifecycle


class Complete(Message):
    """What the doctor found; `doctor_notes` are not shown to the patient."""

    appointment_id: UUID
    diagnosis: str | None = None
    treatment: str | None = None
    notes: str | None = None
    doctor_notes: str | None = None
    follow_up_date: date | None = None


@workflow.defn(name="CompleteVisitWorkflow")
class CompleteVisitWorkflow(VisitChange):
    """Ends with one entry in the patient's history, or with the visit as it was."""

    @workflow.run
    async def run(self, request: Complete) -> Outcome[VisitChanged]:
        return await self.settle(self._complete(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[VisitChanged]:
        return await self.settled()

    async def _complete(self, found: Complete) -> None:
        now = await self.saga.pivot(
            appointments,
            AppointmentActivities.complete_visit,
            CompleteVisit(
                appointment_id=found.appointment_id,
                diagnosis=found.diagnosis,
                notes=found.notes,
                follow_up_date=found.follow_up_date,
            ),
        )
        self.answer(changed(now))
        visit, card = now.visit, card_of(now)
        entry = AddHistory(
            entry_id=id_for("history"),
            patient_id=visit.patient_id,
            doctor_id=visit.doctor_id,
            doctor_name=now.doctor_name,
            visited_at=visit.slot_start,
            **found.model_dump(),
        )
        await self.tail(
            self.saga.finish(patients, PatientActivities.add_history, entry),
            wake_lifecycle(visit.appointment_id),
            self.send("completed", card),
            self.record("VisitCompleted", card),
        )
