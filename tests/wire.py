"""What Temporal's server and a workflow say to each other: jobs in, commands out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.bridge.proto.workflow_activation import WorkflowActivationJob
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.common import RetryPolicy
from temporalio.converter import DefaultFailureConverterWithEncodedAttributes
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    CancelledError,
    RetryState,
    TimeoutError,  # noqa: A004 - Temporal's own, as workflows see it
    TimeoutType,
)

from workflows.connection import BriefPayloadConverter

Job = WorkflowActivationJob
CONVERTER = BriefPayloadConverter()
FAILURES = DefaultFailureConverterWithEncodedAttributes()


@dataclass(eq=False)
class Step:
    """An activity that a workflow waits for."""

    seq: int
    id: str
    type: str
    request: Payload
    headers: Mapping[str, Payload]
    retry: RetryPolicy
    attempt_for: timedelta
    patience: timedelta | None
    is_cancelled: bool = False
    is_resolved: bool = False


@dataclass(frozen=True)
class Timer:
    seq: int
    after: timedelta


@dataclass(frozen=True)
class Child:
    seq: int
    id: str
    type: str
    request: Payload
    headers: Mapping[str, Payload]


@dataclass(frozen=True)
class Letter:
    """A signal to another workflow."""

    seq: int
    to: str
    name: str


@dataclass(frozen=True)
class Answer:
    """What became of an update; `rejected` is the problem's type when its validator said no."""

    id: str
    value: Any = None
    rejected: str | None = None


@dataclass(frozen=True)
class NoStep:
    """The workflow gives up waiting for a step; the step itself may still be running."""

    seq: int


@dataclass(frozen=True)
class NoTimer:
    seq: int


@dataclass(frozen=True)
class Attributes:
    values: dict[str, Any]


@dataclass(frozen=True)
class End:
    """How the workflow closed: `completed`, `failed` or `cancelled`."""

    how: str
    value: Any = None


Want = Step | NoStep | Timer | NoTimer | Child | Letter | Answer | Attributes | End


def want_of(command: WorkflowCommand) -> Want | None:
    """Read a command; `None` is one that changes nothing, like the acceptance of an update."""
    return READ[str(command.WhichOneof("variant"))](command)


def step_of(command: WorkflowCommand) -> Step:
    activity = command.schedule_activity
    patience = activity.schedule_to_close_timeout.ToTimedelta()
    return Step(
        seq=activity.seq,
        id=activity.activity_id,
        type=activity.activity_type,
        request=activity.arguments[0],
        headers=dict(activity.headers),
        retry=RetryPolicy.from_proto(activity.retry_policy),
        attempt_for=activity.start_to_close_timeout.ToTimedelta(),
        patience=patience or None,
    )


def answer_of(command: WorkflowCommand) -> Answer | None:
    said = command.update_response
    match said.WhichOneof("response"):
        case "completed":
            return Answer(said.protocol_instance_id, CONVERTER.from_payload(said.completed))
        case "rejected":
            error = FAILURES.from_failure(said.rejected, CONVERTER)
            return Answer(said.protocol_instance_id, rejected=getattr(error, "type", str(error)))
        case _:
            return None


def child_of(command: WorkflowCommand) -> Child:
    child = command.start_child_workflow_execution
    return Child(
        child.seq, child.workflow_id, child.workflow_type, child.input[0], dict(child.headers)
    )


def letter_of(command: WorkflowCommand) -> Letter:
    letter = command.signal_external_workflow_execution
    return Letter(letter.seq, letter.workflow_execution.workflow_id, letter.signal_name)


def attributes_of(command: WorkflowCommand) -> Attributes:
    said = command.upsert_workflow_search_attributes.search_attributes.indexed_fields
    return Attributes({key: CONVERTER.from_payload(said[key]) for key in said})


def timer_of(command: WorkflowCommand) -> Timer:
    timer = command.start_timer
    return Timer(timer.seq, timer.start_to_fire_timeout.ToTimedelta())


def result_of(command: WorkflowCommand) -> End:
    result = command.complete_workflow_execution.result
    return End("completed", CONVERTER.from_payload(result))


