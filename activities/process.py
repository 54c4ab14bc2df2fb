"""Whose step this is: the process that asked, and who asked for the process."""

from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

from activities.contract import Message


class Origin(Message):
    """Who asked. Travels in the sealed header `hms-origin`, from the API through every workflow."""

    account_id: UUID | None = None
    role: str = "SYSTEM"
    correlation_id: str | None = None
    purpose: str | None = None
    accepted_at: datetime | None = None
    """When the workflow was accepted; the API does not know it yet."""


class Process(Message):
    """The workflow whose step is being done."""

    id: str
    origin: Origin = Origin()

    @property
    def accepted_at(self) -> datetime:
        """When the workflow was accepted: rules are judged by it, never by a retry's clock."""
        if self.origin.accepted_at is None:
            raise RuntimeError("a step without a process: nothing says when it was accepted")
        return self.origin.accepted_at


_current: ContextVar[Process] = ContextVar("process")


def process() -> Process:
    """The process whose step the running activity is."""
    return _current.get()


def enter(current: Process) -> None:
    """Say whose step the running activity is: the workers' interceptor does."""
    _current.set(current)
