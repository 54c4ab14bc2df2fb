"""One hospital for all tests that need the whole of it: they run one after the other."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ops.processes import free_port
from tests.e2e.desk import Desk
from tests.e2e.hospital import Hospital, connected
from tests.e2e.stack import opened, remove

FIRST_PORT = 21_000
"""Below those that the system gives to clients, which would sit on ours while we restart."""


@pytest.fixture(scope="session")
async def hospital(request: pytest.FixtureRequest) -> AsyncIterator[Hospital]:
    folder = Path(tempfile.mkdtemp(prefix="hms-stack-"))
    stack = await opened(folder / "dev", free_port(FIRST_PORT))
    desk = await Desk.log_in(stack.url("api"), "reception", stack.secrets.demo_password)
    running = Hospital(stack, desk, await connected(stack))
    yield running
    await running.close()
    await stack.stop()
    if not request.session.testsfailed:  # The logs tell why.
        remove(folder)
