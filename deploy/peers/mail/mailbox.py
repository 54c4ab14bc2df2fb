"""What was sent, newest first, and what goes wrong with the next ones."""

import email
import email.policy
from collections import deque
from collections.abc import Iterable
from email.message import EmailMessage
from typing import Annotated

from pydantic import BaseModel, Field

LIMIT = 5000


class Mail(BaseModel):
    """One mail, as a test wants to look at it."""

    id: str | None
    sender: str | None = Field(serialization_alias="from")
    to: list[str]
    subject: str | None
    correlation_id: str | None
    text: str
    attachments: list[str]


class Fault(BaseModel):
    """The answer that the next mails get instead of being taken. No times: all is well again."""

    reply: Annotated[str, Field(pattern=r"^[45]\d\d [^\r\n]*$")] = "451 4.3.0 try again later"
    times: Annotated[int, Field(ge=0)] = 1


class Mailbox:
    """Keeps the newest mails of all receivers. What is too old falls out at the end."""

    def __init__(self) -> None:
        self._mails: deque[Mail] = deque(maxlen=LIMIT)
        self.fault = Fault(times=0)

    def take(self, content: bytes, sender: str | None, to: Iterable[str]) -> None:
        parsed = email.message_from_bytes(content, policy=email.policy.default)
        mail = Mail(
            id=parsed["Message-ID"],
            sender=sender,
            to=list(to),
            subject=parsed["Subject"],
            correlation_id=parsed["X-Correlation-ID"],
            text=text_of(parsed),
            attachments=[part.get_filename() or "" for part in parsed.iter_attachments()],
        )
        self._mails.appendleft(mail)

    def find(self, to: str | None = None) -> list[Mail]:
        return [mail for mail in self._mails if to is None or to in mail.to]

    def clear(self) -> None:
        self._mails.clear()

    def fault_of_this_mail(self) -> str | None:
        """Use up one fault, if there is one left."""
        if not self.fault.times:
            return None
        self.fault.times -= 1
        return self.fault.reply


def text_of(parsed: EmailMessage) -> str:
    """Give the words with the line ends of a text, not those of the wire."""
    body = parsed.get_body(("plain", "html"))
    return str(body.get_content()).replace("\r\n", "\n") if body else ""
