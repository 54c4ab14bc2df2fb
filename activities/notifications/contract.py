"""What the notifications' service promises: one message per event, person and channel."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from activities.contract import Command, Message, Refusal

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


class Suppressed(StrEnum):
    """Why a message is not sent. Nothing that waits for it is stopped by that."""

    CHANNEL_NONE = "channel-none"
    NO_ADDRESS = "no-address"
    NO_SMS_CHANNEL = "no-sms-channel"
    TEMPLATE_INACTIVE = "template-inactive"
    TEMPLATE_INVALID = "template-invalid"


class TemplateInvalid(Refusal):
    """The template holds what templates may not hold, or wants a value that is not given."""

    code = "template-invalid"


class MailDeferred(Exception):
    """The mail server could not take it now: a fault. Shows no address and no text."""


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
    """What its text may name; money as `105.00 GBP`, days in ISO form."""
    occurrence: str = ""
    """Which of several events of one kind: a move's id, a reminder's lead time."""


class Sent(Message):
    status: NotificationStatus


class Scheduled(Message):
    """A message that is written down; another process's is sent by that one."""

    notification_id: UUID
    is_ours: bool


class Letter(Message):
    """A mail that is to be handed over; the same id is the same mail, however often it is sent."""

    notification_id: UUID
    address: str
    subject: str
    text: str
    correlation_id: str | None = None
    retries: int = 0


class Handed(Command):
    """Records the mail server's answer; without a failure it took the mail."""

    notification_id: UUID
    failure: str | None = None


class Deferred(Command):
    """Counts that the mail server could not take a mail once more."""

    notification_id: UUID
