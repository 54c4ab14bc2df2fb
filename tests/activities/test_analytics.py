"""Each change is counted once."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from activities.analytics.contract import Record
from activities.analytics.service import AnalyticsService, event_id
from activities.inbox import KeyReused
from db.analytics.queries import AnalyticsQueries, EventFilter
from db.reading import EVERYTHING, Sight
from db.settings import connect, database
from tests.conftest import EngineOf
from tests.examples import NOW, a_process

Superuser = Mapping[str, asyncpg.Connection]


def an_event(type: str = "AppointmentCreated", at: datetime = NOW, part: str = "") -> Record:
    return Record(
        part=part,
        type=type,
        occurred_at=at,
        appointment_id=uuid4(),
        patient_id=uuid4(),
        doctor_id=uuid4(),
        department="Cardiology",
        data={"prepaid": 1},
    )


async def count(superuser: Superuser, table: str = "events") -> int:
    return int(await superuser["analytics"].fetchval(f"SELECT count(*) FROM app.{table}"))  # noqa: S608


async def test_an_event_says_what_happened_and_in_which_process(
    analytics: AnalyticsService, superuser: Superuser
) -> None:
    event = an_event()

    await analytics.record(a_process(), event)

    row = await superuser["analytics"].fetchrow("SELECT * FROM app.events")
    assert row is not None
    assert row["event_id"] == event_id("book-1", event)
    assert (row["type"], row["occurred_at"], row["data"]) == (
        *("AppointmentCreated", NOW),
        '{"prepaid": 1}',
    )
    assert (row["patient_id"], row["workflow_id"], row["correlation_id"]) == (
        *(event.patient_id, "book-1"),
        "test",
    )


async def test_an_event_that_is_told_again_is_counted_once(
    analytics: AnalyticsService, superuser: Superuser
) -> None:
    event = an_event()
    await analytics.record(a_process(), event)
    await analytics.record(a_process(), event)
    # The inbox forgets after some weeks, the event's own id does not.
    await superuser["analytics"].execute("TRUNCATE app.inbox")
    await analytics.record(a_process(), event)

    assert await count(superuser) == 1


async def test_a_process_tells_of_several_events_by_their_parts(
    analytics: AnalyticsService, superuser: Superuser
) -> None:
    await analytics.record(a_process(), an_event(part="first"))
    await analytics.record(a_process(), an_event(part="second"))
    await analytics.record(a_process("book-2"), an_event(part="first"))

    with pytest.raises(KeyReused):
        await analytics.record(a_process(), an_event("AppointmentMoved", part="first"))

    assert await count(superuser) == 3


@pytest.mark.parametrize(
    ("at", "part"),
    [
        (datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "events_y2026m12"),
        (datetime(2027, 1, 1, tzinfo=UTC), "events_y2027m01"),
        (datetime(2029, 1, 1, tzinfo=UTC), "events_y20xx"),
        (datetime(2025, 12, 31, tzinfo=UTC), "events_y20xx"),
    ],
)
async def test_an_event_lies_with_those_of_its_month(
    analytics: AnalyticsService, superuser: Superuser, at: datetime, part: str
) -> None:
    await analytics.record(a_process(), an_event(at=at))

    assert await count(superuser, part) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE app.events SET type = 'x'",
        "DELETE FROM app.events",
        "UPDATE app.events_y2026m12 SET type = 'x'",
        "INSERT INTO app.events_y2026m12 SELECT * FROM app.events",
    ],
)
async def test_a_worker_can_only_add_events(
    analytics: AnalyticsService, engine_of: EngineOf, statement: str
) -> None:
    await analytics.record(a_process(), an_event())

    async with engine_of("analytics").connect() as connection:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(text(statement))


async def test_an_analyst_reads_events_page_by_page(analytics: AnalyticsService) -> None:
    for minute in range(5):
        at = NOW + timedelta(minutes=minute)
        await analytics.record(a_process(f"book-{minute}"), an_event(at=at))
    engine = connect(database("analytics").reader_url, 1, "tests of the analyst")
    queries = AnalyticsQueries(engine)
    wanted = EventFilter("AppointmentCreated", NOW + timedelta(minutes=1))

    first = await queries.list(wanted, EVERYTHING, "-at", 3, None)
    second = await queries.list(wanted, EVERYTHING, "-at", 3, first.next)
    nothing = await queries.list(wanted, Sight(), "-at", 3, None)
    await engine.dispose()

    seen = [row["workflow_id"] for row in (*first.rows, *second.rows)]
    assert seen == ["book-4", "book-3", "book-2", "book-1"]
    assert second.next is None
    assert not nothing.rows
