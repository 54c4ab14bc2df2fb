"""The frame of every process: its answer, its end, and what operators may say to it."""

import asyncio
import re
from collections.abc import Awaitable, Coroutine
from enum import StrEnum
from hashlib import sha256
from typing import Any, Generic, TypeVar

from pydantic import Field
from temporalio import workflow
from temporalio.exceptions import ApplicationError, is_cancelled_exception

from activities.audit.activities import AuditActivities
from activities.audit.contract import Append, AuditOutcome
from activities.contract import Message
from workflows.saga import Decision, Saga, SagaState, run_uncancellable
from workflows.services import Refused, audit

ID_FORM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Result = TypeVar("Result", bound=Message)


class Status(StrEnum):
    DONE = "DONE"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"


RECORDED_AS = {
    Status.DONE: AuditOutcome.DONE,
    Status.REFUSED: AuditOutcome.REFUSED,
    Status.FAILED: AuditOutcome.FAILED,
    Status.CANCELLED: AuditOutcome.FAILED,
}


class Outcome(Message, Generic[Result]):
    """What became of a process, as its caller is told."""

    status: Status
    result: Result | None = None
    refusal: str | None = None
    details: dict[str, str] = Field(default={})
    """What the problem must name: decline_code, status, field."""


class SagaWorkflow(Generic[Result]):
    """A process that ends well, or with no trace; whoever waits is answered first."""

    object_type = "process"
    """What the audit calls the thing that this process is about."""
    acts_by_itself = False
    """Its steps are asked for by time, not by whoever started it."""

    def __init__(self) -> None:
        self.saga = Saga()
        self.story: dict[str, str] = {}
        self.final: Outcome[Result] | None = None
        """How it ended, once that is sure; an answer may come earlier."""
        self._answer: Outcome[Result] | None = None
        self._body: asyncio.Future[None] | None = None
        self._recorded: Append | None = None

    def about(self) -> str | None:
        """Name the object in the audit: by default by the first id in the process's own."""
        found = ID_FORM.search(workflow.info().workflow_id)
        return found and found.group()

    def last_words(self, end: Outcome[Result]) -> list[Coroutine[Any, Any, object]]:  # noqa: ARG002 - for subclasses
        """Say what must still be done when a process ended without success: messages, mostly."""
        return []

    def answer(self, result: Result) -> None:
        """Tell whoever waits that it is done; what follows is the tail."""
        self._tell(Outcome(status=Status.DONE, result=result))

    def refuse(self, code: str) -> None:
        """Tell whoever waits that it can't be, although the pivot is behind us."""
        self._tell(Outcome(status=Status.REFUSED, refusal=code))

    def _tell(self, answer: Outcome[Result]) -> None:
        self._answer = answer
        if self.saga.pivoted:
            # It is decided: nobody who asked has to wait for the tail.
            self.final = answer

    async def settled(self) -> Outcome[Result]:
        """Wait for the answer; nobody waits for an operator."""
        await workflow.wait_condition(lambda: bool(self._answer or self.saga.parked))
        return self._answer or Outcome(status=Status.NEEDS_ATTENTION)

    async def tail(self, *steps: Awaitable[object]) -> None:
        """Take the steps behind the answer together, and record the end beside them."""
        if self._answer is None:
            raise RuntimeError("the tail comes before the answer")
        await asyncio.gather(self._record(self._answer), *steps)

    async def settle(self, work: Awaitable[None]) -> Outcome[Result]:
        """Run the body of a process to its end, whatever the end is."""
        self._body = asyncio.ensure_future(self._in_saga(work))
        try:
            await run_uncancellable(self._body, unless=lambda: self.saga.stoppable)
        except BaseException as error:
            if not self.saga.ends(error):
                raise
            if self.saga.pivoted:
                raise RuntimeError("a step after the pivot was not finished") from error
            end = self._end_of(error)
            await run_uncancellable(self._close(end))
            is_cancelled = end.status is Status.CANCELLED and not self.saga.stopped
            if end.status is Status.FAILED or is_cancelled:
                raise
        else:
            if self._answer is None:
                raise RuntimeError("the body gave no answer")
            end = self._answer
            await run_uncancellable(self._close(end))
        return end

    async def _in_saga(self, work: Awaitable[None]) -> None:
        async with self.saga:
            await work

    def _end_of(self, error: BaseException) -> Outcome[Result]:
        if isinstance(error, Refused):
            details = error.details[0] if error.details else {}
            return Outcome(status=Status.REFUSED, refusal=error.type, details=details)
        if is_cancelled_exception(error):
            return Outcome(status=Status.CANCELLED)
        return Outcome(status=Status.FAILED)

    async def _close(self, end: Outcome[Result]) -> None:
        self.final = self._answer = end
        undone = [] if end.status is Status.DONE else self.last_words(end)
        await asyncio.gather(self._record(end), *undone)
        match end.status:
            case Status.DONE:
                self.saga.enter(SagaState.DONE)
            case Status.REFUSED:
                self.saga.enter(SagaState.REFUSED)
            case _:
                self.saga.enter(SagaState.COMPENSATED)
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def _record(self, end: Outcome[Result]) -> None:
        """Append the end to the audit, unless the tail has recorded this very end already."""
        said = "; ".join(f"{d.action} {d.step} by {d.by}: {d.reason}" for d in self.saga.decisions)
        entry = Append(
            action=workflow.info().workflow_type.removesuffix("Workflow"),
            outcome=RECORDED_AS[end.status],
            object_type=self.object_type,
            object_id=self.about(),
            details={k: v for k, v in (("refusal", end.refusal), ("decisions", said)) if v},
        )
        # A run that was reset may end otherwise: another end is another entry, not another body
        # under the first one's key.
        digest = sha256(entry.model_dump_json().encode()).hexdigest()[:8]
        entry = entry.model_copy(update={"part": digest})
        if entry != self._recorded:
            self._recorded = entry
            await self.saga.finish(audit, AuditActivities.append, entry)

    @workflow.update(description="An operator's decision on a parked step")
    def resolve(self, decision: Decision) -> None:
        self.saga.parked[decision.step] = decision

    @resolve.validator
    def _is_parked(self, decision: Decision) -> None:
        is_waiting = self.saga.parked.get(decision.step, decision) is None
        if decision.action == "compensate" or not is_waiting:
            raise ApplicationError(
                f"{decision.step} waits for no such decision", type="saga-not-parked"
            )

    @workflow.update(description="An operator stops a process that has not decided yet")
    def compensate(self, decision: Decision) -> None:
        self.saga.decisions.append(decision)
        self.saga.stopped = True
        if self._body:  # The validator saw it.
            self._body.cancel()

    @compensate.validator
    def _can_stop(self, decision: Decision) -> None:  # noqa: ARG002 - its signature is the update's
        if not self.saga.stoppable or self.saga.stopped or self._body is None:
            raise ApplicationError("it is decided already", type="past-the-pivot")

    @workflow.query(description="State, steps and what waits for an operator")
    def progress(self) -> dict[str, Any]:
        return {
            "state": self.saga.state,
            "steps": self.story,
            "parked": [step for step, decision in self.saga.parked.items() if decision is None],
        }
