"""What a seed decides before anything happens."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

KINDS = ("before", "after", "lost", "late", "slow", "twice", "refused", "final")
"""A step fails before its effect, or after it · it never answers, and its effect comes not at all,
or later · it takes its time · is done twice · is refused · can never be done."""
OF_PROCESSES = ("evicted", "cancelled", "stopped")
"""It leaves the cache · the engine cancels it · an operator stops it."""
OUTAGE, ASTRAY = "outage", "astray"
"""A whole service is away · the gateway takes money in the moment in which it is let go."""
ALL_KINDS = (*KINDS, *OF_PROCESSES, OUTAGE, ASTRAY)
ALWAYS = ("before", "after", "evicted")


@dataclass(frozen=True)
class Options:
    """How large the hospital is, how crowded, and how much goes wrong in it."""

    seed: int
    sagas: int
    doctors: int
    patients: int
    crowding: float
    """Which part of all wishes is for the same few slots."""
    strikes: float
    """Which part of all attempts meets something."""
    kinds: tuple[str, ...]
    """What it may be."""
    grace_minutes: int
    unsure: float
    """Which part of all refunds is not settled at once."""

    @property
    def lasts(self) -> timedelta:
        """How long people go on wishing."""
        return timedelta(minutes=4 * self.sagas)


def options_of(seed: int, sagas: int, without: tuple[str, ...] = ()) -> Options:
    chance = Random(f"options {seed}")  # noqa: S311 - chance that can be repeated
    # Each kind is active in half of the seeds, and then often: rare together, never met alone.
    active = [kind for kind in ALL_KINDS if kind in ALWAYS or chance.random() < 0.5]
    return Options(
        seed=seed,
        sagas=sagas,
        doctors=chance.randint(2, 8),
        patients=chance.randint(10, 60),
        crowding=chance.uniform(0, 0.5),
        strikes=chance.uniform(0.1, 0.35),
        kinds=tuple(kind for kind in active if kind not in without),
        grace_minutes=chance.choice((0, 0, 10)),
        unsure=chance.uniform(0, 0.5),
    )
