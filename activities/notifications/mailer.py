"""How mail leaves the hospital."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Protocol

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from activities.notifications.contract import Letter, MailDeferred

PATIENCE = 5.0
FOR_GOOD = 500


class Mailer(Protocol):
    """Hands mails over to whoever delivers them."""

    async def hand_over(self, letter: Letter) -> str | None:
        """Give a mail away: why it was refused for good, or nothing when it was taken.

        Raises `MailDeferred` when nobody knows, or it may be taken later.
        """
        ...


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed over, and in whose name."""

    host: str
    port: int
    sender: str
    username: str | None = None
    password: str | None = None
    use_tls: bool = False
    start_tls: bool | None = None
    """None: when the server offers it."""

    @property
    def domain(self) -> str:
        return parseaddr(self.sender)[1].rpartition("@")[2]


class SmtpMailer:
    """Hands mails over to an SMTP server."""

    def __init__(self, server: MailServer, patience: float = PATIENCE) -> None:
        self._server = server
        self._patience = patience

    async def hand_over(self, letter: Letter) -> str | None:
        is_taken, connection = False, self._connection()
        try:
            mail = mail_of(letter, self._server)
            async with asyncio.timeout(self._patience), connection as server:
                await server.send_message(mail, recipients=[letter.address])
                is_taken = True
        except (SMTPException, OSError, ValueError) as error:
            # After the server took the mail, nothing is left but to say goodbye.
            return None if is_taken else answer_of(error)
        return None

    def _connection(self) -> SMTP:
        return SMTP(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.username,
            password=self._server.password,
            use_tls=self._server.use_tls,
            start_tls=self._server.start_tls,
            local_hostname=self._server.domain,
            timeout=self._patience,
        )


def mail_of(letter: Letter, server: MailServer) -> EmailMessage:
    """Write the mail. A header with a line end in it is a `ValueError`, never a second header."""
    mail = EmailMessage()
    mail["Message-ID"] = f"<{letter.notification_id}@{server.domain}>"
    mail["Date"] = datetime.now(UTC)
    mail["From"] = server.sender
    mail["To"] = letter.address
    mail["Subject"] = letter.subject
    mail["Auto-Submitted"] = "auto-generated"
    if letter.correlation_id:
        mail["X-Correlation-ID"] = letter.correlation_id
    mail.set_content(letter.text)
    return mail


def answer_of(error: Exception) -> str:
    """Tell an answer from a fault: only a 5xx for this recipient or this mail is an answer.

    A fault does not come from `error`: the server's words repeat the address.
    """
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, SMTPRecipientRefused | SMTPDataError) and error.code >= FOR_GOOD:
        return f"smtp {error.code}"
    if isinstance(error, SMTPNotSupported | ValueError):
        return "address-impossible"
    code = error.code if isinstance(error, SMTPResponseException) else ""
    raise MailDeferred(f"{type(error).__name__} {code}".rstrip()) from None
