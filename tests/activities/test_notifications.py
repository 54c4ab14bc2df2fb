"""One message per event, person and channel; what cannot be sent stops nobody."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
from structlog.testing import capture_logs

from activities.notifications.activities import NotificationActivities
from activities.notifications.contract import (
    Channel,
    Letter,
    MailDeferred,
    NotificationStatus,
    Recipient,
    Send,
    Suppressed,
)
from activities.notifications.mailer import Mailer, MailServer, SmtpMailer
from activities.notifications.service import NotificationService, notification_id
from activities.process import Process, enter
from db.notifications.queries import NotificationFilter, NotificationQueries
from db.reading import EVERYTHING, Sight
from db.settings import connect, database
from ops.processes import Child, free_port, stop, wait_until
from tests.activities.planted import PLANTED, plant
from tests.examples import a_process

SENDER = "City Hospital <no-reply@hospital.example>"
TAKEN, REFUSED, BUSY = "jo@example.org", "jo+bounce@example.org", "jo+busy@example.org"

Superuser = Mapping[str, asyncpg.Connection]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class MailPeer:
    """A mail server, and what it took."""

    mailer: Mailer
    http: httpx2.AsyncClient

    async def took(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = (await self.http.get("/api/messages")).json()
        return messages

    async def will_say(self, reply: str) -> None:
        await self.http.post("/api/faults", json={"reply": reply, "times": 1})


@pytest.fixture(scope="module")
async def peer() -> AsyncIterator[MailPeer]:
    smtp, http = free_port(), free_port()
    ports = ("--smtp-port", str(smtp), "--http-port", str(http))
    with tempfile.TemporaryDirectory(prefix="hms-mail-") as folder:
        command = (sys.executable, "-m", "deploy.peers.mail", *ports)
        child = Child.start("mail", command, log=Path(folder) / "mail.log")
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{http}", trust_env=False
        ) as client:

            async def is_ready() -> bool:
                try:
                    return (await client.get("/health")).is_success
                except httpx2.TransportError:
                    return False

            await wait_until(is_ready, child, seconds=20)
            mailer = SmtpMailer(MailServer("127.0.0.1", smtp, SENDER))
            yield MailPeer(mailer, client)
            await mailer.close()
        await stop([child], seconds=5)


@pytest.fixture
async def mail(peer: MailPeer) -> AsyncIterator[MailPeer]:
    yield peer
    await peer.http.delete("/api/messages")
    await peer.http.post("/api/faults", json={"times": 0})


@pytest.fixture
async def door(
    notifications: NotificationService, mail: MailPeer, superuser: Superuser
) -> NotificationActivities:
    await plant(superuser["notifications"])
    return NotificationActivities(notifications, mail.mailer)


class Dying:
    """A mailer whose worker dies when the mail was handed over, and before it is written down."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer

    async def hand_over(self, letter: Letter) -> str | None:
        await self._mailer.hand_over(letter)
        raise asyncio.CancelledError


def a_message(
    event: str = "booked",
    address: str | None = TAKEN,
    channel: str = Channel.EMAIL,
    name: str = "Jo Doe",
    **values: str,
) -> Send:
    return Send(
        part=event,
        event=event,
        recipient=Recipient(id=uuid4(), channel=channel, address=address, name=name),
        appointment_id=uuid4(),
        values={
            "doctor": "Ada Wong",
            "department": "Cardiology",
            "when": "Wednesday, 02 December 2026 at 09:00 (Europe/London)",
            **values,
        },
    )


async def send(
    door: NotificationActivities, message: Send, process: Process | None = None
) -> NotificationStatus:
    enter(process or a_process())
    return (await door.send(message)).status


async def row_of(superuser: Superuser, message: Send) -> Row:
    row = await superuser["notifications"].fetchrow(
        "SELECT * FROM app.notifications WHERE notification_id = $1", notification_id(message)
    )
    assert row is not None
    return dict(row)


async def history_of(superuser: Superuser, message: Send) -> list[str]:
    rows = await superuser["notifications"].fetch(
        """SELECT to_status FROM app.notification_changes
           WHERE notification_id = $1 ORDER BY version""",
        notification_id(message),
    )
    return [row["to_status"] for row in rows]


