"""Drives the SDK's own workflow instance by hand, in virtual time.

What it uses of the SDK is private, and is used here only: a new SDK breaks this file or none.
"""

import asyncio
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

from temporalio import workflow
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.common import Priority, TypedSearchAttributes
from temporalio.converter import DefaultFailureConverterWithEncodedAttributes
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInboundInterceptor
from temporalio.worker._workflow_instance import WorkflowInstanceDetails

from tests import wire
from tests.wire import CONVERTER, FAILURES, Job
from workflows.connection import BriefPayloadConverter

PATIENCE = 5.0
"""Seconds of processor time that one turn may take; each takes less than a millisecond."""

Interceptors = tuple[type[WorkflowInboundInterceptor], ...]


class Hang(KeyboardInterrupt):
    """A turn does not end. Asyncio keeps every exception for itself but this kind."""


class NotDeterministic(AssertionError):
    """The same jobs made other commands."""


@dataclass(frozen=True)
class Start:
    """What a process is started with."""

    workflow: type
    request: object
    id: str
    at: datetime
    headers: Mapping[str, Payload] = field(default_factory=dict)
    interceptors: Interceptors = ()
    seed: int = 1

    @property
    def type(self) -> str:
        return type_of(self.workflow)


def type_of(kind: type) -> str:
    """The name of a workflow on the wire."""
    return str(workflow._Definition.must_from_class(kind).name)


def request_of(kind: type) -> type:
    """What a workflow is started with."""
    asked = workflow._Definition.must_from_class(kind).arg_types
    assert asked, f"{kind} is started with nothing"
    return asked[0]


@dataclass(frozen=True)
class Turn:
    """One activation, and what came of it: what a history keeps."""

    jobs: Sequence[Job]
    at: datetime
    flags: Sequence[int]
    commands: Sequence[bytes]


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """Stop code that never gives way. An alarm costs two system calls, a thread a hundred times."""

    def stop(_: int, frame: FrameType | None) -> None:
        raise Hang(frame and f"{frame.f_code.co_filename}:{frame.f_lineno}")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    except Hang as hang:
        raise AssertionError(f"a workflow hangs at {hang}") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


class Instance:
    """The SDK's workflow instance."""

    def __init__(self, start: Start) -> None:
        details = WorkflowInstanceDetails(
            payload_converter_factory=BriefPayloadConverter,
            failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
            interceptor_classes=start.interceptors,
            defn=workflow._Definition.must_from_class(start.workflow),
            info=info_of(start),
            randomness_seed=start.seed,
            extern_functions={},
            disable_eager_activity_execution=True,
            worker_level_failure_exception_types=[],
            patch_activation_callback=None,
            last_completion_result=Payloads(),
            last_failure=None,
        )
        # It leaves its runtime on whatever loop is running while it is made; any will do.
        asyncio._set_running_loop(asyncio.AbstractEventLoop())  # type: ignore[abstract]
        try:
            self._instance = UnsandboxedWorkflowRunner().create_instance(details)
        finally:
            asyncio._set_running_loop(None)

    def activate(
        self, turn: Sequence[Job], at: datetime, replayed: Turn | None = None
    ) -> WorkflowActivationCompletion:
        activation = WorkflowActivation(run_id="run", jobs=turn, is_replaying=replayed is not None)
        activation.timestamp.FromDatetime(at)
        if replayed:
            activation.available_internal_flags.extend(replayed.flags)
        with no_longer_than(PATIENCE):
            return self._instance.activate(activation)

    def evict(self) -> None:
        """Let it go, as a worker's cache does; whatever its tasks do then must do nothing."""
        job = Job()
        job.remove_from_cache.message = "full"
        completion = self.activate([job], datetime.fromtimestamp(0, UTC))
        assert not completion.successful.commands


