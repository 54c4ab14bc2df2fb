"""What is broken, and where: at every step and in every turn of the recorded plays.

A step that is new in a path is broken unasked.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from importlib import import_module
from itertools import product
from typing import Any

import pytest

from activities.contract import Refusal, WrongState
from tests.drive import Run
from tests.stage import Meddling, Strike, Zombies
from tests.wire import Job, Step
from tests.workflows.booking import Play, StrikeOf
from tests.workflows.paths import PATHS, Path

HAPPY = {path.name: Play(path) for path in PATHS}
"""Every path as it goes when nothing is broken."""
A_FAULT = "DatabaseFault"
LONG = timedelta(hours=1)


def name_of(step: str) -> str:
    return step.partition(":")[0]


def first(times: int, strike: Strike) -> Callable[[str], StrikeOf]:
    """Strike the first attempts of a step."""

    def at(broken: str) -> StrikeOf:
        return lambda _, step, n: strike if step.id == broken and n <= times else None

    return at


def until_mended(strike: Strike) -> Callable[[str], StrikeOf]:
    """Strike every attempt of a step, until somebody looks at it."""

    def at(broken: str) -> StrikeOf:
        return lambda play, step, _: strike if step.id == broken and not play.is_mended else None

    return at


def for_long(strike: Strike) -> Callable[[str], StrikeOf]:
    """Strike every attempt of a step for longer than anybody's patience."""

    def at(broken: str) -> StrikeOf:
        begun: dict[str, datetime] = {}

        def strikes(play: Play, step: Step, _: int) -> Strike | None:
            if step.id != broken:
                return None
            since = begun.setdefault(step.id, play.stage.now)
            return strike if play.stage.now < since + LONG else None

        return strikes

    return at


PASSING = {
    "fails before": first(1, Strike(A_FAULT, is_done=False)),
    "fails three times before": first(3, Strike(A_FAULT, is_done=False)),
    "fails after": first(1, Strike(A_FAULT)),
    "is lost": first(1, Strike(is_lost=True, is_done=False)),
    "is done much later": first(1, Strike(is_lost=True)),
}
LASTING = {
    "fails for long before": for_long(Strike(A_FAULT, is_done=False)),
    "fails for long after": for_long(Strike(A_FAULT)),
    "is done long after": for_long(Strike(is_lost=True)),
}

DOWN = for_long(Strike(A_FAULT, is_done=False))
NEVER = until_mended(Strike(A_FAULT, is_done=False, is_final=True))


def refusals_of(step: Step) -> Iterator[Refusal]:
    """Make each refusal of the service's contract, and one that is never expected."""
    yield WrongState("no", {"status": "GONE"})
    contract = import_module(f"activities.{step.type.partition('.')[0]}.contract")
    for kind in vars(contract).values():
        is_refusal = isinstance(kind, type) and issubclass(kind, Refusal)
        if is_refusal and kind.__module__ == contract.__name__:
            yield kind("no")


def with_jobs(turn: int, *, together: str, make: Callable[[], Job], evicted: bool) -> Meddling:
    """Tell a process something in a turn: before its own jobs, or in one activation with them."""

    def meddle(run: Run, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        if evicted and len(run.turns) >= turn:
            run.evict()
        if len(run.turns) != turn:
            return [jobs]
        match together:
            case "alone":
                return [[make()], jobs]
            case "before":
                return [[make(), *jobs]]
            case _:
                return [[*jobs, make()]]

    return meddle


def beside(name: str, *more: Job) -> Meddling:
    """Tell more in the very activation in which an update comes."""

    def meddle(_: Run, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        is_it = any(job.do_update.name == name for job in jobs)
        return [[*jobs, *more]] if is_it else [jobs]

    return meddle


CANCELS: dict[str, tuple[str, Zombies, bool]] = {
    "alone, its step still done": ("alone", "finish", False),
    "alone, its step done later": ("alone", "linger", False),
    "alone, then evicted each turn": ("alone", "die", True),
    "before a result": ("before", "finish", False),
    "behind a result": ("behind", "linger", False),
}
"""When it comes, what becomes of the step that was at work, and whether the cache lets go."""
STOPS = ("alone, its step still done", "alone, then evicted each turn", "before a result")


def fresh(
    places: Callable[[Play], Iterable[tuple[int, Any]]],
) -> Iterator[tuple[Path, Any]]:
    """Walk through all places of all paths, but for what an earlier path has in common with it."""
    seen = set()
    for path in PATHS:
        play = HAPPY[path.name]
        histories, digest = [], sha256()
        for turn in play.run.turns:
            for part in (*(job.SerializeToString() for job in turn.jobs), *turn.commands):
                digest.update(part)
            histories.append(digest.hexdigest())
        for turn_number, place in places(play):
            key = (histories[turn_number], place)
            if key not in seen:
                seen.add(key)
                yield path, place


def steps_of(play: Play) -> Iterable[tuple[int, str]]:
    return [(turn, step) for step, turn in play.asked_in.items()]


def turns_of(play: Play) -> Iterable[tuple[int, int]]:
    return [(turn, turn) for turn in range(len(play.run.turns))]


STEPS = list(fresh(steps_of))
TURNS = list(fresh(turns_of))
REFUSED = [
    (path, step, refusal)
    for path, step in STEPS
    for refusal in refusals_of(HAPPY[path.name].steps[step])
]


def named(*values: object) -> str:
    return " - ".join(
        v.name if isinstance(v, Path) else v.code if isinstance(v, Refusal) else str(v)
        for v in values
    )


def cases(names: str, values: Iterable[tuple[object, ...]]) -> pytest.MarkDecorator:
    listed = list(values)
    return pytest.mark.parametrize(names, listed, ids=[named(*case) for case in listed])


def kinds(steps: Iterable[tuple[Path, str]], of: Iterable[str]) -> Iterable[tuple[object, ...]]:
    return [(*step, kind) for step, kind in product(steps, of)]
