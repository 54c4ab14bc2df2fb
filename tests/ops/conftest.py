"""The `hms` command in this process, with an environment of its own."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest
from typer.testing import CliRunner, Result

from ops.main import app
from ops.postgres import Postgres
from ops.processes import stop
from tests.conftest import PASSWORD, QUICK

OURS = ("HMS_", "TEMPORAL_")


class Hms(Protocol):
    async def __call__(self, *arguments: str, **environment: str) -> Result: ...


async def hms_command(*arguments: str, **environment: str) -> Result:
    """Run a command that sees these settings of ours, and no others."""
    env: dict[str, str | None] = {name: None for name in os.environ if name.startswith(OURS)}
    # In a thread: most commands start a loop of their own.
    return await asyncio.to_thread(CliRunner().invoke, app, arguments, env=env | environment)


def settings(server: Postgres, service: str, password: str = PASSWORD) -> dict[str, str]:
    """Give what `create` wants to know, and the owner's URL that the others want."""
    of, owner = f"HMS_{service.upper()}", f"hms_{service}_owner"
    secrets = {f"{of}_{role}_PASSWORD": password for role in ("OWNER", "WORKER", "READER")}
    url = server.url(owner, password, f"hms_{service}")
    return {**secrets, f"{of}_SUPERUSER_URL": server.superuser_url, f"{of}_OWNER_URL": url}


@pytest.fixture
def hms() -> Hms:
    return hms_command


@pytest.fixture(scope="session")
async def bare() -> AsyncIterator[Postgres]:
    """Start a PostgreSQL with nothing in it."""
    folder = Path(tempfile.mkdtemp(prefix="hms-bare-"))
    server = Postgres(folder / "postgres", PASSWORD, settings=QUICK)
    server.initialise()
    await server.start()
    yield server
    if server.child:
        await stop([server.child], seconds=10)
    shutil.rmtree(folder)
