"""Who did what can be read, and not be altered unnoticed."""

import asyncio
from collections.abc import Mapping
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from activities.audit.contract import SAGAS, Append, AuditOutcome, Flaw
from activities.audit.service import AuditService
from activities.inbox import KeyReused
from activities.process import Origin, Process
from db.audit.queries import AuditQueries, RecordFilter
from db.reading import EVERYTHING, Sight
from db.settings import connect, database
from tests.conftest import EngineOf
from tests.examples import NOW, a_process

Superuser = Mapping[str, asyncpg.Connection]


class InSmallSteps(AuditService):
    page = 2


def an_entry(part: str = "") -> Append:
    return Append(
        part=part,
        action="book_appointment",
        outcome=AuditOutcome.DONE,
        object_type="appointment",
        object_id="visit-1",
        subject_id=uuid4(),
        details={"retried": "2"},
    )


async def a_chain(audit: AuditService, length: int = 5) -> None:
    for number in range(1, length + 1):
        await audit.append(a_process(f"book-{number}"), an_entry())


async def tamper(superuser: Superuser, statement: str) -> None:
    """Do what no role of ours can: rewrite history."""
    await superuser["audit"].execute(statement)


async def test_a_clean_chain_verifies(audit: AuditService) -> None:
    await a_chain(audit)

    verdict = await audit.verify()

    assert verdict.flaw is None
    assert verdict.head
    assert verdict.head.seq == 5


async def test_a_chain_without_records_verifies(audit: AuditService) -> None:
    verdict = await audit.verify("nobody")

    assert verdict.flaw is None
    assert verdict.head is None


async def test_a_record_tells_who_asked_for_what(audit: AuditService, superuser: Superuser) -> None:
    origin = Origin(
        account_id=uuid4(), role="DOCTOR", correlation_id="c-1", purpose="care", accepted_at=NOW
    )
    entry = an_entry("refund-7").model_copy(update={"reason": "asked by phone"})

    await audit.append(Process(id="cancel-1", origin=origin), entry)

    row = await superuser["audit"].fetchrow("SELECT * FROM app.records")
    assert row is not None
    assert (row["source"], row["record_key"]) == (SAGAS, "cancel-1:refund-7")
    assert (row["actor_id"], row["actor_role"], row["purpose"], row["correlation_id"]) == (
        *(origin.account_id, "DOCTOR"),
        *("care", "c-1"),
    )
    assert (row["action"], row["outcome"], row["object_type"], row["object_id"]) == (
        *("book_appointment", "DONE"),
        *("appointment", "visit-1"),
    )
    assert (row["subject_id"], row["reason"]) == (entry.subject_id, "asked by phone")


async def test_the_same_key_is_appended_once(audit: AuditService, superuser: Superuser) -> None:
    entry = an_entry()
    await audit.append(a_process("book-1"), entry)
    await audit.append(a_process("book-1"), entry)
    # The inbox forgets after some weeks, the chain never does.
    await superuser["audit"].execute("TRUNCATE app.inbox")
    await audit.append(a_process("book-1"), entry)

    count = await superuser["audit"].fetchval("SELECT count(*) FROM app.records")

    assert count == 1


async def test_copies_of_a_step_at_the_same_time_append_once(
    audit: AuditService, superuser: Superuser
) -> None:
    entry = an_entry()
    await asyncio.gather(*(audit.append(a_process("book-1"), entry) for _ in range(6)))

    assert await superuser["audit"].fetchval("SELECT count(*) FROM app.records") == 1


async def test_the_same_key_for_another_record_is_a_bug_that_appends_nothing(
    audit: AuditService, superuser: Superuser
) -> None:
    await audit.append(a_process("book-1"), an_entry())

    with pytest.raises(KeyReused):
        await audit.append(a_process("book-1"), an_entry())

    assert await superuser["audit"].fetchval("SELECT count(*) FROM app.records") == 1


async def test_appends_at_the_same_time_leave_no_gap(audit: AuditService) -> None:
    await asyncio.gather(*(audit.append(a_process(f"book-{n}"), an_entry()) for n in range(60)))

    verdict = await audit.verify()

    assert verdict.flaw is None
    assert verdict.head
    assert verdict.head.seq == 60