async def test_a_message_is_written_down_sent_and_found_in_the_mailbox(
    door: NotificationActivities, mail: MailPeer, superuser: Superuser
) -> None:
    message = a_message(total="105.00 GBP")

    status = await send(door, message)

    assert status is NotificationStatus.SENT
    (arrived,) = await mail.took()
    assert arrived["id"] == f"<{notification_id(message)}@hospital.example>"
    assert arrived["correlation_id"] == "test"
    assert arrived["from"] == "no-reply@hospital.example"
    assert arrived["to"] == [TAKEN]
    assert arrived["subject"] == "Your appointment with Ada Wong"
    assert "Dear Jo Doe,\n" in arrived["text"].replace("\r\n", "\n")
    assert "Price: £105.00" in arrived["text"]
    row = await row_of(superuser, message)
    assert (row["status"], row["subject"], row["retry_count"]) == (
        *("SENT", "Your appointment with Ada Wong"),
        0,
    )
    assert isinstance(row["sent_at"], datetime)
    assert row["message"] == arrived["text"].replace("\r\n", "\n")
    assert await history_of(superuser, message) == ["SCHEDULED", "SENT"]


@pytest.mark.parametrize("event", PLANTED)
async def test_every_planted_message_can_be_sent(
    door: NotificationActivities, mail: MailPeer, event: str
) -> None:
    assert await send(door, a_message(event, total="5.00 EUR")) is NotificationStatus.SENT

    (arrived,) = await mail.took()
    assert "Ada Wong" in arrived["text"]


async def test_a_message_that_was_sent_is_not_sent_again(
    door: NotificationActivities, mail: MailPeer
) -> None:
    message = a_message()
    await send(door, message)

    again = await send(door, message)

    assert again is NotificationStatus.SENT
    assert len(await mail.took()) == 1


async def test_the_same_message_of_another_process_is_not_sent_again(
    door: NotificationActivities, mail: MailPeer
) -> None:
    message = a_message()
    await send(door, message)

    again = await send(door, message, a_process("book-2"))

    assert again is NotificationStatus.SENT
    assert len(await mail.took()) == 1


async def test_of_several_processes_with_the_same_message_one_sends_it(
    door: NotificationActivities, mail: MailPeer
) -> None:
    message = a_message()

    await asyncio.gather(*(send(door, message, a_process(f"book-{n}")) for n in range(6)))

    assert len(await mail.took()) == 1


async def test_another_occurrence_is_another_message(
    door: NotificationActivities, mail: MailPeer
) -> None:
    message = a_message()
    await send(door, message)

    await send(door, message.model_copy(update={"occurrence": "2", "part": "booked:2"}))

    assert len({arrived["id"] for arrived in await mail.took()}) == 2


async def test_a_crash_after_the_mail_server_took_it_costs_one_copy_of_the_same_id(
    door: NotificationActivities,
    notifications: NotificationService,
    mail: MailPeer,
    superuser: Superuser,
) -> None:
    message = a_message()
    with pytest.raises(asyncio.CancelledError):
        await send(NotificationActivities(notifications, Dying(mail.mailer)), message)

    status = await send(door, message)

    assert status is NotificationStatus.SENT
    first, second = await mail.took()
    assert first["id"] == second["id"]
    assert await history_of(superuser, message) == ["SCHEDULED", "SENT"]


@pytest.mark.parametrize(
    ("address", "reply"),
    [
        (REFUSED, None),
        (TAKEN, "554 5.7.1 no such content"),
        ("jo@example.org\r\nBcc: x@y.org", None),
    ],
)
async def test_a_mail_that_is_refused_for_good_is_an_answer(
    door: NotificationActivities,
    mail: MailPeer,
    superuser: Superuser,
    address: str,
    reply: str | None,
) -> None:
    message = a_message(address=address)
    if reply:
        await mail.will_say(reply)

    first, again = await send(door, message), await send(door, message)

    assert (first, again) == (NotificationStatus.FAILED, NotificationStatus.FAILED)
    assert not await mail.took()
    row = await row_of(superuser, message)
    assert row["failure"] in ("smtp 550", "smtp 554", "address-impossible")


