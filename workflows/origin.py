"""Who asked travels with every call: from the API through workflows to their steps."""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Interceptor as ClientInterceptor,
)
from temporalio.client import (
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    StartWorkflowUpdateWithStartInput,
    WorkflowHandle,
    WorkflowUpdateHandle,
)
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import (
    ContinueAsNewInput,
    Interceptor,
    SignalChildWorkflowInput,
    SignalExternalWorkflowInput,
    StartActivityInput,
    StartChildWorkflowInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from typing_extensions import override

from activities.process import Origin

HEADER = "hms-origin"
convert = pydantic_data_converter.payload_converter

asking: ContextVar[Origin] = ContextVar("asking", default=Origin())  # noqa: B039 - it is frozen
"""Who asks in this request of the API, or in this command."""

Headers = Mapping[str, Payload]
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def sealed(origin: Origin) -> dict[str, Payload]:
    """Write the header; the connection's codec encrypts it, as it does every payload.

    Every step of every process carries it, so it is a bare list: account, role, correlation id,
    purpose, microseconds of the acceptance. It only grows at its end.
    """
    account = origin.account_id.hex if origin.account_id else None
    accepted = (origin.accepted_at - EPOCH) // MICROSECOND if origin.accepted_at else None
    said = [account, origin.role, origin.correlation_id, origin.purpose, accepted]
    return {HEADER: convert.to_payload(said)}


def opened(headers: Headers) -> Origin:
    """Read the header; the codec has opened and so authenticated it. Nobody's: the system's."""
    if HEADER not in headers:
        return Origin()
    account, role, correlation_id, purpose, accepted = convert.from_payload(headers[HEADER])
    return Origin(
        account_id=UUID(account) if account else None,
        role=role,
        correlation_id=correlation_id,
        purpose=purpose,
        accepted_at=EPOCH + accepted * MICROSECOND if accepted else None,
    )


class OriginInterceptor(ClientInterceptor, Interceptor):
    """Carries the origin on every way in and on."""

    @override
    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return _FromTheCaller(next)

    @override
    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,
    ) -> type[WorkflowInboundInterceptor] | None:
        return _IntoTheWorkflow


class _FromTheCaller(OutboundInterceptor):
    @override
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        input.headers = {**input.headers, **sealed(asking.get())}
        return await super().start_workflow(input)

    @override
    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        input.headers = {**input.headers, **sealed(asking.get())}
        await super().signal_workflow(input)

    @override
    async def start_workflow_update(
        self, input: StartWorkflowUpdateInput
    ) -> WorkflowUpdateHandle[Any]:
        input.headers = {**input.headers, **sealed(asking.get())}
        return await super().start_workflow_update(input)

    @override
    async def start_update_with_start_workflow(
        self, input: StartWorkflowUpdateWithStartInput
    ) -> WorkflowUpdateHandle[Any]:
        start = input.start_workflow_input
        start.headers = {**start.headers, **sealed(asking.get())}
        return await super().start_update_with_start_workflow(input)


class _IntoTheWorkflow(WorkflowInboundInterceptor):
    @override
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_OutOfTheWorkflow(outbound))


class _OutOfTheWorkflow(WorkflowOutboundInterceptor):
    """Hands on who asked, and adds when the process was accepted: rules are judged by that."""

    _headers: dict[str, Payload] | None = None

    def headers(self) -> dict[str, Payload]:
        if self._headers is None:
            info = workflow.info()
            origin = opened(info.headers)
            if getattr(workflow.instance(), "acts_by_itself", False):
                # Nobody asked for what its timers do.
                origin = Origin(correlation_id=origin.correlation_id)
            accepted = origin.model_copy(update={"accepted_at": info.workflow_start_time})
            self._headers = sealed(accepted)
        return self._headers

    @override
    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:
        input.headers = {**input.headers, **self.headers()}
        return super().start_activity(input)

    @override
    async def start_child_workflow(
        self, input: StartChildWorkflowInput
    ) -> workflow.ChildWorkflowHandle[Any, Any]:
        input.headers = {**input.headers, **self.headers()}
        return await super().start_child_workflow(input)

    @override
    async def signal_child_workflow(self, input: SignalChildWorkflowInput) -> None:
        input.headers = {**input.headers, **self.headers()}
        await super().signal_child_workflow(input)

    @override
    async def signal_external_workflow(self, input: SignalExternalWorkflowInput) -> None:
        input.headers = {**input.headers, **self.headers()}
        await super().signal_external_workflow(input)

    @override
    def continue_as_new(self, input: ContinueAsNewInput) -> Any:
        input.headers = {**input.headers, **self.headers()}
        super().continue_as_new(input)
