"""What the API wrote down reaches its chain in the audit, once and in its order."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from activities.audit.contract import AppendEntries, Entry, ListHeads, VerifyChain
from activities.audit.service import AuditService
from activities.users.contract import Entry as Written
from activities.users.contract import ListOutbox, MarkShipped, Outgoing
from activities.users.outbox import OutboxService
from activities.users.service import UserService
from tests.conftest import EngineOf
from tests.examples import NOW, a_process

Superuser = dict[str, asyncpg.Connection]
SHIP = a_process("ship-audit-1")


@pytest.fixture
def outbox(engine_of: EngineOf, emptied: None) -> OutboxService:  # noqa: ARG001
    return OutboxService(engine_of("users"))


async def write_down(users: UserService, *actions: str) -> None:
    for action in actions:
        await users.record(
            Written(
                action=action,
                outcome="DENIED",
                actor_id=UUID(int=8),
                actor_role="PATIENT",
                object_type="patient",
                object_id="p-1",
                purpose="care",
                correlation_id="c-1",
                details={"code": "forbidden"},
            )
        )


async def waiting(outbox: OutboxService, limit: int = 500) -> Sequence[Outgoing]:
    return (await outbox.list_outbox(ListOutbox(limit=limit))).records


def entries_of(records: Sequence[Outgoing]) -> AppendEntries:
    entries = (Entry.model_validate(one.model_dump(exclude={"record_id"})) for one in records)
    return AppendEntries(part=str(records[-1].record_id), entries=tuple(entries))


async def test_what_was_written_first_is_told_first_until_it_is_marked(
    users: UserService, outbox: OutboxService
) -> None:
    await write_down(users, "first", "second", "third")

    first, second = await waiting(outbox, limit=2)
    assert (first.action, second.action) == ("first", "second")
    assert (first.source, first.record_key) == ("api", str(first.record_id))

    done = MarkShipped(part="1", record_ids=(first.record_id, second.record_id))
    for _ in range(2):
        await outbox.mark_shipped(SHIP, done)

    assert [one.action for one in await waiting(outbox)] == ["third"]


async def test_what_was_shipped_keeps_when_it_was(
    users: UserService, outbox: OutboxService, superuser: Superuser
) -> None:
    await write_down(users, "first")
    [record] = await waiting(outbox)
    await outbox.mark_shipped(SHIP, MarkShipped(part="1", record_ids=(record.record_id,)))

    again = a_process("ship-audit-2", datetime(2027, 1, 1, tzinfo=UTC))
    await outbox.mark_shipped(again, MarkShipped(part="1", record_ids=(record.record_id,)))

    assert await superuser["users"].fetchval("SELECT shipped_at FROM app.audit_outbox") == NOW


async def test_an_entry_is_one_record_in_the_chain_of_its_source(
    users: UserService, outbox: OutboxService, audit: AuditService, superuser: Superuser
) -> None:
    await write_down(users, "first", "second")
    records = await waiting(outbox)

    for process in ("ship-audit-1", "ship-audit-2"):
        await audit.append_entries(a_process(process), entries_of(records))

    rows = await superuser["audit"].fetch("SELECT * FROM app.records ORDER BY seq")
    assert [(row["source"], row["seq"], row["action"]) for row in rows] == [
        ("api", 1, "first"),
        ("api", 2, "second"),
    ]
    assert (rows[0]["at"], rows[0]["actor_id"], rows[0]["outcome"], rows[0]["purpose"]) == (
        *(records[0].at, UUID(int=8)),
        *("DENIED", "care"),
    )
    assert (await audit.verify("api")).flaw is None


async def test_every_chain_has_a_head_that_its_part_is_verified_by(
    users: UserService, outbox: OutboxService, audit: AuditService, superuser: Superuser
) -> None:
    await write_down(users, "first", "second", "third")
    await audit.append_entries(SHIP, entries_of(await waiting(outbox)))
    [head] = (await audit.list_heads(ListHeads())).heads
    whole = VerifyChain(source="api", since=1, until=head.seq, anchor=head.hash)
    assert (head.source, head.seq) == ("api", 3)
    assert (await audit.verify_chain(whole)).flaw is None

    await superuser["audit"].execute("UPDATE app.records SET action = 'x' WHERE seq = 2")

    last = VerifyChain(source="api", since=3, until=3, anchor=head.hash)
    assert (await audit.verify_chain(last)).flaw is None
    broken = await audit.verify_chain(whole)
    assert (broken.broken_seq, broken.flaw) == (2, "changed-content")
