"""What the engine knows of processes: which of them still run."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from activities.audit.contract import ProcessesOf, Running

LOOK = timedelta(seconds=2)
AT_ONCE, IN_ONE_QUERY = 8, 100
APPOINTMENT = SearchAttributeKey.for_keyword("AppointmentId")
LIVES = "AppointmentLifecycleWorkflow"
"""A visit's life changes nothing: it only waits."""


async def find_running(client: Client, asked: ProcessesOf) -> Running:
    turns = asyncio.Semaphore(AT_ONCE)

    async def running(process: str) -> bool:
        async with turns:
            return await is_running(client, process)

    ids = sorted(set(asked.ids))
    are_running = await asyncio.gather(*(running(process) for process in ids))
    busy = {visit async for visit in busy_of(client, sorted(set(asked.appointments)))}
    return Running(
        ids=tuple(process for process, runs in zip(ids, are_running, strict=True) if runs),
        appointments=tuple(sorted(busy)),
    )


async def is_running(client: Client, id: str) -> bool:
    """Ask for one process. What the engine does not know any more has ended long ago."""
    try:
        found = await client.get_workflow_handle(id).describe(rpc_timeout=LOOK)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return found.status is WorkflowExecutionStatus.RUNNING


async def busy_of(client: Client, appointments: Sequence[UUID]) -> AsyncIterator[UUID]:
    """Name the visits that some process is about. Lists of the engine lag behind by moments."""
    for some in chunks(appointments, IN_ONE_QUERY):
        named = ", ".join(f"'{visit}'" for visit in some)
        query = (
            f"ExecutionStatus = 'Running' AND WorkflowType != '{LIVES}'"
            f" AND AppointmentId IN ({named})"
        )
        async for process in client.list_workflows(query):
            if about := process.typed_search_attributes.get(APPOINTMENT):
                yield UUID(about)


def chunks(items: Sequence[UUID], size: int) -> Iterable[Sequence[UUID]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
