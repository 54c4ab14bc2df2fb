"""What stands around every workflow: who asked travels on."""

from temporalio.worker import WorkflowInboundInterceptor, WorkflowInterceptorClassInput

from workflows.origin import OriginInterceptor


def origin_interceptor() -> type[WorkflowInboundInterceptor]:
    """Make it, as a worker does."""
    no_input = WorkflowInterceptorClassInput(unsafe_extern_functions={})
    made = OriginInterceptor().workflow_interceptor_class(no_input)
    assert made
    return made
