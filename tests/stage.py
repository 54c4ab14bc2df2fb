"""Processes, services, callers and faults take turns here, in virtual time; nothing is random."""

import heapq
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Literal

from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.contract import AskLater, Refusal
from activities.process import Process
from tests import wire
from tests.drive import Run, Start, request_of, type_of
from tests.examples import NOW
from tests.fakes.world import REQUESTS, World
from tests.wire import Answer, Job, Step
from workflows.origin import opened

MOMENT = timedelta(milliseconds=10)
ENOUGH = 5_000
MUCH_LATER = timedelta(hours=3)
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Strike:
    """What one attempt of a step meets. By default, nothing: it is done, and says so."""

    fault: str | None = None
    """The name of what it fails with."""
    is_done: bool = True
    """Whether the effect is there, fault or not."""
    is_final: bool = False
    """No repetition cures the fault."""
    refusal: Refusal | None = None
    is_lost: bool = False
    """It never answers; its effect, if any, comes much later."""
    later: timedelta = MUCH_LATER
    again: timedelta | None = None
    """It is done once more, so long after it was done; nobody hears of that."""
    takes: timedelta = MOMENT


WELL = Strike()
Strikes = Callable[[Run, Step, int], Strike]
Zombie = Literal["die", "finish", "linger"]
Zombies = Zombie | Callable[[], Zombie]
"""What becomes of a running attempt that nobody waits for any more: its effect comes never, at
once, or much later."""
Meddling = Callable[[Run, Sequence[Job]], Sequence[Sequence[Job]]]


def no_strikes(_: Run, __: Step, ___: int) -> Strike:
    return WELL


