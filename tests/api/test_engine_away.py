"""Without the engine nobody waits for ever, and nobody is told that something failed."""

import asyncio
import time
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api import commands
from api.engine import EngineAwayError
from api.processes import Processes
from api.resources.appointments import NewAppointment
from ops import temporal
from ops.processes import Child, free_port
from tests.api.desk import a_booking

PATIENCE = 8.0
"""Seconds: more than we look, and less than the SDK takes for its own tries."""


@pytest.fixture
async def unreachable() -> Processes:
    """Speak with an engine that was never there."""
    target = f"127.0.0.1:{free_port()}"
    client = await Client.connect(target, lazy=True, data_converter=pydantic_data_converter)
    return Processes(client)


async def test_without_the_engine_a_command_is_not_known_to_have_failed(
    unreachable: Processes,
) -> None:
    names = ("appointment_id", "bill_id", "payment_id", "command")
    ids = {name: uuid4() for name in names}
    wanted = commands.book(NewAppointment.model_validate(a_booking())).want(ids, "desk-1")

    with pytest.raises(EngineAwayError):
        await unreachable.ask(wanted)
    with pytest.raises(EngineAwayError):
        await unreachable.start(wanted)


async def test_without_the_engine_nobody_tells_how_a_process_stands(
    unreachable: Processes,
) -> None:
    with pytest.raises(EngineAwayError):
        await unreachable.describe("book-1")
    with pytest.raises(EngineAwayError):
        await unreachable.progress("book-1")
    with pytest.raises(EngineAwayError):
        await unreachable.running_about(uuid4())
    assert not await unreachable.is_reachable()


async def connected(port: int) -> Client:
    """Connect, however long the engine takes to come."""
    while True:
        try:
            return await Client.connect(f"127.0.0.1:{port}", namespace="away")
        except RuntimeError:
            await asyncio.sleep(0.05)


@pytest.fixture
async def left_alone(tmp_path: Path) -> Processes:
    """Speak with an engine that was there, and went away."""
    port = free_port()
    engine = Child.start("temporal", temporal.command(port, ["away"]), log=tmp_path / "log")
    try:
        async with asyncio.timeout(30):
            client = await connected(port)
    finally:
        engine.process.kill()
        engine.process.wait()
    return Processes(client)


async def test_an_engine_that_went_away_is_noticed_within_seconds(left_alone: Processes) -> None:
    asked_at = time.monotonic()

    with pytest.raises(EngineAwayError):
        await left_alone.describe("book-1")

    assert time.monotonic() - asked_at < PATIENCE
