"""What is broken, and where: at every step and in every turn of the recorded plays.

A step that is new in a path is broken unasked.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from importlib import import_module
from itertools import product
from typing import Any

import pytest

import activities.contract as common
from activities.contract import Refusal, WrongState
from tests.drive import Run
from tests.fakes.world import DOORS, World
from tests.stage import Meddling, Strike, Zombies
from tests.wire import Job, Step
from tests.workflows.bookings import BOOKINGS
from tests.workflows.cancellations import CANCELLATIONS
from tests.workflows.moves import MOVES
from tests.workflows.paths import Path
from tests.workflows.payments import PAYMENT_PATHS
from tests.workflows.play import Play, StrikeOf
from tests.workflows.records import RECORDS
from tests.workflows.visits import VISIT_PATHS

PATHS = (*BOOKINGS, *MOVES, *CANCELLATIONS, *PAYMENT_PATHS, *VISIT_PATHS, *RECORDS)


def pictured(path: Path) -> str:
    world = World()
    path.before(world)
    return f"{path.at} {world.picture()}"


HAPPY = {path.name: Play(path) for path in PATHS}
"""Every path as it goes when nothing is broken."""
BEGUN = {path.name: pictured(path) for path in PATHS}
"""In which world each begins."""
DOCUMENTED = {
    definition.name: step.__doc__ or ""
    for door in DOORS
    for step in vars(door).values()
    if (definition := getattr(step, "__temporal_activity_definition", None))
}
"""What each step's door says of it, by its name on the wire."""
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
        return lambda play, step, _: (
            strike if step.id == broken and broken not in play.parked else None
        )

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
    """Make each refusal that the step's door names, and one that is never expected."""
    yield WrongState("no", {"status": "GONE"})
    for kind in sorted(named_by(step.type) - {WrongState}, key=lambda kind: kind.__name__):
        yield kind("no")


def named_by(step: str) -> set[type[Refusal]]:
    """Read which refusals a step's docstring names, its own or another step's."""
    contract = import_module(f"activities.{step.partition('.')[0]}.contract")
    kinds = {**vars(common), **vars(contract)}
    found: set[type[Refusal]] = set()
    for word in re.findall(r"`(\w+)`", DOCUMENTED[step]):
        other = f"{step.partition('.')[0]}.{word}"
        if isinstance(kind := kinds.get(word), type) and issubclass(kind, Refusal):
            found.add(kind)
        elif other in DOCUMENTED and other != step:
            found |= named_by(other)
    return found


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
    """Walk through all places of all paths, but for what an earlier path has in common with it.

    What another process does to the same visit does not wait for a broken one: the simulator
    crosses them, here each is broken alone.
    """
    seen = set()
    for path in PATHS:
        if path.is_crossed:
            continue
        play = HAPPY[path.name]
        # Two ways are the same so far, only if they began in the same world.
        histories, digest = [], sha256(BEGUN[path.name].encode())
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
CROSSED_STEPS = [
    (path, step) for path in PATHS if path.is_crossed for step in HAPPY[path.name].steps
]
"""Where a process is crossed by another, only what passes is broken."""
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
    """Try each of them once: what is named alike is broken alike."""
    ids = {named(*case): case for case in values}
    return pytest.mark.parametrize(names, list(ids.values()), ids=list(ids))


def kinds(steps: Iterable[tuple[Path, str]], of: Iterable[str]) -> Iterable[tuple[object, ...]]:
    return [(*step, kind) for step, kind in product(steps, of)]
