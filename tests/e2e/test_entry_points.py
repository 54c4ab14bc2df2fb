"""What runs the product is started and stopped as containers do it, and leaves cleanly."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from temporalio.client import Client

from api.tokens import new_key
from ops.postgres import Postgres
from ops.processes import Child, free_port, wait_until
from ops.stack import answers
from tests.e2e.stack import COMPILED
from tests.waiting import until

RUNS = 20
"""A client that outlives the interpreter aborts one run in three."""
AT_ONCE = 3
READY_WITHIN, ENDS_WITHIN = 60.0, 30.0
PORTS = {"api": "HMS_API_PORT", "worker": "HMS_WORKER_PORT"}


def settings(command: str, port: int) -> dict[str, str]:
    """Tell a process what is not in our own environment yet."""
    return {
        **COMPILED,
        PORTS[command]: str(port),
        "HMS_API_TOKEN_KEYS": f"test:{new_key()}",
        "HMS_API_REFRESH_SECRET": "only for tests, and 32 bytes long",
        "HMS_API_GRACEFUL_SECONDS": "1",
        "HMS_WORKER_GRACEFUL_SECONDS": "1",
    }


async def exit_code_of(command: tuple[str, ...], log: Path) -> int | None:
    """Start, wait until it is ready, ask it to stop."""
    port = free_port()
    child = Child.start(
        *(" ".join(command), [sys.executable, "-m", "ops.main", *command]),
        log=log,
        env=settings(command[0], port),
    )
    try:
        url = f"http://127.0.0.1:{port}/health/ready"
        await wait_until(lambda: answers(url), child, seconds=READY_WITHIN)
        child.signal(signal.SIGTERM)
        await until(lambda: ended(child), seconds=ENDS_WITHIN)
    finally:
        child.signal(signal.SIGKILL)
    return child.process.returncode


async def ended(child: Child) -> bool:
    return not child.is_running


def last_words(folder: Path) -> str:
    return "\n".join(log.read_text()[-500:] for log in folder.glob("*.log"))


@pytest.mark.parametrize(
    "command", [("worker", "workflows"), ("worker", "appointments"), ("api",)], ids=" ".join
)
async def test_a_process_that_is_asked_to_stop_leaves_cleanly(
    cluster: Postgres, client: Client, tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert cluster.child
    assert client.namespace == os.environ["TEMPORAL_NAMESPACE"]
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(number: int) -> int | None:
        async with turns:
            return await exit_code_of(command, tmp_path / f"{number}.log")

    codes = await asyncio.gather(*map(in_turn, range(RUNS)))

    assert codes == [0] * RUNS, last_words(tmp_path)


async def test_the_preflight_finds_everything_here() -> None:
    check = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ops.main", "preflight"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **COMPILED},
    )
    told, _ = await check.communicate()

    assert (check.returncode, b"MISSING" in told) == (0, False), told.decode()
