"""What can be measured: a process, in one of the ways that it can go."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bench.contestant import Asked, Contestant
from bench.histories import Reckoned

Prepare = Callable[[Contestant, int], Awaitable[Sequence[Asked]]]


@dataclass(frozen=True)
class Way:
    """One way for a process to go."""

    told: str
    prepare: Prepare
    """Brings the hospital so far that so many of them can be asked for, and says what to ask."""
    reckoned: Reckoned
    meets_gateway: bool = False
    """The gateway's own time and its events are in our figure, and in nobody's goal."""
