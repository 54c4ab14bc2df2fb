"""Every role reaches its own database only, and there only what its work needs."""

import asyncpg
import pytest

from db.checks import STRANGERS
from db.settings import SERVICES
from ops.databases import ROLES
from ops.postgres import Postgres
from tests.conftest import PASSWORD

DENIED = "42501"
FOR_EVERYBODY = [
    "CREATE TABLE app.mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
    "SET session_replication_role = replica",
    "SET ROLE {owner}",
    "CREATE EXTENSION btree_gin",
    "SELECT * FROM pg_authid",
    "SELECT pg_read_file('/etc/passwd')",
    "COPY (SELECT 1) TO PROGRAM 'true'",
]
FOR_WORKERS = [
    "ALTER TABLE app.inbox DISABLE TRIGGER ALL",
    "DELETE FROM app.inbox",
    "INSERT INTO app.legal_moves VALUES ('appointment', 'CANCELLED', 'BOOKED')",
]
HISTORIES = {
    "appointments": "appointment_changes",
    "billing": "bill_changes",
    "payments": "payment_changes",
    "notifications": "notification_changes",
}


async def connect(cluster: Postgres, role: str, database: str) -> asyncpg.Connection:
    url = cluster.url(role, PASSWORD, database).replace("+asyncpg", "")
    return await asyncpg.connect(url, timeout=5)


async def refusal_of(connection: asyncpg.Connection, statement: str) -> str | None:
    try:
        await connection.execute(statement)
    except asyncpg.PostgresError as error:
        return error.sqlstate
    return None


@pytest.mark.parametrize("database", [f"hms_{service}" for service in SERVICES] + ["postgres"])
async def test_a_role_connects_to_its_own_database_and_to_no_other(
    cluster: Postgres, database: str
) -> None:
    for service in SERVICES:
        for role in ROLES:
            is_own = database == f"hms_{service}"
            try:
                connection = await connect(cluster, f"hms_{service}_{role}", database)
            except asyncpg.InsufficientPrivilegeError:
                assert not is_own, f"hms_{service}_{role} is shut out of its own database"
            else:
                await connection.close()
                assert is_own, f"hms_{service}_{role} gets into {database}"


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("role", ["worker", "reader"])
async def test_a_role_may_do_nothing_beyond_its_work(
    cluster: Postgres, service: str, role: str
) -> None:
    connection = await connect(cluster, f"hms_{service}_{role}", f"hms_{service}")
    statements = FOR_EVERYBODY + (FOR_WORKERS if role == "worker" else [])
    for statement in statements:
        refused = await refusal_of(connection, statement.format(owner=f"hms_{service}_owner"))
        assert refused in (DENIED, "25006"), statement
    await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_reader_reads_every_published_view_and_no_table(
    cluster: Postgres, superuser: dict[str, asyncpg.Connection], service: str
) -> None:
    relations = await superuser[service].fetch(
        "SELECT relnamespace::regnamespace::text AS schema, relname AS name FROM pg_class"
        " WHERE relnamespace IN ('app'::regnamespace, 'published'::regnamespace)"
        " AND relkind IN ('r', 'p', 'v')"
    )
    connection = await connect(cluster, f"hms_{service}_reader", f"hms_{service}")
    assert len(relations) > 3
    for relation in relations:
        refused = await refusal_of(
            connection,
            f"SELECT * FROM {relation['schema']}.{relation['name']} LIMIT 1",  # noqa: S608
        )
        assert refused == (None if relation["schema"] == "published" else DENIED), relation["name"]
    await connection.close()


@pytest.mark.parametrize(("service", "history"), HISTORIES.items())
async def test_a_worker_can_not_write_history(
    cluster: Postgres, service: str, history: str
) -> None:
    connection = await connect(cluster, f"hms_{service}_worker", f"hms_{service}")
    for statement in (
        f"UPDATE app.{history} SET reason = 'nobody will know'",  # noqa: S608
        f"INSERT INTO app.{history} DEFAULT VALUES",
        f"DELETE FROM app.{history}",  # noqa: S608
    ):
        assert await refusal_of(connection, statement) == DENIED, statement
    await connection.close()


async def test_nobody_but_the_superuser_and_its_own_roles_may_connect(cluster: Postgres) -> None:
    connection = await asyncpg.connect(cluster.superuser_url.replace("+asyncpg", ""))
    strangers = await connection.fetch(STRANGERS.query)
    await connection.close()

    assert strangers == []
