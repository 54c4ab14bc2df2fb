"""How views are read when the server was away for a moment."""

import asyncpg
from sqlalchemy import text

from db.reading import Reader
from db.settings import connect, database
from ops.postgres import Postgres


async def test_a_connection_that_died_in_the_pool_costs_nobody_an_answer(
    cluster: Postgres, superuser: dict[str, asyncpg.Connection]
) -> None:
    assert cluster.child
    engine = connect(database("appointments").reader_url, 2, "test of reading")
    reader, query = Reader(engine), text("SELECT 1 AS one")
    await reader.one(query)  # type: ignore[arg-type] # any query is read alike
    await superuser["appointments"].execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = 'hms_appointments_reader'"
    )

    row = await reader.one(query)  # type: ignore[arg-type] # as above

    assert row is not None
    assert row["one"] == 1
    await engine.dispose()
