"""How mail leaves the hospital."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
IDLE = 30.0
"""Seconds that a connection is kept for the next mail: servers wait for some minutes."""
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
    """Hands mails over to an SMTP server, and keeps its connections for the next ones."""

    def __init__(self, server: MailServer, patience: float = PATIENCE) -> None:
        self._server = server
        self._patience = patience
        self._idle: dict[SMTP, asyncio.TimerHandle] = {}

    async def hand_over(self, letter: Letter) -> str | None:
        try:
            mail = mail_of(letter, self._server)
            async with asyncio.timeout(self._patience), self._connected() as server:
                await server.send_message(mail, recipients=[letter.address])
        except (SMTPException, OSError, ValueError) as error:
            return answer_of(error)
        return None

    async def close(self) -> None:
        for connection in list(self._idle):
            self._drop(connection)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        """Connect for one mail. After anything but a mail that was taken, nobody uses it again."""
        connection = await self._find_idle() or self._connection()
        try:
            if not connection.is_connected:
                await connection.connect()
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle[connection] = asyncio.get_running_loop().call_later(IDLE, self._drop, connection)

    async def _find_idle(self) -> SMTP | None:
        """Take a connection that the server has not left meanwhile; the question harms no mail."""
        while self._idle:
            connection, timer = self._idle.popitem()
            timer.cancel()
            try:
                await connection.rset()
            except (SMTPException, OSError):
                connection.close()
            except asyncio.CancelledError:
                connection.close()
                raise
            else:
                return connection
        return None

    def _drop(self, connection: SMTP) -> None:
        self._idle.pop(connection).cancel()
        connection.close()

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
