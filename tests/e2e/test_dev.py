"""`hms dev` is one command, and one Ctrl-C."""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.processes import free_port
from tests.e2e.stack import COMPILED
from tests.waiting import until

ROOT = Path(__file__).parents[2]
FIRST_PORT = 27_000
ENDS_WITHIN = 30.0
"""Seconds after which it hangs. Two are the goal; no test measures speed."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make a folder that PostgreSQL's own user may walk into."""
    made = Path(tempfile.mkdtemp(prefix="hms-dev-"))
    yield made
    shutil.rmtree(made)


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_one_interrupt_ends_everything(folder: Path) -> None:
    command = ("dev", "--seed", "none", "--port-base", str(free_port(FIRST_PORT)))
    state = folder / ".hms" / "dev.json"
    with (folder / "dev.log").open("wb") as log:
        dev = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ops.main", *command),
            cwd=folder,
            env={**os.environ, **COMPILED, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
        )

    async def is_told() -> bool:
        assert dev.returncode is None, (folder / "dev.log").read_text()
        return state.exists()

    await until(is_told, seconds=120)
    pids = list(json.loads(state.read_text())["pids"].values())
    assert [pid for pid in pids if not is_there(pid)] == []
    dev.send_signal(signal.SIGINT)
    async with asyncio.timeout(ENDS_WITHIN):
        code = await dev.wait()

    assert code == 0
    assert [pid for pid in pids if is_there(pid)] == []
    assert not state.exists()
