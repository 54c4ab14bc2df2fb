"""Reads visits for whoever asks, and answers the commands on them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from temporalio.client import WorkflowExecutionDescription

from activities.appointments.contract import AppointmentStatus
from activities.users.contract import Entry, Role
from api import answers
from api.accounts import Accounts
from api.alternatives import Alternatives
from api.answers import Answer
from api.callers import Caller
from api.engine import EngineAwayError, NoSuchProcessError
from api.idempotency import Explained, Ids
from api.parts import Readers
from api.problems import Code, Problem
from api.processes import Processes
from api.resources.appointments import may_see_clinical, path_of, show
from api.resources.timelines import ProcessNow, Timeline, history_of
from db.reading import EVERYTHING, Record
from workflows.held_payment import Booking
from workflows.saga_workflow import Outcome


class Visits:
    """The visits of one caller: what is not theirs is not there."""

    def __init__(self, caller: Caller, readers: Readers) -> None:
        self._caller = caller
        self._readers = readers

    async def get(self, appointment_id: UUID) -> Record:
        found = await self._readers.appointments.find(appointment_id, self._caller.sight)
        if found is None:
            raise Problem(Code.NOT_FOUND)
        return found

    async def show(self, rows: Sequence[Record]) -> list[dict[str, Any]]:
        bills = await self._readers.billing.find_of_appointments(
            [row["appointment_id"] for row in rows], EVERYTHING
        )
        bill_ids = {bill["appointment_id"]: bill["bill_id"] for bill in bills}
        return [
            show(row, self._caller, bill_id=bill_ids.get(row["appointment_id"])) for row in rows
        ]

    async def clinical(self, appointment_id: UUID, accounts: Accounts) -> Mapping[str, Any]:
        """Tell what the patient complained of, and what was found, to whom may know it."""
        if not may_see_clinical(self._caller):
            return {}
        found = await self._readers.appointments.find_clinical(appointment_id, self._caller.sight)
        if found is None:
            return {}
        if self._caller.role is Role.ADMIN:
            await accounts.record(
                Entry(
                    action="getAppointment",
                    outcome="DONE",
                    actor_id=self._caller.account_id,
                    actor_role=self._caller.role,
                    object_type="appointment",
                    object_id=str(appointment_id),
                    subject_id=found["patient_id"],
                )
            )
        return {"symptoms": found["symptoms"], "diagnosis": found["diagnosis"]}

    async def booked(self, outcome: Outcome[Booking], ids: Ids) -> Answer:
        """Show what was booked, as everybody else would read it now."""
        row = await self.get(ids["appointment_id"])
        body = show(row, self._caller, bill_id=ids["bill_id"], booking=outcome.result)
        return answers.created(body, path_of(ids["appointment_id"]), row["version"])

    async def read(self, appointment_id: UUID) -> tuple[dict[str, Any], int]:
        """Show a visit as it is now, with its version."""
        row = await self.get(appointment_id)
        (body,) = await self.show([row])
        return body, row["version"]

    async def changed(self, appointment_id: UUID, booking: Booking | None = None) -> Answer:
        row = await self.get(appointment_id)
        (body,) = await self.show([row])
        if booking and booking.status is AppointmentStatus.HELD:
            body |= show(row, self._caller, bill_id=booking.bill_id, booking=booking)
        return answers.done(body, row["version"])

    async def why_not_held(self, appointment_id: UUID) -> Problem:
        """Say why its process takes no request any more: the row decides."""
        row = await self.get(appointment_id)
        is_over = row["status"] == AppointmentStatus.EXPIRED
        return Problem(Code.HOLD_EXPIRED if is_over else Code.NOT_HELD)

    async def timeline(self, appointment_id: UUID, processes: Processes) -> Timeline:
        row = await self.get(appointment_id)
        changes = await self._readers.appointments.timeline(appointment_id)
        known = {f"book-{appointment_id}", *(change["workflow_id"] for change in changes)}
        known |= {row["changed_by"]} if row["changed_by"] else set()
        known |= set(await processes.running_about(appointment_id))
        found = await asyncio.gather(*(look(processes, name) for name in sorted(known)))
        return Timeline(
            data=history_of(changes),
            processes=sorted(filter(None, found), key=lambda process: process.started_at),
        )


async def look(processes: Processes, workflow_id: str) -> ProcessNow | None:
    """Tell how a process stands; nothing, when it is so old that the engine forgot it."""
    try:
        now = process_of(await processes.describe(workflow_id))
    except NoSuchProcessError:
        return None
    if now.closed_at:
        return now
    try:
        progress = await processes.progress(workflow_id)
    except (NoSuchProcessError, EngineAwayError):
        return now
    return now.model_copy(update={"steps": progress["steps"]})


def process_of(described: WorkflowExecutionDescription) -> ProcessNow:
    return ProcessNow(
        workflow_id=described.id,
        type=described.workflow_type.removesuffix("Workflow"),
        status=described.status.name if described.status else "UNKNOWN",
        started_at=described.start_time,
        closed_at=described.close_time,
    )


def with_alternatives(
    alternatives: Alternatives, doctor_id: UUID, slot_start: datetime, service_type: str
) -> Explained:
    """Offer other slots of the same doctor to whom came too late."""

    async def explained(problem: Problem) -> Problem:
        if problem.code is Code.SLOT_TAKEN:
            free = await alternatives.after(doctor_id, slot_start, service_type)
            problem.more["alternatives"] = [slot.model_dump(mode="json") for slot in free]
        return problem

    return explained
