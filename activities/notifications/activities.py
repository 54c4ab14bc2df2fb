"""What processes may ask of the notifications' service."""

from typing import TYPE_CHECKING

from temporalio import activity

from activities.facts import FactsOf, MessageFacts
from activities.findings import CheckInvariants, Found
from activities.notifications.contract import Deferred, Handed, Letter, MailDeferred, Send, Sent
from activities.process import process

if TYPE_CHECKING:
    from activities.notifications.mailer import Mailer
    from activities.notifications.service import NotificationService


class NotificationActivities:
    """Sends messages. A message that cannot be sent is an answer, too."""

    def __init__(self, notifications: "NotificationService", mailer: "Mailer") -> None:
        self._notifications = notifications
        self._checks = notifications.checks
        self._mailer = mailer

    @activity.defn(name="notifications.send")
    async def send(self, request: Send) -> Sent:
        """Send a message once.

        After a crash between the mail server's answer and our record of it, one more copy with the
        same Message-ID is sent: nobody can know whether the first one arrived.
        """
        scheduled = await self._notifications.schedule(process(), request)
        letter = await self._notifications.read(process(), request, scheduled)
        if isinstance(letter, Sent):
            return letter
        try:
            failure = await self._mailer.hand_over(letter)
        except MailDeferred:
            await self._notifications.defer(process(), deferred(request, letter))
            raise
        return await self._notifications.record(process(), handed(request, letter, failure))

    @activity.defn(name="notifications.check_invariants")
    async def check_invariants(self, request: CheckInvariants) -> Found:
        """Look at a page of what must never be; changes nothing."""
        return await self._checks.check_invariants(request)

    @activity.defn(name="notifications.list_messages")
    async def list_messages(self, request: FactsOf) -> MessageFacts:
        """Tell what patients were told of visits, without a word of it; keeps nothing."""
        return await self._checks.list_messages(request)


def deferred(request: Send, letter: Letter) -> Deferred:
    return Deferred(part=f"{request.part}:{letter.retries}", notification_id=letter.notification_id)


def handed(request: Send, letter: Letter, failure: str | None) -> Handed:
    """Report an answer by a name of its own: a copy may be answered otherwise."""
    return Handed(
        part=f"{request.part}:{failure or 'taken'}",
        notification_id=letter.notification_id,
        failure=failure,
    )