class Run:
    """One workflow from its start to its end: what it was told, and what it wants."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self.turns: list[Turn] = []
        self.attributes: dict[str, Any] = {}
        self.end: wire.End | None = None
        self.suspended: str | None = None
        """The bug that made the last turn fail; nothing of that turn happened."""
        self._instance: Instance | None = Instance(start)
        self._steps: dict[int, wire.Step] = {}
        self._timers: set[int] = set()
        self._failed: Sequence[Job] = ()

    def turn(self, *jobs: Job, at: datetime) -> list[wire.Want]:
        """Tell it something. A bug leaves it as it was, suspended until it is resumed."""
        if self.suspended:
            self._failed = (*self._failed, *jobs)
            return []
        for job in jobs:
            if job.HasField("resolve_activity"):
                self._steps[job.resolve_activity.seq].is_resolved = True
            elif job.HasField("fire_timer"):
                self._timers.discard(job.fire_timer.seq)
        instance = self._instance = self._instance or self._rebuilt()
        completion = instance.activate(jobs, at)
        if completion.HasField("failed"):
            bug = FAILURES.from_failure(completion.failed.failure, CONVERTER)
            self.suspended, self._failed = f"{bug!r}", jobs
            self.evict()
            return []
        done = completion.successful
        self.turns.append(Turn(jobs, at, list(done.used_internal_flags), bytes_of(completion)))
        return [want for command in done.commands if (want := self._want(command))]

    def resume(self, at: datetime) -> list[wire.Want]:
        """Do the failed turn again: the code was mended."""
        self.suspended = None
        return self.turn(*self._failed, at=at)

    def ask(self, query: str, at: datetime) -> Any:  # noqa: ANN401 - whatever the query tells
        job = Job()
        job.query_workflow.query_id = "query"
        job.query_workflow.query_type = query
        self._instance = self._instance or self._rebuilt()
        (answer,) = self._instance.activate([job], at).successful.commands
        return CONVERTER.from_payload(answer.respond_to_query.succeeded.response)

    def evict(self) -> None:
        """Leave the cache; the next turn replays all that was."""
        if self._instance:
            self._instance.evict()
            self._instance = None

    def replay(self) -> None:
        """Prove that the same history makes the same commands, byte by byte."""
        self._rebuilt().evict()

    def _rebuilt(self) -> Instance:
        instance = Instance(self.start)
        for number, turn in enumerate(self.turns):
            completion = instance.activate(turn.jobs, turn.at, replayed=turn)
            again = [
                c.SerializeToString(deterministic=True) for c in completion.successful.commands
            ]
            if again != turn.commands:
                raise NotDeterministic(f"turn {number} of {self.start.id}: {completion}")
        return instance

    def _want(self, command: WorkflowCommand) -> wire.Want | None:
        want = wire.want_of(command)
        match want:
            case wire.Step():
                self._steps[want.seq] = want
            case wire.Timer():
                self._timers.add(want.seq)
            case wire.NoTimer():
                self._timers.discard(want.seq)
            case wire.NoStep():
                self._steps[want.seq].is_cancelled = True
            case wire.Attributes():
                self.attributes |= want.values
            case wire.End():
                self.end = want
            case _:
                pass
        return want

    def step(self, seq: int) -> wire.Step:
        return self._steps[seq]

    def is_waiting_for(self, what: wire.Step | wire.Timer) -> bool:
        if isinstance(what, wire.Timer):
            return what.seq in self._timers
        return not (what.is_cancelled or what.is_resolved)


def bytes_of(completion: WorkflowActivationCompletion) -> list[bytes]:
    return [c.SerializeToString(deterministic=True) for c in completion.successful.commands]


def info_of(start: Start) -> workflow.Info:
    unsaid = dict.fromkeys(workflow.Info.__dataclass_fields__)
    said = {
        "attempt": 1,
        "first_execution_run_id": "run",
        "headers": start.headers,
        "namespace": "hms",
        "original_execution_run_id": "run",
        "priority": Priority.default,
        "raw_memo": {},
        "run_id": "run",
        "search_attributes": {},
        "start_time": start.at,
        "task_queue": "sagas",
        "task_timeout": timedelta(seconds=5),
        "typed_search_attributes": TypedSearchAttributes.empty,
        "workflow_id": start.id,
        "workflow_start_time": start.at,
        "workflow_type": start.type,
    }
    return workflow.Info(**{**unsaid, **said})  # type: ignore[arg-type] # one dict, many types
