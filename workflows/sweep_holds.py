"""Let go what processes left behind that do not run any more: holds, and claims on visits."""

import asyncio

from temporalio import workflow

from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import ReleaseStale, Stale, StaleOf
from activities.audit.activities import AuditActivities
from activities.audit.contract import Append, AuditOutcome
from activities.contract import Message
from workflows.saga_workflow import Outcome
from workflows.scheduled import Report, ScheduledWorkflow, ask, running_of
from workflows.services import appointments, audit

AT_ONCE = 20


class SweepHolds(Message):
    """How much is looked at in one step."""

    page: int = 500


class Swept(Report):
    """How many were let go (`changes`), and how many are still somebody's."""

    still_running: int = 0


EVERYTHING = SweepHolds()


@workflow.defn(name="SweepHoldsWorkflow")
class SweepHoldsWorkflow(ScheduledWorkflow[Swept]):
    """Never touches what belongs to a running process."""

    @workflow.run
    async def run(self, request: SweepHolds = EVERYTHING) -> Outcome[Swept]:
        return await self.settle(self._sweep(request))

    async def _sweep(self, request: SweepHolds) -> None:
        released = still_running = 0
        asked = StaleOf(limit=request.page)
        while True:
            stale = (await ask(appointments, AppointmentActivities.list_stale, asked)).stale
            running = await running_of(one.workflow_id for one in stale)
            gone = [one for one in stale if one.workflow_id not in running.ids]
            still_running += len(stale) - len(gone)
            for start in range(0, len(gone), AT_ONCE):
                some = gone[start : start + AT_ONCE]
                released += sum(await asyncio.gather(*(self._release(one) for one in some)))
            if len(stale) < request.page:
                break
            asked = StaleOf(limit=request.page, after=stale[-1].appointment_id)
        self.answer(Swept(changes=released, still_running=still_running))
        await self.tail()

    async def _release(self, stale: Stale) -> bool:
        """Let go one thing, and put on record what was let go, and who had left it."""
        part = f"{stale.kind}:{stale.appointment_id}"
        release = ReleaseStale(
            part=part,
            appointment_id=stale.appointment_id,
            kind=stale.kind,
            workflow_id=stale.workflow_id,
        )
        ended = await ask(appointments, AppointmentActivities.release_stale, release)
        if ended.was_stale:
            entry = Append(
                part=part,
                action="ReleaseStale",
                outcome=AuditOutcome.DONE,
                object_type="appointment",
                object_id=str(stale.appointment_id),
                details={"kind": stale.kind, "left_by": stale.workflow_id},
            )
            await ask(audit, AuditActivities.append, entry)
        return ended.was_stale
