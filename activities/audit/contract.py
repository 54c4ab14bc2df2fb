"""What the audit service promises: who did what can be read, and not be altered unnoticed."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from activities.contract import Command, Message

TASK_QUEUE = "audit"
SAGAS = "sagas"
"""The chain of what workflows record; other sources have chains of their own."""


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
    reason: str | None = None
    details: dict[str, str] = Field(default={})


class Flaw(StrEnum):
    """What is wrong with a chain, at the first number that is not as it was written."""

    GAP = "gap"
    BROKEN_LINK = "broken-link"
    CHANGED_CONTENT = "changed-content"
    CUT_TAIL = "cut-tail"
    REWRITTEN = "rewritten"


class Anchor(Message):
    """The head of a chain at some time, kept outside the database that it vouches for."""

    source: str
    seq: int
    hash: str


class Verdict(Message):
    """Whether a chain is what was written; its head is the next anchor."""

    head: Anchor | None = None
    broken_seq: int | None = None
    flaw: Flaw | None = None
