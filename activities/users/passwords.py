"""Passwords are hashed slowly on purpose: in threads, no more at once than there are cores."""

import asyncio
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

# OWASP's minimum for argon2id. The library's own default takes five times as long.
MEMORY_KIB, TIME, LANES = 19_456, 2, 1

Result = TypeVar("Result")


class Passwords:
    """Hashes and verifies. An unknown user costs the same time as a known one."""

    def __init__(self, at_once: int = os.cpu_count() or 1) -> None:
        self.at_once = at_once
        self._hasher = PasswordHash(
            (Argon2Hasher(memory_cost=MEMORY_KIB, time_cost=TIME, parallelism=LANES),)
        )
        self._nobodys = self._hasher.hash(secrets.token_hex(16))
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="passwords")
        self.turns = asyncio.Semaphore(at_once)
        """Whoever verifies takes a turn first, and looks again whether a try is still allowed."""

    async def hash(self, password: str) -> str:
        async with self.turns:
            return await self._run(self._hasher.hash, password)

    async def verify(self, password: str, hashed: str | None) -> tuple[bool, str | None]:
        """Tell whether it is right, and a new hash when the old one is weaker than today's.

        Without a hash it is wrong, after the same time. The caller has a turn.
        """
        is_right, better = await self._run(
            self._hasher.verify_and_update, password, hashed or self._nobodys
        )
        return is_right and hashed is not None, better

    async def _run(self, work: Callable[..., Result], *arguments: str) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
