"""All workers die at once, and inside every step of every process one of them dies."""

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from tests.chaos.commands import COMMANDS, Asked, Command
from tests.chaos.halting import Moment, Plan
from tests.e2e.hospital import Hospital
from tests.e2e.stack import ALL_WORKERS
from tests.waiting import until

Done = TypeVar("Done")

MOMENTS: tuple[Moment, ...] = ("before", "after")
UNDONE = "O-08"
AT_ONCE = 8
STANDS = 90.0
"""Seconds within which all stand still; on an idle machine it takes five."""


@dataclass(frozen=True)
class Halt:
    """One process that is stopped inside one of its steps."""

    command: Command
    step: str
    moment: Moment
    is_decided: bool

    @property
    def name(self) -> str:
        return f"halted-{self.command.name}-{self.moment}-{self.step.replace(':', '.')}"


async def halts_of(hospital: Hospital, command: Command) -> list[Halt]:
    steps = await command.steps(hospital)
    decided = steps.index(command.pivot)
    return [
        Halt(command, step, moment, is_decided=place >= decided)
        for place, step in enumerate(steps)
        for moment in MOMENTS
    ]


async def test_workers_killed_inside_every_step_leave_it_done_once_or_undone(
    hospital: Hospital,
) -> None:
    halts = [
        halt
        for some in await asyncio.gather(*(halts_of(hospital, command) for command in COMMANDS))
        for halt in some
    ]
    assert len(halts) == len({halt.name for halt in halts}) >= 68
    asked = await some_at_once(halt.command.prepare(hospital, halt.name) for halt in halts)
    processes = await killed(hospital, halts, asked)

    await asyncio.gather(
        *(
            ends_well(hospital, halt, one, process)
            for halt, one, process in zip(halts, asked, processes, strict=True)
        )
    )
    await hospital.check_books()


async def some_at_once(work: Iterable[Awaitable[Done]]) -> list[Done]:
    """Do some of it at once, in its order."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(one: Awaitable[Done]) -> Done:
        async with turns:
            return await one

    return await asyncio.gather(*map(in_turn, work))


async def killed(hospital: Hospital, halts: list[Halt], asked: list[Asked]) -> list[str]:
    """Begin them all, kill every worker when all stand still, and start new ones."""
    plan = Plan(hospital.stack.halts)
    plan.write({halt.name: (halt.step, halt.moment) for halt in halts})
    # Whoever has the longest way goes first, so that all arrive together.
    begun = await some_at_once(hospital.desk.begin(one.order) for one in reversed(asked))
    assert {answer.status_code for answer in begun} == {202}

    async def running() -> set[str]:
        return {halt.name for halt in halts} - plan.inside()

    await until(running, lambda missing: not missing, seconds=STANDS)
    await hospital.stack.hurt(*ALL_WORKERS)
    hospital.stack.is_halting = False
    await hospital.stack.heal(*ALL_WORKERS)
    return [answer.json()["workflow_id"] for answer in reversed(begun)]


async def ends_well(hospital: Hospital, halt: Halt, asked: Asked, process: str) -> None:
    answer = (await hospital.desk.follow(asked.order)).answer
    watch = await asked.watched(hospital, process)
    row = await watch.row(process, is_killed=True, total=halt.command.total)

    assert row in ({halt.command.done} if halt.is_decided else {halt.command.done, UNDONE}), halt
    assert answer.is_success == (row == halt.command.done), halt
    for account in await hospital.accounts_of(watch.visit):
        assert await hospital.gateway.captures(account.id) == bool(account.captured), halt