def no_meddling(_: Run, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
    return [jobs]


class Stage:
    """One heap of what happens when. The same script plays the same way, always."""

    def __init__(
        self,
        world: World,
        *,
        strikes: Strikes = no_strikes,
        meddling: Meddling = no_meddling,
        zombies: Zombies = "die",
        cast: Iterable[type] = (),
    ) -> None:
        """Play with a world. `cast` are the workflows that live when another one starts them."""
        self.world = world
        self.now = NOW
        self.runs: dict[str, Run] = {}
        self.children: dict[str, wire.Child] = {}
        self.listening: set[str] = set()
        """Processes that are not played here, but are there to be told something."""
        self.told: list[tuple[str, str]] = []
        """Who was told what by another process."""
        self.answers: dict[str, tuple[datetime, Answer]] = {}
        self.watch: Callable[[Run], None] = lambda _: None
        """Called after every turn of every process."""
        self._strikes, self._meddling, self._zombies = strikes, meddling, zombies
        self._cast = {type_of(kind): kind for kind in cast}
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._ties = count()
        self._begun: dict[Step, datetime] = {}
        self._waiting: dict[str, Callable[[Answer], None]] = {}

    @property
    def unanswered(self) -> list[str]:
        return list(self._waiting)

    @property
    def events_at_most(self) -> int:
        """How much may happen: what never ends must not end a test by its length."""
        return ENOUGH * max(1, len(self.runs))

    def after(self, delay: timedelta, act: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (self.now + delay, next(self._ties), act))

    def play(self, until: datetime = NEVER) -> None:
        """Let everything happen, until nothing more can, or this moment has come."""
        events = 0
        while self._heap and self._heap[0][0] <= until:
            self.now, _, act = heapq.heappop(self._heap)
            act()
            events += 1
            assert events < self.events_at_most, f"{[*self.runs]} never come to rest"

    def start(self, start: Start) -> Run:
        run = self.runs[start.id] = Run(start)
        self.turn(run, wire.begin(start.id, start.type, start.request))
        return run

    def ask(
        self, run: Run, id: str, name: str, *arguments: object, then: Callable[[Answer], None]
    ) -> None:
        """Send an update, as a caller does; one that comes after the end finds nobody."""
        if run.end:
            self.answers[id] = (self.now, Answer(id, rejected="not-found"))
            return
        self._waiting[id] = then
        self.turn(run, wire.update(id, name, *arguments))

    def tell(self, run: Run, signal: str) -> None:
        self.turn(run, wire.told(signal))

    def turn(self, run: Run, *jobs: Job, about: Step | wire.Timer | None = None) -> None:
        """Activate a process. What it does not wait for any more is not told to it."""
        for some in self._meddling(run, jobs):
            is_old = some is jobs and about is not None and not run.is_waiting_for(about)
            if run.end or is_old:
                continue
            for want in run.turn(*some, at=self.now):
                self._grant(run, want)
            if run.end:
                run.evict()
            self.watch(run)

    def resume(self, run: Run) -> None:
        """Go on with mended code."""
        for want in run.resume(at=self.now):
            self._grant(run, want)
        self.watch(run)

    def _grant(self, run: Run, want: wire.Want) -> None:
        match want:
            case Step():
                self._begun[want] = self.now
                self._begin(run, want, 1)
            case wire.NoStep():
                self.after(timedelta(), lambda: self._give_up(run, run.step(want.seq)))
            case wire.Timer():
                self.after(want.after, lambda: self.turn(run, wire.fired(want), about=want))
            case wire.Child():
                self._bear(run, want)
            case wire.Letter():
                self.after(MOMENT, lambda: self._deliver(run, want))
            case Answer():
                self.answers[want.id] = (self.now, want)
                if then := self._waiting.pop(want.id, None):
                    self.after(MOMENT, partial(then, want))
            case _:
                pass

    def _bear(self, parent: Run, child: wire.Child) -> None:
        is_there = child.id in {*self.children, *self.runs, *self.listening}
        told = wire.exists(child) if is_there else wire.started(child)
        self.after(MOMENT, lambda: self.turn(parent, told))
        if is_there:
            return
        self.children[child.id] = child
        if kind := self._cast.get(child.type):
            request: object = wire.CONVERTER.from_payload(child.request, request_of(kind))
            around = parent.start.interceptors
            born = Start(kind, request, child.id, self.now, child.headers, around)
            self.after(MOMENT, partial(self._begin_life, born))

    def _begin_life(self, born: Start) -> None:
        self.start(born)

    def _deliver(self, run: Run, letter: wire.Letter) -> None:
        to = self.runs.get(letter.to)
        is_there = letter.to in self.listening or (to is not None and to.end is None)
        if is_there:
            self.told.append((letter.to, letter.name))
        if to and is_there:
            self.tell(to, letter.name)
        self.turn(run, wire.delivered(letter, found=is_there))

    def _begin(self, run: Run, step: Step, number: int) -> None:
        strike = self._strikes(run, step, number)
        self.after(strike.takes, lambda: self._attempt(run, step, number, strike))

    def _attempt(self, run: Run, step: Step, number: int, strike: Strike) -> None:
        if not run.is_waiting_for(step) and not run.end:
            return  # `_give_up` decides what becomes of it.
        if strike.is_lost:
            if strike.is_done:
                self.after(strike.later, lambda: self._do_late(run, step))
            until = min(self.now + step.attempt_for, self._deadline(step))
            self.after(until - self.now, lambda: self._fail(run, step, number, strike))
            return
        if strike.again:
            self.after(strike.again, lambda: self._do_late(run, step))
        told, met, pause = self._answered(run, step, strike)
        if told:
            self.turn(run, told, about=step)
        else:
            self._fail(run, step, number, met, pause)

    def _answered(
        self, run: Run, step: Step, strike: Strike
    ) -> tuple[Job | None, Strike, timedelta | None]:
        """Do a step. Without an answer: what it met instead, and when it may be tried again.

        Nobody is told inside of a handler: what is raised there would remember this error.
        """
        try:
            answer = self._do(run, step, strike.refusal) if strike.is_done else None
        except Refusal as no:
            told = wire.failed(step, refused(no))
        except AskLater as busy:
            if not strike.fault:
                return None, Strike(type(busy).__name__), busy.retry_after
            told = None
        except Exception as bug:  # noqa: BLE001 - as a worker does with what a service raises
            return None, Strike(type(bug).__name__), None
        else:
            told = wire.done(step, answer)
        return None if strike.fault else told, strike, None

    def _fail(
        self, run: Run, step: Step, number: int, met: Strike, pause: timedelta | None = None
    ) -> None:
        """Try again, when the step's own policy or the service says, or give it up."""
        if not run.is_waiting_for(step):
            return
        pause = pause or pause_after(number, step.retry)
        if not met.is_final and self.now + pause < self._deadline(step):
            self.after(pause, lambda: self._begin(run, step, number + 1))
        elif met.fault:
            error = ApplicationError("it broke", type=met.fault, non_retryable=met.is_final)
            self.turn(run, wire.failed(step, error), about=step)
        else:
            self.turn(run, wire.timed_out(step), about=step)

    def _give_up(self, run: Run, step: Step) -> None:
        if step.is_resolved:
            return
        zombie = self._zombies() if callable(self._zombies) else self._zombies
        if zombie == "finish":
            self._do_late(run, step)
        elif zombie == "linger":
            self.after(MUCH_LATER, lambda: self._do_late(run, step))
        self.turn(run, wire.given_up(step))

    def _do(self, run: Run, step: Step, refusal: Refusal | None = None) -> object:
        request = wire.CONVERTER.from_payload(step.request, REQUESTS[step.type])
        process = Process(id=run.start.id, origin=opened(step.headers))
        return self.world.do(process, step.type, request, refusal)

    def _do_late(self, run: Run, step: Step) -> None:
        """Do what nobody waits for any more; whatever it answers, nobody hears it."""
        with suppress(Refusal, AskLater):
            self._do(run, step)

    def _deadline(self, step: Step) -> datetime:
        return (
            self._begun[step] + step.patience
            if step.patience
            else datetime.max.replace(tzinfo=NOW.tzinfo)
        )


def pause_after(number: int, retry: RetryPolicy) -> timedelta:
    pause = retry.initial_interval * retry.backoff_coefficient ** min(number - 1, 30)
    return min(pause, retry.maximum_interval or pause)


def refused(no: Refusal) -> ApplicationError:
    """Say it as the workers' interceptor does."""
    return ApplicationError(
        str(no),
        no.details,
        type=no.code,
        non_retryable=True,
        category=ApplicationErrorCategory.BENIGN,
    )
