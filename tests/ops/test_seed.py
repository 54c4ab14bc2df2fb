"""`hms seed` opens a hospital, once."""

import asyncpg
import pytest

from ops.postgres import Postgres
from ops.seed import SERVICES
from tests.conftest import PASSWORD as SUPERUSER_PASSWORD
from tests.conftest import urls_of
from tests.ops.conftest import Hms, settings

PASSWORD = "a-password-for-all"  # noqa: S105 - of accounts that live for one test


async def visits(server: Postgres) -> object:
    url = server.url("postgres", SUPERUSER_PASSWORD, "hms_appointments").replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("SELECT count(*) FROM app.appointments")
    finally:
        await connection.close()


@pytest.fixture
def workers(bare: Postgres) -> dict[str, str]:
    names = [f"HMS_{service.upper()}_DATABASE_URL" for service in SERVICES]
    return {name: urls_of(bare)[name] for name in names}


async def test_a_hospital_is_opened_once(hms: Hms, bare: Postgres, workers: dict[str, str]) -> None:
    for service in SERVICES:
        told = settings(bare, service)
        await hms("db", "create", "-s", service, **told)
        await hms("db", "upgrade", "-s", service, **told)

    first = await hms("seed", "--size", "small", "--once", HMS_DEMO_PASSWORD=PASSWORD, **workers)
    lived = await visits(bare)
    second = await hms("seed", "--size", "demo", "--once", HMS_DEMO_PASSWORD=PASSWORD, **workers)

    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert lived
    assert await visits(bare) == lived


async def test_a_hospital_has_no_door_without_a_password(hms: Hms, workers: dict[str, str]) -> None:
    without = await hms("seed", **workers)
    short = await hms("seed", HMS_DEMO_PASSWORD="short", **workers)  # noqa: S106

    assert (without.exit_code, short.exit_code) == (2, 2)
    assert "HMS_DEMO_PASSWORD" in without.stderr
    assert "short" not in short.stderr.replace("shorter", "")


async def test_a_seed_without_databases_says_which_is_missing(hms: Hms) -> None:
    result = await hms("seed", HMS_DEMO_PASSWORD=PASSWORD)

    assert result.exit_code == 2
    assert "users" in result.stderr
