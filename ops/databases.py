"""Databases and roles of the services: made once per cluster, brought up to date at every start."""

import asyncio
import hashlib
import importlib
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from string import Template
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from alembic import command
from alembic.config import Config

from db.checks import FIRST, STRANGERS, CheckRepository
from db.settings import SERVICES, connect, database

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "deploy" / "postgres"
ROLES = ("owner", "worker", "reader")
WITH_TRANSACTION_TIMEOUT = 17


def statements(script: str, values: Mapping[str, str]) -> list[str]:
    """Fill in a script and split it: a database can't be made together with anything else."""
    lines = (SCRIPTS / script).read_text().splitlines()
    sql = Template("\n".join(line for line in lines if not line.startswith("--")))
    return [part.strip() for part in sql.substitute(values).split(";\n") if part.strip()]


async def create(superuser_url: str, service: str, passwords: Mapping[str, str]) -> None:
    """Make the roles and the database of one service; what is there already stays.

    Whoever was stopped in the middle goes on where it was.
    """
    url = superuser_url.replace("+asyncpg", "")
    quoted = {role: password.replace("'", "''") for role, password in passwords.items()}
    values = {"service": service, **quoted}
    cluster = await asyncpg.connect(url)
    try:
        for statement in statements("cluster.sql", values):
            with suppress(asyncpg.DuplicateObjectError, asyncpg.DuplicateDatabaseError):
                await cluster.execute(statement)
        if cluster.get_server_version().major >= WITH_TRANSACTION_TIMEOUT:
            await cluster.execute(
                f"ALTER ROLE hms_{service}_worker SET transaction_timeout = '10s'"
            )
    finally:
        await cluster.close()
    inside = await asyncpg.connect(urlunsplit(urlsplit(url)._replace(path=f"/hms_{service}")))
    try:
        if not await inside.fetchval("SELECT to_regnamespace('published')"):
            async with inside.transaction():
                for statement in statements("database.sql", values):
                    await inside.execute(statement)
    finally:
        await inside.close()


def config(service: str) -> Config:
    """Give Alembic the migrations of one service; its owner's URL is in the environment."""
    # Its own default is the stdout of when it was imported.
    return Config(ROOT / "db" / "alembic.ini", ini_section=service, stdout=sys.stdout)


def upgrade(service: str) -> None:
    """Run the migrations of one service."""
    command.upgrade(config(service), "head")


async def flaws(service: str) -> list[str]:
    """Name guards that are missing or off, and whoever may connect where they have no business.

    Its owner's URL is in the environment.
    """
    own_guards, *_ = importlib.import_module(f"db.{service}.checks").CHECKS
    engine = connect(database(service).owner_url, 1, f"owner of {service}")
    try:
        async with engine.connect() as connection:
            found = CheckRepository(connection)
            checks = (own_guards, STRANGERS)
            rows = [(check, await found.violations(check, FIRST, None)) for check in checks]
    finally:
        await engine.dispose()
    return [f"{check.name}: {row['key']}" for check, found in rows for row in found]


def urls(url_of: Callable[[str, str], str]) -> dict[str, str]:
    """Name every role's URL as the processes read it from the environment."""
    return {
        f"HMS_{service.upper()}_{'DATABASE' if role == 'worker' else role.upper()}_URL": url_of(
            service, role
        )
        for service in SERVICES
        for role in ROLES
    }


async def set_up(superuser_url: str, environment: Mapping[str, str], password: str) -> None:
    """Make whatever is missing in a cluster of our own, and bring every schema up to date."""
    for service in SERVICES:
        await create(superuser_url, service, dict.fromkeys(ROLES, password))
    os.environ.update(environment)
    for service in SERVICES:
        await asyncio.to_thread(upgrade, service)


def fingerprint() -> str:
    """Tell one state of all scripts and migrations from another."""
    digest = hashlib.sha256()
    for path in sorted([*SCRIPTS.glob("*.sql"), *(ROOT / "db").glob("**/*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
