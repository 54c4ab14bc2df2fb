"""Who is measured: one namespace of the server, asked in one way."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from temporalio.client import Client

from api.processes import Processes, Wanted

Asked = Wanted[Any]
"""Whatever comes of it: only that it was done counts."""

PATIENCE = 120.0
"""A disk that stalls for seconds makes a slow answer, not an error."""
CALLERS = 20
QUIET = 3
"""Looks, a tenth of a second apart, at which nothing runs: then the next one may be measured."""


@dataclass(frozen=True)
class Sample:
    """Seconds to the answer, seconds to the end, and which process it was."""

    answered: float
    whole: float
    process: str


@dataclass
class Contestant:
    """One namespace of the server, with its workers, and slots and patients that are free."""

    name: str
    client: Client
    slots: Iterator[datetime]
    patients: Iterator[UUID]

    async def ask(self, wanted: Asked) -> Sample:
        """Ask for a process, and wait for its end, too."""
        began = time.perf_counter()
        outcome = await Processes(self.client).ask(wanted, PATIENCE)
        answered = time.perf_counter() - began
        if outcome is None or outcome.status != "DONE":
            raise RuntimeError(f"{self.name}: {wanted.summary}: {outcome}")
        await self.client.get_workflow_handle(wanted.id).result()
        return Sample(answered, time.perf_counter() - began, wanted.id)

    async def ask_together(self, wanted: Sequence[Asked]) -> float:
        """Let twenty callers ask: processes in a second."""
        turns = asyncio.Semaphore(CALLERS)

        async def in_turn(one: Asked) -> None:
            async with turns:
                await self.ask(one)

        began = time.perf_counter()
        await asyncio.gather(*map(in_turn, wanted))
        return len(wanted) / (time.perf_counter() - began)

    async def fall_quiet(self) -> None:
        """Wait for what others begin behind an answer: the gateway's events come when they like."""
        quiet = 0
        async with asyncio.timeout(PATIENCE):
            while quiet < QUIET:
                running = "ExecutionStatus = 'Running' AND TaskQueue = 'sagas'"
                open_ones = (await self.client.count_workflows(running)).count
                quiet = 0 if open_ones else quiet + 1
                await asyncio.sleep(0.1)
