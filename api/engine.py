"""What the engine tells of processes: how they stand, and how they ended."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionDescription,
    WorkflowFailureError,
    WorkflowHandle,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.contract import Message
from workflows.saga_workflow import Outcome, Status

Result = TypeVar("Result", bound=Message)

LOOK = timedelta(seconds=2)
"""How long we ask what a process is doing; the SDK bounds its tries by it, not their number."""
MOST_AT_ONCE = 20
"""Processes that we look for of one visit; changes come one after the other."""
UNREACHABLE = (RPCError, RuntimeError, TimeoutError)
"""What it is to have no server: the second, when there never was a connection."""


class EngineAwayError(Exception):
    """Temporal can't be asked now. Nothing is known; the same request may be sent again."""


class NoSuchProcessError(Exception):
    """No process has this id, or it was long ago."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of processes, and where the next one begins."""

    processes: Sequence[WorkflowExecution]
    next: bytes | None


class Engine:
    """Asks and changes nothing. Each look has a bound, however long the engine is away."""

    def __init__(self, temporal: Client) -> None:
        self._temporal = temporal

    async def describe(self, workflow_id: str) -> WorkflowExecutionDescription:
        """Tell how a process stands. Raises `NoSuchProcessError` or `EngineAwayError`."""
        try:
            async with a_while():
                handle = self._temporal.get_workflow_handle(workflow_id)
                return await handle.describe(rpc_timeout=LOOK)
        except UNREACHABLE as error:
            raise away_or_missing(error) from error

    async def running_about(self, appointment_id: UUID) -> Sequence[str]:
        """Name the processes that change a visit now; its own life only watches it.

        The engine lists a process a moment after its start.
        """
        query = (
            f"AppointmentId = '{appointment_id}' AND ExecutionStatus = 'Running'"
            " AND WorkflowType != 'AppointmentLifecycleWorkflow'"
        )
        try:
            async with a_while():
                found = self._temporal.list_workflows(query, limit=MOST_AT_ONCE, rpc_timeout=LOOK)
                return [process.id async for process in found]
        except UNREACHABLE as error:
            raise EngineAwayError from error

    async def progress(self, workflow_id: str) -> Mapping[str, Any]:
        """Ask a process for its steps. Raises `EngineAwayError` when no worker answers."""
        try:
            async with a_while():
                handle = self._temporal.get_workflow_handle(workflow_id)
                told: Mapping[str, Any] = await handle.query("progress", rpc_timeout=LOOK)
        except UNREACHABLE as error:
            raise away_or_missing(error) from error
        return told

    async def listed(self, query: str, limit: int, token: bytes | None) -> "Listed":
        """Find processes, the newest first; `token` is where the page before ended."""
        try:
            async with a_while():
                found = self._temporal.list_workflows(
                    query, page_size=limit, next_page_token=token, rpc_timeout=LOOK
                )
                await found.fetch_next_page()
        except UNREACHABLE as error:
            raise EngineAwayError from error
        return Listed(found.current_page or (), found.next_page_token)

    async def ended(
        self, workflow_id: str, kind: type[Outcome[Any]] = Outcome[Message]
    ) -> Outcome[Any]:
        """Tell how a closed process ended; the details of its own kind only to whom names it."""
        handle: WorkflowHandle[Any, Outcome[Any]] = self._temporal.get_workflow_handle(
            workflow_id, result_type=kind
        )
        return await self._ended(handle)

    async def is_reachable(self) -> bool:
        try:
            return await self._temporal.service_client.check_health(timeout=LOOK)
        except UNREACHABLE:
            return False

    async def _ended(self, handle: WorkflowHandle[Any, Outcome[Result]]) -> Outcome[Result]:
        try:
            async with a_while():
                return await handle.result(rpc_timeout=LOOK)
        except WorkflowFailureError:
            return Outcome(status=Status.FAILED)
        except UNREACHABLE as error:
            raise away_or_missing(error) from error

    async def _look(self, workflow_id: str) -> None:
        """Make sure that a process we no longer wait for is there."""
        try:
            async with a_while():
                await self._temporal.get_workflow_handle(workflow_id).describe(rpc_timeout=LOOK)
        except UNREACHABLE as error:
            raise EngineAwayError from error


def a_while() -> asyncio.Timeout:
    return asyncio.timeout(LOOK.total_seconds())


def away_or_missing(error: Exception) -> EngineAwayError | NoSuchProcessError:
    if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
        return NoSuchProcessError()
    return EngineAwayError()
