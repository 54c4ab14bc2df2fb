"""People who speak with the API by `hms`."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import uvicorn
from typer.testing import Result

from api.app import Api
from tests.api.desk import Desk, Person
from tests.ops.conftest import hms_command
from tests.waiting import until


@dataclass(frozen=True)
class Counter:
    """Runs commands as somebody."""

    url: str
    desk: Desk

    async def hms(self, who: Person | None, *arguments: str, **environment: str) -> Result:
        token = {"HMS_TOKEN": self.desk.token_of(who)} if who else {}
        return await hms_command(*arguments, HMS_API_URL=self.url, **token, **environment)


@pytest.fixture
async def counter(app: Api, desk: Desk) -> AsyncIterator[Counter]:
    """Serve the API; its parts are the test's, and outlive it."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    served = asyncio.create_task(server._serve())

    async def has_started() -> bool:
        return server.started

    await until(has_started)
    _, port = server.servers[0].sockets[0].getsockname()
    yield Counter(f"http://127.0.0.1:{port}", desk)
    server.should_exit = True
    await served
