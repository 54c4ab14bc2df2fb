"""What the clock starts: nobody waits for it, and there is nothing in it to undo."""

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from typing_extensions import override

from activities.audit.activities import AuditActivities
from activities.audit.contract import ProcessesOf, Running
from activities.contract import Message
from workflows.saga_workflow import Outcome, SagaWorkflow, Status
from workflows.services import SCHEDULED, Activities, Do, Reply, Request, Service, audit


class Report(Message):
    """What became of a turn."""

    changes: int = 0
    """How much it changed, or found to be told."""


Told = TypeVar("Told", bound=Report)


class ScheduledWorkflow(SagaWorkflow[Told]):
    """Fails rather than stands before a person: its next turn begins anew.

    A turn that changed nothing is not recorded: there is one every minute.
    """

    object_type = "schedule"

    @override
    def about(self) -> str | None:
        return None

    @override
    async def _record(self, end: Outcome[Told]) -> None:
        if end.status is not Status.DONE or end.result is None or end.result.changes:
            await super()._record(end)


async def ask(
    service: Service[Activities], do: Do[Activities, Request, Reply], request: Request
) -> Reply:
    """Take a step that everything else may overtake."""
    return await service.insist(do, request, SCHEDULED)


async def running_of(ids: Iterable[str], appointments: Iterable[UUID] = ()) -> Running:
    """Ask the engine which of these processes still run, and what is done about these visits."""
    asked = ProcessesOf(ids=tuple(sorted(set(ids))), appointments=tuple(sorted(set(appointments))))
    if not asked.ids and not asked.appointments:
        return Running()
    return await ask(audit, AuditActivities.find_running, asked)
