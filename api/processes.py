"""The only class that speaks Temporal: ids, conflict policy and patience are decided here."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from temporalio.client import (
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import (
    Priority,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.workflow import UpdateMethodMultiParam

from activities.contract import Message
from api.engine import (
    LOOK,
    UNREACHABLE,
    Engine,
    EngineAwayError,
    NoSuchProcessError,
    a_while,
    away_or_missing,
)
from workflows.saga import Decision, SagaState
from workflows.saga_workflow import Outcome, Status

Result = TypeVar("Result", bound=Message)

TASK_QUEUE = "sagas"
TASK_TIMEOUT = timedelta(seconds=5)
PATIENCE = 10.0
"""Seconds that a caller waits for an outcome at most."""
TOLD_BY_NOW = 0.1


class UpdateRefusedError(Exception):
    """The process does not take this request now; `code` is the problem's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Begun(Generic[Result]):
    """A process to begin. The same id is the same process: asking twice is asking once."""

    id: str
    run: Callable[[Any, Any], Awaitable[Outcome[Result]]]
    request: Message
    summary: str
    """Shown in the Temporal UI: ids and times only, at most 200 bytes."""
    about: Mapping[str, str]
    """Its search attributes: `AppointmentId`, `PatientId`, `DoctorId`."""
    correlation_id: str


@dataclass(frozen=True)
class Wanted(Begun[Result]):
    """A process whose outcome somebody waits for."""

    outcome: UpdateMethodMultiParam[[Any], Outcome[Result]]


class Processes(Engine):
    """Starts processes and asks them. An outcome of `None` takes longer than a caller waits."""

    async def ask(
        self, wanted: Wanted[Result], patience: float = PATIENCE
    ) -> Outcome[Result] | None:
        """Start the process, or join it, and wait for its answer.

        Raises `EngineAwayError` when nobody knows whether it was started.
        """
        start = WithStartWorkflowOperation(
            wanted.run,
            wanted.request,
            **terms_of(wanted),
        )
        handle: WorkflowHandle[Any, Outcome[Result]] = self._temporal.get_workflow_handle_for(
            wanted.run,
            wanted.id,
        )
        try:
            async with asyncio.timeout(patience):
                outcome: Outcome[Result] = await self._temporal.execute_update_with_start_workflow(
                    wanted.outcome,
                    id="outcome",
                    start_workflow_operation=start,
                    rpc_timeout=timedelta(seconds=patience),
                )
        except (WorkflowAlreadyStartedError, WorkflowUpdateFailedError):
            return await self._ended(handle)
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError):
            await self._look(wanted.id)
            return None
        except UNREACHABLE as error:
            raise EngineAwayError from error
        finally:
            # Else asyncio logs "exception was never retrieved" each time. Whoever could not even
            # connect is never told of a start, so the wait has a bound of its own.
            with suppress(TimeoutError):
                async with asyncio.timeout(TOLD_BY_NOW):
                    await asyncio.gather(start.workflow_handle(), return_exceptions=True)
        return await self._final(outcome, handle)

    async def start(self, wanted: Begun[Result]) -> Outcome[Result] | None:
        """Start the process and don't wait; its answer, if it has ended already."""
        handle: WorkflowHandle[Any, Outcome[Result]] = self._temporal.get_workflow_handle_for(
            wanted.run,
            wanted.id,
        )
        try:
            async with a_while():
                await self._temporal.start_workflow(
                    wanted.run,
                    wanted.request,
                    **terms_of(wanted),
                    rpc_timeout=LOOK,
                )
        except WorkflowAlreadyStartedError:
            return await self._ended(handle)
        except UNREACHABLE as error:
            raise EngineAwayError from error
        return None

    async def update(
        self,
        workflow_id: str,
        update: UpdateMethodMultiParam[[Any, Any], Outcome[Result]],
        request: Message,
        *,
        id: str,
        patience: float = PATIENCE,
    ) -> Outcome[Result] | None:
        """Ask something of a running process.

        Raises `NoSuchProcessError` when it has ended or never was, `UpdateRefusedError` when its
        validator says no, `EngineAwayError` when nobody knows.
        """
        handle = self._temporal.get_workflow_handle(workflow_id)
        try:
            async with asyncio.timeout(patience):
                return await handle.execute_update(
                    update,
                    request,
                    id=id,
                    rpc_timeout=timedelta(seconds=patience),
                )
        except WorkflowUpdateFailedError as error:
            raise refused(error) from error
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError):
            await self._look(workflow_id)
            return None
        except UNREACHABLE as error:
            raise away_or_missing(error) from error

    async def decide(self, workflow_id: str, decision: Decision) -> None:
        """Hand an operator's decision to a process: `resolve` or `compensate`."""
        handle = self._temporal.get_workflow_handle(workflow_id)
        name = "compensate" if decision.action == "compensate" else "resolve"
        try:
            await handle.execute_update(name, decision, rpc_timeout=timedelta(seconds=PATIENCE))
        except WorkflowUpdateFailedError as error:
            raise refused(error) from error
        except WorkflowUpdateRPCTimeoutOrCancelledError as error:
            raise EngineAwayError from error
        except UNREACHABLE as error:
            raise away_or_missing(error) from error

    async def _final(
        self, outcome: Outcome[Result], handle: WorkflowHandle[Any, Outcome[Result]]
    ) -> Outcome[Result] | None:
        """A parked process answers "needs attention" for ever, even when it has ended since."""
        if outcome.status is not Status.NEEDS_ATTENTION:
            return outcome
        described = await self.describe(handle.id)
        if described.status is WorkflowExecutionStatus.RUNNING:
            return outcome
        return await self._ended(handle)


def terms_of(wanted: Begun[Any]) -> dict[str, Any]:
    """Say how a process is started: its id is taken once, and a person waits for it."""
    return {
        "id": wanted.id,
        "task_queue": TASK_QUEUE,
        "task_timeout": TASK_TIMEOUT,
        "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
        "id_reuse_policy": WorkflowIDReusePolicy.REJECT_DUPLICATE,
        "search_attributes": attributes_of(wanted),
        "static_summary": wanted.summary,
        "priority": Priority(priority_key=1),
    }


def attributes_of(wanted: Begun[Any]) -> TypedSearchAttributes:
    values = {
        **wanted.about,
        "SagaState": SagaState.RUNNING,
        "CorrelationId": wanted.correlation_id,
    }
    return TypedSearchAttributes(
        [
            SearchAttributePair(SearchAttributeKey.for_keyword(name), value)
            for name, value in values.items()
        ]
    )


def refused(error: WorkflowUpdateFailedError) -> UpdateRefusedError | NoSuchProcessError:
    """Read a validator's no; any other failure of an update means that the process has closed."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type and "-" in cause.type:
        return UpdateRefusedError(cause.type)
    return NoSuchProcessError()
