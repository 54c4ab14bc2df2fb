"""Undo what was done before the pivot; finish what comes after it. sagas: DECISIONS.md 3."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import FailureError

from activities.contract import Message
from workflows.services import (
    ASKED,
    Activities,
    Do,
    Refused,
    Reply,
    Request,
    Service,
    name_of,
    reason_of,
    tell,
)

STATE = SearchAttributeKey.for_keyword("SagaState")
STEP = SearchAttributeKey.for_keyword("SagaStep")
Result = TypeVar("Result")


class SagaState(StrEnum):
    RUNNING = "RUNNING"
    PIVOTED = "PIVOTED"
    DONE = "DONE"
    COMPENSATING = "COMPENSATING"
    COMPENSATED = "COMPENSATED"
    REFUSED = "REFUSED"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"


class Decision(Message):
    """What an operator decided, and why. The reason is recorded with the end of the process."""

    step: str = ""
    action: Literal["retry", "skip", "compensate"]
    reason: str
    by: str


async def run_uncancellable(
    work: Awaitable[Result], unless: Callable[[], bool] = lambda: False
) -> Result:
    """Finish the work even if the workflow is cancelled meanwhile, unless it may be stopped."""
    task = asyncio.ensure_future(work)
    while True:
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            # cancelled(), not done(): a capture that succeeds in the tick of the cancellation would
            # be lost. A cache eviction cancels too, but nobody asked for it: let go.
            if task.cancelled() or workflow.cancellation_reason() is None:
                raise
            if unless():
                task.cancel()


class Saga:
    """Leaves nothing half done: left with an error before its pivot, it undoes last-first."""

    def __init__(self) -> None:
        self.state = SagaState.RUNNING
        self.pivoted = False
        self.stoppable = True
        """Nothing is decided yet, so whoever waits may still stop it."""
        self.stopped = False
        """An operator stopped it."""
        self.parked: dict[str, Decision | None] = {}
        self.decisions: list[Decision] = []
        self._before = SagaState.RUNNING
        self._undo: list[tuple[Service[Any], Do[Any, Any, Any], Any]] = []

    def compensate_with(
        self, service: Service[Activities], undo: Do[Activities, Request, Any], request: Request
    ) -> None:
        """Register the undo of the step that comes next, with that step's own message."""
        self._undo.append((service, undo, request))

    async def pivot(
        self,
        service: Service[Activities],
        do: Do[Activities, Request, Reply],
        request: Request,
        undo: Do[Activities, Request, Any] | None = None,
    ) -> Reply:
        """Take the step that decides. With an undo it may give up; without one it never does.

        Refused, everything before it is undone. Done, nothing is, ever. A fault that no repetition
        cures parks a pivot without an undo: nobody knows whether it happened.
        """
        self.heed()
        self.stoppable = False
        if undo:
            self.compensate_with(service, undo, request)
        while True:
            try:
                reply = await (
                    service.call(do, request) if undo else service.insist(do, request, ASKED)
                )
            except Refused:
                self.stoppable = True
                if undo:
                    self._undo.pop()  # It never happened.
                raise
            except FailureError as failure:
                # A person asks the other side, then says retry, or skip: it did not happen.
                if undo or not await self.park(name_of(do, request), reason_of(failure)):
                    raise
            else:
                self.pivoted = True
                self.enter(SagaState.PIVOTED, name_of(do, request))
                return reply

    async def finish(
        self, service: Service[Activities], do: Do[Activities, Request, Reply], request: Request
    ) -> Reply | None:
        """Take a step until it is done; `None` when an operator decided to skip it."""
        while True:
            try:
                return await service.insist(do, request)
            except FailureError as failure:
                if not await self.park(name_of(do, request), reason_of(failure)):
                    return None
                if isinstance(failure, Refused):
                    # A new request, or the inbox would repeat the refusal.
                    request = request.again()

    async def park(self, step: str, why: str) -> bool:
        """Stand before a person until one decides: true to try again, false to skip."""
        tell(step, f"⏸ {why}")
        self.parked[step] = None
        if self.state is not SagaState.NEEDS_ATTENTION:
            self._before = self.state
        self.enter(SagaState.NEEDS_ATTENTION, step)
        await workflow.wait_condition(lambda: self.parked[step] is not None)
        decision = self.parked.pop(step)
        if decision is None:
            raise RuntimeError("woken without a decision")
        self.decisions.append(decision)
        is_retried = decision.action == "retry"
        tell(step, f"{'↻' if is_retried else '⏭'} {why}")
        waiting = [name for name, decided in self.parked.items() if decided is None]
        if waiting:
            self.enter(SagaState.NEEDS_ATTENTION, waiting[0])
        else:
            self.enter(self._before, step)
        return is_retried

    def heed(self) -> None:
        """Obey a stop that was swallowed: asyncio prefers a result of the same tick to it."""
        if self.stopped or workflow.cancellation_reason() is not None:
            raise asyncio.CancelledError

    def ends(self, error: BaseException) -> bool:
        """Tell an end of the process from a bug or a cache eviction, which undo nothing."""
        if isinstance(error, asyncio.CancelledError):
            return self.stopped or workflow.cancellation_reason() is not None
        return isinstance(error, Exception) and workflow.is_failure_exception(error)

    def enter(self, state: SagaState, step: str | None = None) -> None:
        """Say where the process stands. Each time is an event: say it when it changes only."""
        self.state = state
        at = STEP.value_set(step) if step else STEP.value_unset()
        workflow.upsert_search_attributes([STATE.value_set(state), at])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None and not self.pivoted and self._undo:
            raise RuntimeError("the body ended without its pivot")
        if error is None or self.pivoted or not self.ends(error):
            return
        self.stoppable = False
        if self._undo:
            self.enter(SagaState.COMPENSATING)
        while self._undo:
            await self.finish(*self._undo[-1])
            _, undo, request = self._undo.pop()
            tell(name_of(undo, request), "↩")
