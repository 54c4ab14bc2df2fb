"""The SMTP side: an address decides whether its mail is taken."""

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.peers.mail.mailbox import Mailbox


class Reception:
    """Refuses `+bounce` for good and `+busy` for now, and takes everybody else's mail."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and signature
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if "+bounce" in address:
            return "550 5.1.1 no such user"
        if "+busy" in address:
            return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if reply := self._mailbox.fault_of_this_mail():
            return reply
        content = envelope.original_content or b""
        self._mailbox.take(content, envelope.mail_from, envelope.rcpt_tos)
        return "250 OK"
