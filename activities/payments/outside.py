"""A step in the outside world: its intent is written before the call, its answer after it."""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.contract import Command, Undone
from activities.database import in_place
from activities.inbox import Locks, Service, Step, claim_of, key_of, repeat, trace_of
from activities.process import Process
from db.inbox import Inbox

Owner = TypeVar("Owner", bound=Service)
Request = TypeVar("Request", bound=Command)
Reply = TypeVar("Reply")
Work = Callable[[Owner, AsyncConnection, Process, Request], Coroutine[Any, Any, Reply]]


def again_and_again(
    *, locking: Locks
) -> Callable[[Work[Owner, Request, Reply]], Step[Owner, Request, Reply]]:
    """Make a method one transaction that may be repeated: what it changes, it must guard."""

    def decorate(work: Work[Owner, Request, Reply]) -> Step[Owner, Request, Reply]:
        @functools.wraps(work)
        async def ask(self: Owner, process: Process, request: Request) -> Reply:
            async def transaction() -> Reply:
                async with self._engine.begin() as connection:
                    await Inbox(connection).enter(trace_of(process, request), locking(request))
                    return await work(self, connection, process, request)

            return await in_place(transaction)

        return ask

    return decorate


async def look(connection: AsyncConnection, process: Process, step: str, request: Command) -> bool:
    """Tell whether a step was answered before it begins. A first refusal is given again."""
    claim = claim_of(process, step, request)
    answered = await Inbox(connection).find_answer(claim.key)
    if answered is None:
        return False
    repeat(claim, answered)
    return True


async def check_alive(connection: AsyncConnection, process: Process) -> None:
    """Refuse every step of a payment that was undone: who buries `open_payment` buries them all."""
    answered = await Inbox(connection).find_answer(key_of(process, "open_payment", ""))
    if answered and answered.outcome == "TOMBSTONE":
        raise Undone("the payment was voided")