TAMPERINGS = {
    "edited": ("UPDATE app.records SET action = 'x' WHERE seq = 3", 3, Flaw.CHANGED_CONTENT),
    "edited details": (
        """UPDATE app.records SET details = '{"retried": 2}' WHERE seq = 3""",
        *(3, Flaw.CHANGED_CONTENT),
    ),
    "another key": (
        "UPDATE app.records SET record_key = 'book-9' WHERE seq = 3",
        *(3, Flaw.CHANGED_CONTENT),
    ),
    "a microsecond": (
        "UPDATE app.records SET at = at + interval '1 microsecond' WHERE seq = 3",
        *(3, Flaw.CHANGED_CONTENT),
    ),
    "edited and hashed anew": (
        """UPDATE app.records SET action = 'x' WHERE seq = 3;
           UPDATE app.records r SET hash = app.hash_of(r) WHERE seq = 3""",
        *(4, Flaw.BROKEN_LINK),
    ),
    "a changed previous hash": (
        "UPDATE app.records SET previous_hash = sha256('x') WHERE seq = 3",
        *(3, Flaw.BROKEN_LINK),
    ),
    "deleted": ("DELETE FROM app.records WHERE seq = 3", 3, Flaw.GAP),
    "deleted at the beginning": ("DELETE FROM app.records WHERE seq = 1", 1, Flaw.GAP),
    "reordered": (
        """UPDATE app.records SET seq = 30 WHERE seq = 3;
           UPDATE app.records SET seq = 3 WHERE seq = 4;
           UPDATE app.records SET seq = 4 WHERE seq = 30""",
        *(3, Flaw.BROKEN_LINK),
    ),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_a_tampered_chain_does_not_verify(
    audit: AuditService, superuser: Superuser, tampering: str
) -> None:
    statement, seq, flaw = TAMPERINGS[tampering]
    await a_chain(audit)
    await tamper(superuser, statement)

    verdict = await audit.verify()

    assert (verdict.broken_seq, verdict.flaw) == (seq, flaw)


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_a_chain_that_is_verified_in_pages_shows_the_same(
    audit: AuditService, engine_of: EngineOf, superuser: Superuser, tampering: str
) -> None:
    statement, seq, flaw = TAMPERINGS[tampering]
    await a_chain(audit)
    await tamper(superuser, statement)

    verdict = await InSmallSteps(engine_of("audit")).verify()

    assert (verdict.broken_seq, verdict.flaw) == (seq, flaw)


async def test_an_anchor_shows_a_cut_tail(audit: AuditService, superuser: Superuser) -> None:
    await a_chain(audit)
    anchor = (await audit.verify()).head
    await tamper(superuser, "DELETE FROM app.records WHERE seq > 3")

    unnoticed, noticed = await audit.verify(), await audit.verify(SAGAS, anchor)

    assert unnoticed.flaw is None
    assert (noticed.broken_seq, noticed.flaw) == (4, Flaw.CUT_TAIL)


async def test_an_anchor_shows_a_chain_that_was_written_anew(
    audit: AuditService, superuser: Superuser
) -> None:
    await a_chain(audit)
    anchor = (await audit.verify()).head
    await tamper(superuser, "TRUNCATE app.records, app.inbox")
    await a_chain(audit)

    unnoticed, noticed = await audit.verify(), await audit.verify(SAGAS, anchor)

    assert unnoticed.flaw is None
    assert (noticed.broken_seq, noticed.flaw) == (5, Flaw.REWRITTEN)


async def test_an_older_anchor_still_fits_a_chain_that_grew(audit: AuditService) -> None:
    await a_chain(audit)
    anchor = (await audit.verify()).head
    await audit.append(a_process("book-6"), an_entry())

    verdict = await audit.verify(SAGAS, anchor)

    assert verdict.flaw is None


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO app.records SELECT * FROM app.records",
        "UPDATE app.records SET action = 'x'",
        "DELETE FROM app.records",
        "TRUNCATE app.records",
        "SELECT app.hash_of(r) FROM app.records r",
    ],
)
async def test_a_worker_can_only_append(
    audit: AuditService, engine_of: EngineOf, statement: str
) -> None:
    await a_chain(audit, 1)

    async with engine_of("audit").connect() as connection:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(text(statement))


async def test_an_auditor_reads_and_verifies_what_others_may_not_see(audit: AuditService) -> None:
    await a_chain(audit)
    engine = connect(database("audit").reader_url, 1, "tests of the audit's reader")
    queries = AuditQueries(engine)

    page = await queries.list(RecordFilter(action="book_appointment"), EVERYTHING, "-at", 2, None)
    nothing = await queries.list(RecordFilter(), Sight(patient_id=uuid4()), "-at", 2, None)
    flaw = await queries.verify(SAGAS, 1, 5)
    head = await queries.find_head(SAGAS)
    await engine.dispose()

    assert [row["seq"] for row in page.rows] == [5, 4]
    assert page.next
    assert not nothing.rows
    assert flaw is None
    assert head
    assert head["seq"] == 5
