"""Processes that outlive whoever starts them."""

from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.contract import Message
from workflows.saga import STATE, SagaState


async def begin(
    run: Callable[[Any, Any], Coroutine[Any, Any, Any]],
    request: Message,
    *,
    id: str,
    about: Mapping[str, str],
    task_queue: str | None = None,
) -> None:
    """Start a process of its own. `about` are search attributes. Started already is fine."""
    pairs = [
        SearchAttributePair(SearchAttributeKey.for_keyword(name), value)
        for name, value in about.items()
    ]
    with suppress(WorkflowAlreadyStartedError):
        await workflow.start_child_workflow(
            run,
            request,
            id=id,
            task_queue=task_queue,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            cancellation_type=workflow.ChildWorkflowCancellationType.ABANDON,
            search_attributes=TypedSearchAttributes(
                [*pairs, SearchAttributePair(STATE, SagaState.RUNNING)]
            ),
            task_timeout=timedelta(seconds=5),
        )
