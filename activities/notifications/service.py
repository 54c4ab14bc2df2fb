"""One message per event, person and channel, whatever is repeated."""

from uuid import UUID, uuid5

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.inbox import Service, once
from activities.notifications.checks import NotificationChecks
from activities.notifications.contract import (
    Channel,
    Deferred,
    Handed,
    Letter,
    NotificationStatus,
    Scheduled,
    Send,
    Sent,
    Suppressed,
    TemplateInvalid,
)
from activities.notifications.templates import Values, one_line, render
from activities.process import Process
from db.notifications.repository import NotificationRepository, TemplateRow

log = structlog.get_logger()

NOTIFICATIONS = UUID("f2a4f6d0-8a3d-4d55-9c53-5a1c9a2f7b10")
"""The namespace of all notification ids: the same message has the same id, and Message-ID."""
LONGEST_SUBJECT = 300


class NotificationService(Service):
    """Keeps messages, and what became of them; handing them over is the door's.

    What keeps a message from being sent never stops the process that wanted it sent.
    """

    @property
    def checks(self) -> NotificationChecks:
        return NotificationChecks(self._engine)

    @once("send", locking=lambda request: [f"message:{dedupe_key(request)}"])
    async def schedule(
        self, connection: AsyncConnection, process: Process, request: Send
    ) -> Scheduled:
        """Write the message down as it will be sent, or why it will not be."""
        notifications = NotificationRepository(connection)
        this = notification_id(request)
        # Asked before the insert: a conflict would come after the trigger has written history.
        is_known, template = await notifications.look(this, request.event)
        if is_known:
            return Scheduled(notification_id=this, is_ours=False)
        text, because = written(request, template)
        await notifications.add(row_of(process, request, template) | text)
        if because:
            await notifications.suppress(this, because)
        return Scheduled(notification_id=this, is_ours=True)

    async def read(self, process: Process, request: Send, scheduled: Scheduled) -> Letter | Sent:
        """Tell what is still to be handed over, or what became of it."""
        async with self.one_statement() as connection:
            now = await NotificationRepository(connection).get(scheduled.notification_id)
        if now.status != NotificationStatus.SCHEDULED or not scheduled.is_ours:
            return Sent(status=NotificationStatus(now.status))
        return Letter(
            notification_id=scheduled.notification_id,
            address=request.recipient.address or "",
            subject=now.subject or "",
            text=now.message or "",
            correlation_id=process.origin.correlation_id,
            retries=now.retry_count,
        )

    @once("sent")
    async def record(self, connection: AsyncConnection, _: Process, request: Handed) -> Sent:
        """Keep the first answer of the mail server; a later one, to a copy, changes nothing."""
        notifications, this = NotificationRepository(connection), request.notification_id
        if request.failure:
            answer = NotificationStatus.FAILED
            is_first = await notifications.fail(this, request.failure)
        else:
            answer = NotificationStatus.SENT
            is_first = await notifications.send(this)
        if not is_first:
            answer = NotificationStatus((await notifications.get(this)).status)
        return Sent(status=answer)

    @once("deferred")
    async def defer(self, connection: AsyncConnection, _: Process, request: Deferred) -> None:
        await NotificationRepository(connection).count_retry(request.notification_id)


def written(
    request: Send, template: TemplateRow | None
) -> tuple[dict[str, str], Suppressed | None]:
    """Write the text, or say why there is none."""
    if because := unreachable(request):
        return {}, because
    if template is None or not template.is_active:
        log.error("template_inactive", template=request.event)
        return {}, Suppressed.TEMPLATE_INACTIVE
    values: Values = {**request.values, "recipient": {"name": request.recipient.name}}
    try:
        subject = one_line(render(template.subject_template or "", values))
        message = render(template.body_template, values)
    except TemplateInvalid as invalid:
        log.error("template_invalid", template=request.event, reason=str(invalid))  # noqa: TRY400 - a trace tells nothing more
        return {}, Suppressed.TEMPLATE_INVALID
    return {"subject": subject[:LONGEST_SUBJECT], "message": message}, None


def unreachable(request: Send) -> Suppressed | None:
    match request.recipient.channel:
        case Channel.NONE:
            return Suppressed.CHANNEL_NONE
        case Channel.SMS:
            return Suppressed.NO_SMS_CHANNEL
    return None if request.recipient.address else Suppressed.NO_ADDRESS


def row_of(process: Process, request: Send, template: TemplateRow | None) -> dict[str, object]:
    origin = process.origin
    return {
        "notification_id": notification_id(request),
        "event_type": request.event,
        "payload": {name: one_line(value) for name, value in request.values.items()},
        "recipient_type": request.recipient.type,
        "recipient_id": request.recipient.id,
        "channel": channel_of(request),
        "template_name": template and template.name,
        "appointment_id": request.appointment_id,
        "dedupe_key": dedupe_key(request),
        "created_by": origin.account_id,
        "updated_by": origin.account_id,
        "correlation_id": origin.correlation_id,
    }


def channel_of(request: Send) -> Channel:
    """Name the way that a message takes, or would take if its recipient wanted any."""
    return Channel.SMS if request.recipient.channel == Channel.SMS else Channel.EMAIL


def dedupe_key(request: Send) -> str:
    about = (request.appointment_id or "", request.event, request.occurrence)
    return ":".join(map(str, (*about, request.recipient.id, channel_of(request))))


def notification_id(request: Send) -> UUID:
    return uuid5(NOTIFICATIONS, dedupe_key(request))
