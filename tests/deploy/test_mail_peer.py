"""The mail server takes what it should, refuses what it should, and shows it all."""

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from uuid import uuid4

import httpx2
import pytest

from tests.deploy.peers import Peer, free_port


@dataclass(frozen=True)
class Post:
    """A mail server seen by who sends to it and by who looks into it."""

    smtp_port: int
    http: httpx2.Client

    def send(self, mail: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as server:
            server.send_message(mail)


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    smtp_port, http_port = free_port(), free_port()
    options = (f"--smtp-port={smtp_port}", f"--http-port={http_port}")
    peer = Peer("deploy.peers.mail", http_port, *options)
    yield Post(smtp_port, peer.http)
    peer.close()


def a_mail(to: str, subject: str = "Your visit", text: str = "See you.") -> EmailMessage:
    mail = EmailMessage()
    mail["Message-ID"] = f"<{uuid4()}@hospital.example>"
    mail["From"] = "desk@hospital.example"
    mail["To"] = to
    mail["Subject"] = subject
    mail.set_content(text)
    return mail


def test_a_mail_is_kept_with_all_that_was_sent(post: Post) -> None:
    mail = a_mail("zoë@patients.example", "Ihr Termin, für Zoë", "Grüße, 你好 🏥")
    mail["X-Correlation-ID"] = "corr-1"
    mail.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="v.ics")

    post.send(mail)

    (kept,) = post.http.get("/api/messages", params={"to": "zoë@patients.example"}).json()
    assert kept == {
        "id": mail["Message-ID"],
        "from": "desk@hospital.example",
        "to": ["zoë@patients.example"],
        "subject": "Ihr Termin, für Zoë",
        "correlation_id": "corr-1",
        "text": "Grüße, 你好 🏥\n",
        "attachments": ["v.ics"],
    }


@pytest.mark.parametrize(
    ("address", "code"), [("a+bounce@x.example", 550), ("a+busy@x.example", 451)]
)
def test_an_address_can_be_refused_for_good_or_for_now(post: Post, address: str, code: int) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        post.send(a_mail(address))

    assert refused.value.recipients[address][0] == code
    assert post.http.get("/api/messages", params={"to": address}).json() == []


def test_a_fault_lasts_as_often_as_it_was_asked_for(post: Post) -> None:
    post.http.post("/api/faults", json={"reply": "452 4.3.1 out of space", "times": 1})

    with pytest.raises(smtplib.SMTPDataError) as refused:
        post.send(a_mail("full@x.example"))
    post.send(a_mail("full@x.example"))

    assert refused.value.smtp_code == 452
    assert len(post.http.get("/api/messages", params={"to": "full@x.example"}).json()) == 1


def test_the_page_shows_what_came_and_runs_none_of_it(post: Post) -> None:
    post.send(a_mail("x@x.example", subject="<script>alert(1)</script>"))

    page = post.http.get("/").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>" not in page


def test_an_emptied_box_is_empty(post: Post) -> None:
    post.send(a_mail("x@x.example"))

    post.http.delete("/api/messages").raise_for_status()

    assert post.http.get("/api/messages").json() == []
