"""Waits for what must become true, and shows what was seen when it does not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Seen = TypeVar("Seen")

PAUSE = 0.1


async def until(
    look: Callable[[], Awaitable[Seen]],
    is_so: Callable[[Seen], bool] = bool,
    *,
    seconds: float = 10,
) -> Seen:
    """Look again and again, until it is so; what was seen then."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not is_so(seen := await look()):
        assert asyncio.get_running_loop().time() < deadline, f"after {seconds} s still {seen!r}"
        await asyncio.sleep(PAUSE)
    return seen
