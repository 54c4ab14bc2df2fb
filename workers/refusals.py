"""What stands around every step: whose it is, and what is final."""

from datetime import timedelta
from typing import Any

import structlog
from prometheus_client import Counter
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor
from typing_extensions import override

from activities.contract import AskLater, FinalFault, Refusal
from activities.database import DatabaseBug
from activities.process import Process, enter
from workflows.origin import opened

STUBBORN = 5
"""From this attempt on, somebody should look."""
LONGEST = timedelta(minutes=2)
RETRIES = Counter("saga_step_retries_total", "Attempts from the fifth on", ["step"])

log = structlog.get_logger()


class StepInterceptor(Interceptor):
    """Given to every worker of a service."""

    @override
    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Step(next)


class _Step(ActivityInboundInterceptor):
    @override
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        process = Process(id=info.workflow_id or "", origin=opened(input.headers))
        enter(process)
        with structlog.contextvars.bound_contextvars(
            workflow_id=process.id,
            step=info.activity_id,
            attempt=info.attempt,
            correlation_id=process.origin.correlation_id,
        ):
            if info.attempt >= STUBBORN:
                RETRIES.labels(info.activity_type).inc()
                log.warning("step_keeps_failing", activity=info.activity_type)
            try:
                return await super().execute_activity(input)
            except DatabaseBug as bug:
                log.error("step_met_a_bug", activity=info.activity_type, fault=str(bug))  # noqa: TRY400 - its text is all there is
                raise
            except Refusal as refusal:
                log.info("step_refused", activity=info.activity_type, code=refusal.code)
                raise ApplicationError(
                    str(refusal),
                    refusal.details,
                    type=refusal.code,
                    non_retryable=True,
                    category=ApplicationErrorCategory.BENIGN,
                ) from refusal
            except AskLater as busy:
                kind = type(busy).__name__
                raise ApplicationError(
                    str(busy), type=kind, next_retry_delay=pause(busy, info.attempt)
                ) from None
            except FinalFault as fault:
                log.error("step_can_not_succeed", activity=info.activity_type, fault=str(fault))  # noqa: TRY400 - as above
                kind = type(fault).__name__
                raise ApplicationError(str(fault), type=kind, non_retryable=True) from None


def pause(busy: AskLater, attempt: int) -> timedelta:
    """Wait as long as was asked for, and ever longer while the answer stays the same."""
    longer: timedelta = busy.retry_after * 2 ** min(attempt - 1, 20)
    return max(busy.retry_after, min(longer, LONGEST))