async def test_a_busy_mail_server_is_asked_again_and_every_retry_counted(
    door: NotificationActivities, mail: MailPeer, superuser: Superuser
) -> None:
    message = a_message()
    for _ in range(2):
        await mail.will_say("451 4.3.0 jo@example.org is busy")
        with pytest.raises(MailDeferred) as fault:
            await send(door, message)
        assert "jo@example.org" not in f"{fault.value!r} {fault.value.__cause__!r}"

    status = await send(door, message)

    assert status is NotificationStatus.SENT
    assert len(await mail.took()) == 1
    assert (await row_of(superuser, message))["retry_count"] == 2
    assert await history_of(superuser, message) == ["SCHEDULED", "SENT"]


async def test_a_recipient_who_is_busy_is_asked_again(
    door: NotificationActivities, superuser: Superuser
) -> None:
    message = a_message(address=BUSY)

    with pytest.raises(MailDeferred):
        await send(door, message)

    row = await row_of(superuser, message)
    assert (row["status"], row["retry_count"]) == ("SCHEDULED", 1)


async def test_a_mail_server_that_is_away_is_asked_again(
    door: NotificationActivities,
    notifications: NotificationService,
    superuser: Superuser,
) -> None:
    message = a_message()
    away = SmtpMailer(MailServer("127.0.0.1", free_port(), SENDER))
    with pytest.raises(MailDeferred):
        await send(NotificationActivities(notifications, away), message)

    status = await send(door, message)

    assert status is NotificationStatus.SENT
    assert (await row_of(superuser, message))["retry_count"] == 1


@pytest.mark.parametrize(
    ("message", "because"),
    [
        (a_message(address=None), Suppressed.NO_ADDRESS),
        (a_message(address=""), Suppressed.NO_ADDRESS),
        (a_message(channel=Channel.NONE), Suppressed.CHANNEL_NONE),
        (a_message(channel=Channel.SMS, address="+441632960001"), Suppressed.NO_SMS_CHANNEL),
        (a_message(channel=Channel.SMS, address=None), Suppressed.NO_SMS_CHANNEL),
    ],
    ids=["no address", "an empty address", "no channel", "texts", "texts without a number"],
)
async def test_a_person_who_cannot_be_reached_stops_nobody(
    door: NotificationActivities,
    mail: MailPeer,
    superuser: Superuser,
    message: Send,
    because: Suppressed,
) -> None:
    status = await send(door, message)

    assert status is NotificationStatus.SUPPRESSED
    assert (await row_of(superuser, message))["suppressed_because"] == because
    assert await history_of(superuser, message) == ["SCHEDULED", "SUPPRESSED"]
    assert not await mail.took()


@pytest.mark.parametrize(
    ("event", "change", "because"),
    [
        ("never-written", "SELECT 1", Suppressed.TEMPLATE_INACTIVE),
        (
            *("booked", "UPDATE app.templates SET is_active = false"),
            Suppressed.TEMPLATE_INACTIVE,
        ),
        (
            *("booked", "UPDATE app.templates SET body_template = '{{ fee }}'"),
            Suppressed.TEMPLATE_INVALID,
        ),
        (
            *("booked", "UPDATE app.templates SET body_template = '{{ [].__class__ }}'"),
            Suppressed.TEMPLATE_INVALID,
        ),
    ],
)
async def test_a_template_that_cannot_be_used_stops_nobody_and_is_an_error_in_the_log(
    door: NotificationActivities,
    superuser: Superuser,
    event: str,
    change: str,
    because: Suppressed,
) -> None:
    await superuser["notifications"].execute(change)
    message = a_message(event)

    with capture_logs() as logged:
        status = await send(door, message)

    assert status is NotificationStatus.SUPPRESSED
    assert (await row_of(superuser, message))["suppressed_because"] == because
    assert [(line["log_level"], line["template"]) for line in logged] == [("error", event)]
    assert "Jo Doe" not in str(logged)


async def test_a_value_makes_no_header(door: NotificationActivities, mail: MailPeer) -> None:
    doctor = "Ada\r\nBcc: spy@example.org\r\n\r\nHello"

    await send(door, a_message(doctor=doctor, name="Jo\nDoe\0"))

    (arrived,) = await mail.took()
    assert arrived["to"] == [TAKEN]
    assert arrived["subject"] == "Your appointment with Ada Bcc: spy@example.org Hello"
    assert "Dear Jo Doe," in arrived["text"]


