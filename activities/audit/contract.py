"""What the audit service promises: who did what can be read, and not be altered unnoticed."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from activities.contract import Command

TASK_QUEUE = "audit"


class AuditOutcome(StrEnum):
    DONE = "DONE"
    REFUSED = "REFUSED"
    DENIED = "DENIED"
    FAILED = "FAILED"


class Append(Command):
    """Records how a process ended. Who asked for it comes in the sealed header."""

    action: str
    outcome: AuditOutcome
    object_type: str
    object_id: str | None = None
    subject_id: UUID | None = None
    details: dict[str, str] = Field(default={})
