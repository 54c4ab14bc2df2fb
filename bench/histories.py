"""What histories hold, beside what was reckoned before there was any."""

from collections.abc import Sequence
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from typing_extensions import override

from bench.ratios import middle

MAX_BYTES = 12_000 // 50
"""Sealed bytes of an event at most: 12 kB for the 50 events that a booking may have."""
STEP, STAGE = 3, 6
"""Events of a step, and of a step with a task of the workflow of its own."""


@dataclass(frozen=True)
class Cost:
    """What one history holds."""

    events: int
    to_answer: int
    workflow_tasks: int
    activities: int
    size: int
    signals: int
    steps: tuple[str, ...]

    @classmethod
    def of(cls, history: WorkflowHistory) -> "Cost":
        kinds = [EventType.Name(e.event_type).removeprefix("EVENT_TYPE_") for e in history.events]
        return cls(
            events=len(kinds),
            to_answer=kinds.index("WORKFLOW_EXECUTION_UPDATE_COMPLETED") + 1,
            workflow_tasks=kinds.count("WORKFLOW_TASK_COMPLETED"),
            activities=kinds.count("ACTIVITY_TASK_COMPLETED"),
            size=sum(event.ByteSize() for event in history.events),
            signals=kinds.count("WORKFLOW_EXECUTION_SIGNALED"),
            steps=tuple(
                event.activity_task_scheduled_event_attributes.activity_type.name.partition(".")[2]
                for event in history.events
                if event.HasField("activity_task_scheduled_event_attributes")
            ),
        )


@dataclass(frozen=True)
class Range:
    low: int
    high: int

    @override
    def __str__(self) -> str:
        if self.low == self.high:
            return str(self.low)
        return f"{self.low}-{self.high}" if self.low else f"at most {self.high}"

    def judge(self, values: Sequence[int]) -> str:
        if all(map(self._has, values)):
            return "within"
        return "median within" if self._has(middle(values)) else "OUTSIDE"

    def _has(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Reckoned:
    """What a process was reckoned to hold, and what has become a part of it since.

    `beside` are steps that are taken together with others, `stages` are waited for.
    """

    events: Range
    activities: Range
    beside: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    most_bytes: int | None = None
    """If it was said; else each event may have as much as one of a booking."""

    @property
    def since(self) -> tuple[str, ...]:
        return (*self.stages, *self.beside)

    @property
    def events_now(self) -> Range:
        """Add what is new: a step beside others may have a task alone after all."""
        stages, beside = len(self.stages), len(self.beside)
        return Range(
            self.events.low + STAGE * stages + STEP * beside,
            self.events.high + STAGE * (stages + beside),
        )

    @property
    def activities_now(self) -> Range:
        new = len(self.since)
        return Range(self.activities.low + new, self.activities.high + new)

    @property
    def bytes_now(self) -> Range:
        return Range(0, self.most_bytes or MAX_BYTES * self.events_now.high)
