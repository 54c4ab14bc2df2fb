"""Whether this process can do its work; asked often, so looked up once a second."""

import asyncio
import time
from collections.abc import Awaitable, Mapping

from sqlalchemy.exc import SQLAlchemyError

from api.accounts import Accounts
from api.processes import Processes

FRESH = 1.0
BOUND = 2.0
"""Seconds within which each part must answer."""


class Health:
    def __init__(self, accounts: Accounts, processes: Processes) -> None:
        self._accounts = accounts
        self._processes = processes
        self._looked_at = -FRESH
        self._known: Mapping[str, bool] = {}
        self._turn = asyncio.Lock()

    async def look(self) -> Mapping[str, bool]:
        """Tell which parts are within reach."""
        async with self._turn:
            if time.monotonic() - self._looked_at >= FRESH:
                users, temporal = await asyncio.gather(
                    answers(self._accounts.is_reachable()), answers(self._processes.is_reachable())
                )
                self._known = {"users": users, "temporal": temporal}
                self._looked_at = time.monotonic()
            return self._known


async def answers(asked: Awaitable[bool]) -> bool:
    try:
        async with asyncio.timeout(BOUND):
            return await asked
    except (SQLAlchemyError, OSError, TimeoutError):
        return False