async def test_a_patient_reads_of_own_messages_but_not_their_text(
    door: NotificationActivities,
) -> None:
    mine, other = a_message("booked"), a_message("receipt", total="5.00 EUR")
    await send(door, mine)
    await send(door, other)
    engine = connect(database("notifications").reader_url, 1, "tests of notifications")
    queries = NotificationQueries(engine)
    me = Sight(patient_id=mine.recipient.id)

    seen = await queries.list(NotificationFilter(), me, "-created_at", 10, None)
    all_of_them = await queries.list(NotificationFilter(), EVERYTHING, "-created_at", 1, None)
    sent = NotificationFilter(status=("SENT",), template_name="receipt", channel="EMAIL")
    receipts = await queries.list(sent, EVERYTHING, "-created_at", 10, None)
    hidden = await queries.find(notification_id(other), me)
    templates = await queries.list_templates(EVERYTHING, 100, None)
    no_templates = await queries.list_templates(me, 10, None)
    await engine.dispose()

    assert ids(seen.rows) == [notification_id(mine)]
    assert "message" not in seen.rows[0]
    assert "payload" not in seen.rows[0]
    assert all_of_them.next
    assert ids(receipts.rows) == [notification_id(other)]
    assert hidden is None
    assert [row["name"] for row in templates.rows] == sorted(PLANTED)
    assert not no_templates.rows


def ids(rows: Any) -> list[UUID]:  # noqa: ANN401 - rows of a view, by column name
    return [row["notification_id"] for row in rows]


REPLIES = {
    "EHLO": "250 hello",
    "RSET": "250 OK",
    "MAIL": "250 OK",
    "RCPT": "250 OK",
    "DATA": "354 go on",
    ".": "250 OK",
}


@asynccontextmanager
async def a_server(*, mails_per_connection: int) -> AsyncIterator[tuple[SmtpMailer, list[int]]]:
    """A mail server that leaves after so many mails; the mails that each connection brought."""
    brought: list[int] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        this, mails = len(brought), 0
        brought.append(0)
        writer.write(b"220 hello\r\n")
        while mails < mails_per_connection and (line := await reader.readline()):
            said = line.decode().strip().partition(" ")[0]
            writer.write(f"{REPLIES[said]}\r\n".encode() if said in REPLIES else b"")
            mails += said == "."
            brought[this] = mails
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        mailer = SmtpMailer(MailServer("127.0.0.1", port, SENDER), patience=2)
        yield mailer, brought
        await mailer.close()


def a_letter() -> Letter:
    return Letter(notification_id=uuid4(), address=TAKEN, subject="Hello", text="Hello")


async def test_mails_in_a_row_share_one_connection() -> None:
    async with a_server(mails_per_connection=9) as (mailer, brought):
        answers = [await mailer.hand_over(a_letter()) for _ in range(3)]

    assert answers == [None] * 3
    assert brought == [3]


async def test_a_connection_that_the_server_left_costs_no_mail() -> None:
    async with a_server(mails_per_connection=1) as (mailer, brought):
        answers = [await mailer.hand_over(a_letter()) for _ in range(3)]

    assert answers == [None] * 3
    assert brought == [1, 1, 1]


async def test_mails_at_once_have_a_connection_each() -> None:
    async with a_server(mails_per_connection=9) as (mailer, brought):
        answers = await asyncio.gather(*(mailer.hand_over(a_letter()) for _ in range(3)))

    assert answers == [None] * 3
    assert brought == [1, 1, 1]


async def test_a_connection_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.notifications.mailer.IDLE", 0)
    async with a_server(mails_per_connection=9) as (mailer, brought):
        await mailer.hand_over(a_letter())
        await asyncio.sleep(0.01)
        await mailer.hand_over(a_letter())

    assert brought == [1, 1]


async def test_a_server_that_never_answers_is_left_when_patience_ends() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        mailer = SmtpMailer(MailServer("127.0.0.1", port, SENDER), patience=0.2)

        with pytest.raises(MailDeferred):
            await mailer.hand_over(a_letter())
