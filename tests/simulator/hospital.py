"""The hospital at work: wishes come, processes run, the gateway talks, operators look."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from activities.contract import Message
from activities.payments.contract import GatewayEvent
from activities.process import Process
from tests import wire
from tests.drive import Run, Start
from tests.examples import NOW
from tests.fakes.gateway import CARD, NO_CARD
from tests.fakes.inbox import key_of
from tests.simulator.clinic import Till, hospital, identity
from tests.simulator.mishaps import SECOND, Mishaps
from tests.simulator.options import Options
from tests.simulator.wishes import MINUTE, Wish, Wishes
from tests.stage import Stage, Strike, Zombie
from tests.wire import Answer, Job, Step
from tests.workflows.around import origin_interceptor
from tests.workflows.hand import Hand
from workflows.appointment_lifecycle import AppointmentLifecycleWorkflow
from workflows.held_payment import Pay, Release
from workflows.late_payment import LatePayment, LatePaymentWorkflow
from workflows.mark_no_show import MarkNoShowWorkflow
from workflows.origin import opened
from workflows.record_gateway_event import RecordGatewayEventWorkflow
from workflows.saga import Decision

CAST = (AppointmentLifecycleWorkflow, LatePaymentWorkflow, MarkNoShowWorkflow)
HOLD = 10 * MINUTE
STOP = Decision(action="compensate", reason="a mistake", by="ops")
ENDS_WITHIN = timedelta(hours=1, minutes=5)
"""After everything is well again: as long as the longest pause between two questions, and a bit."""
AT_NIGHT = timedelta(minutes=50)
AT_REST_WITHIN = timedelta(days=20)
"""Whatever people wish for, its visit is over by then, its waiver and the latest news too."""


class Simulation:
    """Plays one seed to its rest."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._chance = Random(options.seed)  # noqa: S311 - chance that can be repeated
        self.mishaps = Mishaps(options, self._chance, NOW)
        self.world = hospital(options, self._chance, self.mishaps.happened)
        self.stage = Stage(
            self.world,
            strikes=self._strike,
            meddling=self._meddle,
            zombies=self._zombie,
            cast=CAST,
        )
        self.stage.watch = self._look
        self.wishes = Wishes(self.world, options, self._chance)
        self.attempts = 0
        self.replays = 0
        self.skipped: set[str] = set()
        """Processes of which a person did something, or let it be."""
        self.late: list[str] = []
        """Processes that had not ended in time, when everything was well again."""
        self._around = (origin_interceptor(),)
        self._steps: dict[tuple[str, str], Step] = {}
        self._is_looked_after: set[str] = set()
        self._heard = 0

    def play(self) -> None:
        times = sorted(self._chance.random() for _ in range(self.options.sagas))
        for part in times:
            self.stage.after(part * self.options.lasts, self._wish)
        last = NOW + self.options.lasts
        self.stage.play(until=last)
        self._heal()
        self.stage.play(until=last + ENDS_WITHIN)
        self.late = [run.start.id for run in self._unended() if run.start.at <= last]
        self.stage.play(until=last + AT_REST_WITHIN)

    @property
    def runs(self) -> list[Run]:
        return list(self.stage.runs.values())

    def _heal(self) -> None:
        """From now on nothing breaks, and whatever stands before a person is looked at."""
        self.mishaps.has_ended = True
        till = self.world.payments
        assert isinstance(till, Till)
        till.is_well = True
        self.stage.after(AT_NIGHT, self._reconcile)

    def _reconcile(self) -> None:
        """Look after money that nobody was told of, as the night does."""
        for payment_id, payment in self.world.payments.payments.items():
            process = f"late-payment-{payment_id}"
            if payment.is_unclaimed and process not in self.stage.runs:
                self._start(LatePaymentWorkflow, LatePayment(payment_id=payment_id), process)

    def _unended(self) -> list[Run]:
        """Visits that are still to come have their own lives, which do not end before them."""
        return [
            run
            for run in self.runs
            if not run.end and run.start.workflow is not AppointmentLifecycleWorkflow
        ]

    def _wish(self) -> None:
        wish = self.wishes.draw(self.stage.now)
        at = wish.at or self.stage.now
        self.stage.after(max(at - self.stage.now, timedelta()), partial(self._begin, wish))

    def _begin(self, wish: Wish) -> None:
        run = self._start(wish.workflow, wish.request, wish.process)
        self.stage.ask(run, f"{wish.process}?", "outcome", then=partial(self._answered, run))
        for befalls, job in (
            (self.mishaps.cancels, wire.cancel),
            (self.mishaps.stops, partial(wire.update, f"{wish.process}!", "compensate", STOP)),
        ):
            if befalls(run):
                after = self._chance.uniform(0, 120) * SECOND
                self.stage.after(after, lambda job=job: self.stage.turn(run, job()))  # type: ignore[misc] # bound in this round

    def _start(self, workflow: type, request: Message, process: str) -> Run:
        now, around = self.stage.now, self._around
        return self.stage.start(Start(workflow, request, process, now, {}, around))

    def _answered(self, run: Run, told: Answer) -> None:
        """Whoever holds a slot pays for it: at once, late, with another card, elsewhere, never."""
        result: dict[str, Any] = (told.value or {}).get("result") or {}
        if result.get("status") != "HELD":
            return
        asks: Sequence[tuple[timedelta, str | None]] = self._chance.choice(
            (
                [],
                [(MINUTE, None)],
                [(self._chance.uniform(0, 11) * MINUTE, CARD)],
                [(HOLD - SECOND, CARD)],
                [(SECOND, NO_CARD), (MINUTE, CARD)],
                [(MINUTE, CARD), (MINUTE, CARD)],
                [(2 * MINUTE, "outside")],
            )
        )
        for number, (after, how) in enumerate(asks):
            self.stage.after(after, partial(self._ask, run, number, how))
        if asks and asks[0][0] == HOLD - SECOND:
            # Somebody else waits for this very slot.
            rival = self.wishes.rival_of(run.start.request)
            self.stage.after(HOLD + SECOND, partial(self._begin, rival))

    def _ask(self, run: Run, number: int, how: str | None) -> None:
        if how == "outside":
            payment_id = getattr(run.start.request, "pay").payment_id  # noqa: B009 - a booking's
            self.world.payments.gateway.authorise_outside(payment_id)
            self._listen()
            return
        command = identity(self._chance)
        request: Message = Release(command=command)
        if how:
            request = Pay(command=command, payment_method=how)
        asked = f"{run.start.id}?{number}"
        name = "pay" if how else "release"
        self.stage.ask(run, asked, name, request, then=lambda _: None)

    def _strike(self, run: Run, step: Step, _: int) -> Strike:
        self.attempts += 1
        self._steps[run.start.id, step.id] = step
        return self.mishaps.strike(step, self.stage.now)

    def _meddle(self, run: Run, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        if run.turns and self.mishaps.evicts(run):
            run.evict()  # Its next turn proves that a replay makes the same commands.
            self.replays += 1
        return [jobs]

    def _zombie(self) -> Zombie:
        return self._chance.choice(("die", "finish"))

    def _look(self, run: Run) -> None:
        assert not run.suspended, f"{run.start.id}: {run.suspended}"
        self._listen()
        is_parked = run.attributes.get("SagaState") == "NEEDS_ATTENTION" and not run.end
        if is_parked and run.start.id not in self._is_looked_after:
            self._is_looked_after.add(run.start.id)
            after = self._chance.uniform(10, 30) * MINUTE
            self.stage.after(after, partial(self._decide, run))

    def _decide(self, run: Run) -> None:
        """An operator looks at what really happened, before anything is skipped."""
        self._is_looked_after.discard(run.start.id)
        if run.end:
            return
        for name in run.ask("progress", self.stage.now)["parked"]:
            step = self._steps.get((run.start.id, name))
            action = "retry"
            if step and self._chance.random() < 0.25 and not self._is_done(run, step):
                action = "skip"
                self.skipped.add(run.start.id)
                process = Process(id=run.start.id, origin=opened(step.headers))
                Hand(self.world, process).skip(name, step)
            decision = Decision.model_validate(
                {"step": name, "action": action, "reason": "seen", "by": "ops"}
            )
            update = f"{run.start.id}:{name}:{identity(self._chance)}"
            self.stage.ask(run, update, "resolve", decision, then=lambda _: None)

    def _is_done(self, run: Run, step: Step) -> bool:
        name, _, part = step.id.partition(":")
        kept = self.world.inbox.kept.get(key_of(Process(id=run.start.id), name, part))
        return kept is not None and kept.outcome == "DONE"

    def _listen(self) -> None:
        """Hear what the gateway says, late, often and in any order; or never."""
        news = self.world.payments.gateway.news
        for number in range(self._heard, len(news)):
            for _ in range(self._chance.choice((0, 1, 1, 1, 2))):
                seconds = self._chance.choice((0.1, 1, 10, 600, 40_000, 3 * 86_400))
                self.stage.after(seconds * SECOND, partial(self._hear, number, *news[number]))
        self._heard = len(news)

    def _hear(self, number: int, kind: str, payment_id: UUID) -> None:
        process = f"gateway-event-{number}"
        if process in self.stage.runs:
            return  # The engine takes an event once.
        payment = self.world.payments.payments.get(payment_id)
        event = GatewayEvent(
            event_id=str(number),
            type=kind,
            object_reference=str(payment_id),
            payload={},
            occurred_at=number,
            process=payment and payment.process,
            payment_id=payment_id,
        )
        self._start(RecordGatewayEventWorkflow, event, process)
