"""Processes as clients see them."""

from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import StringConstraints

from api.fields import Body, Line, like
from api.shown import Moment, Shown

WorkflowId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,255}$")]
Step = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:~-]{1,255}$")]


class Resolution(Body):
    """What becomes of a step that waits for a person: again, or on without it."""

    model_config = like(step="refund", action="retry", reason="the card company was asked")

    step: Step
    action: Literal["retry", "skip"]
    reason: Line


class SagaOutcome(Shown):
    """The answer that the command gives, or would have given."""

    status: int
    location: str | None = None
    problem: dict[str, Any] | None = None


class SagaLinks(Shown):
    self: str
    resource: str | None


class SagaInShort(Shown):
    """A process as whoever began it sees it."""

    workflow_id: str
    type: str
    state: str
    step: str | None
    outcome: SagaOutcome | None
    links: SagaLinks


class Saga(SagaInShort):
    """A process as operators see it. Without a worker its steps are empty."""

    model_config = like(
        workflow_id="book-01a1f8df-3213-71ce-8855-1115edae8cb9",
        type="BookAppointment",
        state="NEEDS_ATTENTION",
        step="open_refund:a1",
        outcome=None,
        steps={"hold_slot": "✓", "open_refund:a1": "⏸ the gateway says no"},
        parked=["open_refund:a1"],
    )

    steps: dict[str, str]
    parked: list[str]
    started_at: Moment
    closed_at: Moment | None
    temporal_url: str | None
