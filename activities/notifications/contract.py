"""What the notifications' service promises: one message per event, person and channel."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from activities.contract import Command, Message

TASK_QUEUE = "notifications"


class Channel(StrEnum):
    EMAIL = "EMAIL"
    SMS = "SMS"
    NONE = "NONE"


class NotificationStatus(StrEnum):
    SCHEDULED = "SCHEDULED"
    SENT = "SENT"
    FAILED = "FAILED"
    SUPPRESSED = "SUPPRESSED"


class Recipient(Message):
    """Who gets a message, and where. Notifications reads no other database."""

    id: UUID
    type: str = "PATIENT"
    channel: str = Channel.EMAIL
    address: str | None = None
    name: str


class Send(Command):
    """Sends what the template named `event` says of these values; `part` is the event, too."""

    event: str
    recipient: Recipient
    appointment_id: UUID | None = None
    values: dict[str, str] = Field(default={})
    occurrence: str = ""
    """Which of several events of one kind: a move's id, a reminder's lead time."""


class Sent(Message):
    status: NotificationStatus
