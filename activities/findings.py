"""What is found wrong, and how a service is asked whether anything is."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from activities.contract import Command, Message


class Severity(StrEnum):
    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


class Finding(Message):
    """Something that must not be. The same check and object is the same finding, seen again."""

    check: str
    object_key: str
    severity: Severity = Severity.CRITICAL
    details: dict[str, str] = Field(default={})
    processes: tuple[str, ...] = ()
    """Who changed the object last, as far as the record says."""
    appointment_id: UUID | None = None
    """The visit that it belongs to: what changes that now may put it right."""


class CheckInvariants(Command):
    """Asks for one page of a service's own checks; `after` is the `next` of the page before."""

    at: datetime
    """What is older than some time counts from here."""
    after: str = ""


class Found(Message):
    """A page of what was found, and the names of the checks that it is a page of."""

    checks: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    next: str | None = None
    """Where the next page begins; `None` when everything was looked at."""
