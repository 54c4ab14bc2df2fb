"""One hospital for all tests that need the whole of it: they run one after the other."""

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typing_extensions import override
from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

from ops.processes import free_port
from tests.e2e.desk import Desk
from tests.e2e.hospital import Hospital, connected
from tests.e2e.people import IMOGEN
from tests.e2e.stack import opened, remove

FIRST_PORT, LAST_PORT = 21_000, 27_000
"""Below those that the system gives to clients, which would sit on ours while we restart."""
DESKS = ("reception", "billing", "ops", IMOGEN.username)
NEED_NO_HOSPITAL = ("tests/e2e/test_dev.py", "tests/e2e/test_entry_points.py")


class InTurn(LoadGroupScheduling):  # type: ignore[misc] # as above
    """Sends what shares the hospital to one process.

    The marks of xdist 3.8 would say it too, but pytest 9.2 does not read what they change.
    """

    @override
    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(NEED_NO_HOSPITAL):
            return "processes"
        if nodeid.startswith(("tests/e2e/", "tests/chaos/")):
            return "hospital"
        return str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> InTurn | None:
    return InTurn(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
async def hospital(request: pytest.FixtureRequest) -> AsyncIterator[Hospital]:
    folder = Path(tempfile.mkdtemp(prefix="hms-stack-"))
    # Two runs of the tests side by side begin to look for ports at different places.
    first = FIRST_PORT + os.getpid() * 10 % (LAST_PORT - FIRST_PORT)
    stack = await opened(folder / "dev", free_port(first))
    password = stack.secrets.demo_password
    desks = {name: await Desk.log_in(stack.url("api"), name, password) for name in DESKS}
    running = Hospital(stack, desks, await connected(stack))
    yield running
    await running.close()
    await stack.stop()
    if not request.session.testsfailed:  # The logs tell why.
        remove(folder)
