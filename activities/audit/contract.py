"""What the audit service promises: who did what can be read, and not be altered unnoticed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from activities.contract import Command, Message
from activities.findings import Finding

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


class Entry(Message):
    """A record as another source wrote it; its key makes it one record, however often it comes."""

    source: str
    record_key: str
    at: datetime
    actor_id: UUID | None = None
    actor_role: str
    subject_id: UUID | None = None
    action: str
    outcome: AuditOutcome
    object_type: str
    object_id: str | None = None
    purpose: str | None = None
    correlation_id: str | None = None
    details: dict[str, str] = Field(default={})


class AppendEntries(Command):
    """Carries records over, in the order in which they were written. `part` is the last one."""

    entries: tuple[Entry, ...]


class ListHeads(Command):
    """Asks for the newest record of every chain."""


class Heads(Message):
    heads: tuple[Anchor, ...] = ()


class VerifyChain(Command):
    """Asks to read a part of a chain again; the record before `since` is taken on trust.

    An anchor is what its record must still be, and its number one that must still be there.
    """

    source: str
    since: int
    until: int
    anchor: str | None = None


class ProcessesOf(Command):
    """Asks which of these processes still run, and for which of these visits any does."""

    ids: tuple[str, ...] = ()
    appointments: tuple[UUID, ...] = ()


class Running(Message):
    ids: tuple[str, ...] = ()
    appointments: tuple[UUID, ...] = ()


class FileFindings(Command):
    """Files what was found. What is `unsure` is not filed, but what was filed of it stays open."""

    seen_at: datetime
    findings: tuple[Finding, ...] = ()
    unsure: tuple[Finding, ...] = ()


class CloseFindings(Command):
    """Closes what these checks found before and have not seen since; all, or of these objects."""

    checks: tuple[str, ...]
    not_seen_since: datetime
    keys: tuple[str, ...] | None = None


class Filed(Message):
    """How many findings are new, or how many were closed."""

    findings: int
