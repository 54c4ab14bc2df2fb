"""`hms db` makes databases out of nothing, and may be run again at any time."""

import asyncpg
import pytest

from ops.databases import statements
from ops.postgres import Postgres
from tests.conftest import PASSWORD
from tests.ops.conftest import Hms, settings

ODD = "it's $owner"
"""A password that SQL and templates would trip over."""


async def test_a_bare_server_gets_a_database_with_all_its_tables(bare: Postgres, hms: Hms) -> None:
    told = settings(bare, "audit")

    results = [await hms("db", do, "-s", "audit", **told) for do in ("create", "upgrade", "check")]
    current = await hms("db", "current", "-s", "audit", **told)

    assert [result.exit_code for result in results] == [0, 0, 0], results
    assert "(head)" in current.stdout


async def test_everything_may_be_run_again(bare: Postgres, hms: Hms) -> None:
    told = settings(bare, "billing")
    for _ in range(2):
        assert (await hms("db", "create", "-s", "billing", **told)).exit_code == 0
        assert (await hms("db", "upgrade", "-s", "billing", **told)).exit_code == 0


async def test_who_was_stopped_in_the_middle_goes_on(bare: Postgres, hms: Hms) -> None:
    cluster = await asyncpg.connect(bare.superuser_url.replace("+asyncpg", ""))
    values = {"service": "notifications", **dict.fromkeys(("owner", "worker", "reader"), PASSWORD)}
    for statement in statements("cluster.sql", values)[:4]:
        await cluster.execute(statement)
    await cluster.close()
    told = settings(bare, "notifications")

    made = await hms("db", "create", "-s", "notifications", **told)
    upgraded = await hms("db", "upgrade", "-s", "notifications", **told)

    assert (made.exit_code, upgraded.exit_code) == (0, 0)


async def test_a_password_may_be_anything(bare: Postgres, hms: Hms) -> None:
    made = await hms("db", "create", "-s", "analytics", **settings(bare, "analytics", ODD))

    assert made.exit_code == 0
    connection = await asyncpg.connect(
        host="127.0.0.1",
        port=bare.port,
        user="hms_analytics_reader",
        password=ODD,
        database="hms_analytics",
    )
    await connection.close()


async def test_a_missing_migration_is_a_failure(bare: Postgres, hms: Hms) -> None:
    told = settings(bare, "payments")
    await hms("db", "create", "-s", "payments", **told)

    checked = await hms("db", "check", "-s", "payments", **told)

    assert checked.exit_code == 1
    assert "not up to date" in checked.stderr


async def test_a_guard_that_is_gone_and_a_stranger_are_failures(bare: Postgres, hms: Hms) -> None:
    told = settings(bare, "patients")
    for do in ("create", "upgrade"):
        await hms("db", do, "-s", "patients", **told)
    url = bare.url("postgres", PASSWORD, "hms_patients").replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    await connection.execute("ALTER TABLE app.patients DROP CONSTRAINT dob_plausible")
    await connection.execute("CREATE ROLE somebody LOGIN")
    await connection.execute("GRANT CONNECT ON DATABASE hms_patients TO somebody")

    checked = await hms("db", "check", "-s", "patients", **told)

    await connection.execute("REVOKE CONNECT ON DATABASE hms_patients FROM somebody")
    await connection.execute("DROP ROLE somebody")
    await connection.close()
    assert checked.exit_code == 1
    assert "patients.dob_plausible" in checked.stderr
    assert "somebody to hms_patients" in checked.stderr


async def test_what_the_server_refuses_is_told_without_secrets(bare: Postgres, hms: Hms) -> None:
    told = settings(bare, "payments")
    told["HMS_PAYMENTS_SUPERUSER_URL"] = bare.url("postgres", "wrong-one", "postgres")

    made = await hms("db", "create", "-s", "payments", **told)

    assert made.exit_code == 1
    assert "authentication failed" in made.stderr
    assert "wrong-one" not in made.output


@pytest.mark.parametrize("command", ["create", "upgrade", "current", "check"])
async def test_what_is_not_in_the_environment_is_named(command: str, hms: Hms) -> None:
    asked = await hms("db", command, "--all")

    assert asked.exit_code == 2
    assert "users" in asked.stderr.lower()


async def test_nobody_upgrades_everything_by_mistake(hms: Hms) -> None:
    assert (await hms("db", "upgrade")).exit_code == 2
    assert (await hms("db", "upgrade", "--all", "-s", "users")).exit_code == 2
    assert (await hms("db", "upgrade", "-s", "nobody")).exit_code == 2