def fault_of(command: WorkflowCommand) -> End:
    failure = command.fail_workflow_execution.failure
    return End("failed", FAILURES.from_failure(failure, CONVERTER))


READ: Mapping[str, Callable[[WorkflowCommand], Want | None]] = {
    "schedule_activity": step_of,
    "request_cancel_activity": lambda command: NoStep(command.request_cancel_activity.seq),
    "start_timer": timer_of,
    "cancel_timer": lambda command: NoTimer(command.cancel_timer.seq),
    "start_child_workflow_execution": child_of,
    "signal_external_workflow_execution": letter_of,
    "cancel_signal_workflow": lambda _: None,  # Too late: it is on its way.
    "upsert_workflow_search_attributes": attributes_of,
    "update_response": answer_of,
    "complete_workflow_execution": result_of,
    "fail_workflow_execution": fault_of,
    "cancel_workflow_execution": lambda _: End("cancelled"),
}
"""A command that is not here is one that no workflow of ours gives."""


def begin(id: str, type: str, request: object) -> Job:
    job = Job()
    job.initialize_workflow.workflow_type = type
    job.initialize_workflow.workflow_id = id
    job.initialize_workflow.arguments.append(CONVERTER.to_payload(request))
    return job


def done(step: Step, result: object) -> Job:
    job = Job()
    job.resolve_activity.seq = step.seq
    payload = CONVERTER.to_payload(result)
    job.resolve_activity.result.completed.result.CopyFrom(payload)
    return job


def failed(step: Step, cause: ApplicationError | TimeoutError) -> Job:
    job = Job()
    job.resolve_activity.seq = step.seq
    job.resolve_activity.result.failed.failure.CopyFrom(failure_of(step, cause))
    return job


def timed_out(step: Step) -> Job:
    kind = TimeoutType.SCHEDULE_TO_CLOSE
    return failed(step, TimeoutError("patience", type=kind, last_heartbeat_details=[]))


def given_up(step: Step) -> Job:
    job = Job()
    job.resolve_activity.seq = step.seq
    failure = failure_of(step, CancelledError("cancelled"))
    job.resolve_activity.result.cancelled.failure.CopyFrom(failure)
    return job


def failure_of(step: Step, cause: BaseException) -> Failure:
    error = ActivityError(
        "activity failed",
        scheduled_event_id=step.seq,
        started_event_id=step.seq,
        identity="worker",
        activity_type=step.type,
        activity_id=step.id,
        retry_state=RetryState.TIMEOUT,
    )
    error.__cause__ = cause
    failure = Failure()
    FAILURES.to_failure(error, CONVERTER, failure)
    return failure


def fired(timer: Timer) -> Job:
    job = Job()
    job.fire_timer.seq = timer.seq
    return job


def started(child: Child) -> Job:
    job = Job()
    job.resolve_child_workflow_execution_start.seq = child.seq
    job.resolve_child_workflow_execution_start.succeeded.run_id = "child"
    return job


def exists(child: Child) -> Job:
    job = Job()
    start = job.resolve_child_workflow_execution_start
    start.seq = child.seq
    start.failed.workflow_id, start.failed.workflow_type = child.id, child.type
    start.failed.cause = 1  # type: ignore[assignment] # WORKFLOW_ALREADY_EXISTS
    return job


def delivered(letter: Letter, *, found: bool) -> Job:
    job = Job()
    job.resolve_signal_external_workflow.seq = letter.seq
    if not found:
        failure = job.resolve_signal_external_workflow.failure
        FAILURES.to_failure(ApplicationError("not found"), CONVERTER, failure)
    return job


def update(id: str, name: str, *arguments: object) -> Job:
    job = Job()
    job.do_update.id = job.do_update.protocol_instance_id = id
    job.do_update.name = name
    job.do_update.run_validator = True
    job.do_update.input.extend(CONVERTER.to_payloads(arguments))
    return job


def told(signal_name: str) -> Job:
    job = Job()
    job.signal_workflow.signal_name = signal_name
    job.signal_workflow.originating_event_id = 1
    return job


def cancel() -> Job:
    job = Job()
    job.cancel_workflow.reason = "asked by a client"
    return job
