"""A process, played: by whom it is asked, what happens outside, and what goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Literal
from uuid import UUID

from temporalio.worker import (
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle
from typing_extensions import override

from activities.contract import Message
from activities.process import Origin, Process
from tests.drive import Run, Start
from tests.fakes.world import World
from tests.invariants import broken_promises, violations
from tests.outcomes import Life, Seen, Witness
from tests.rows import row_of
from tests.stage import MOMENT, WELL, Meddling, Stage, Strike, Zombies, no_meddling
from tests.wire import Answer, Step
from tests.workflows.around import origin_interceptor
from tests.workflows.hand import Hand
from tests.workflows.paths import MINUTE, SECOND, Path
from workflows.cancel_appointment import CancelAppointmentWorkflow
from workflows.mark_no_show import MarkNoShowWorkflow
from workflows.origin import sealed
from workflows.saga import Decision

PATIENT = Origin(account_id=UUID(int=8), role="PATIENT", correlation_id="request-9")
Action = Literal["retry", "skip"]
StrikeOf = Callable[["Play", Step, int], Strike | None]
"""What an attempt of a step meets in this play; `None` is nothing."""


@dataclass(frozen=True)
class Break:
    """What goes wrong in a play. Somebody looks when it stands still, and what was broken works
    again from then on."""

    strike: StrikeOf = lambda *_: None
    meddling: Meddling = no_meddling
    zombies: Zombies = "die"
    action: Action = "retry"
    """What the operator decides on a parked step."""
    at: str = ""
    """The step that this is decided on, if not on every one; the others are tried again."""
    begins_after: timedelta = timedelta()
    """How long after its acceptance it gets going: a reset begins again so."""
    bug_at: str | None = None
    """The step before which our own code raises."""


WHOLE = Break()


class Play:
    """One process from its start to its rest, in a hospital of its own."""

    def __init__(self, path: Path, broken: Break = WHOLE) -> None:
        self.path, self.broken = path, broken
        self.is_mended = False
        self.strikes = 0
        """How often something was broken."""
        self.parked: list[str] = []
        """On what the operator had to decide."""
        self.suspended: list[str] = []
        """The bugs that stopped it, each time with what there was then."""
        self.steps: dict[str, Step] = {}
        """Every step that was asked for, by its name, in their order."""
        self.asked_in: dict[str, int] = {}
        """The turn in which each step was asked for."""
        self.met: set[str] = set()
        """The rows without an end that it was seen in."""
        self.world = World()
        path.before(self.world)
        self.world.asked.clear()
        self.world.payments.refunding = list(path.refunding)
        self._was_wrong = {*violations(self.world, ())}
        self.witness = Witness(self.world, path.visit)
        self.stage = Stage(
            self.world,
            strikes=self._strike,
            meddling=broken.meddling,
            zombies=broken.zombies,
            cast=path.cast,
        )
        self.stage.watch = self._look
        self.stage.now = path.at + broken.begins_after
        self.asked_by = asking(path.workflow).model_copy(update={"accepted_at": path.at})
        self.hand = Hand(self.world, Process(id=path.process, origin=self.asked_by))
        self._is_watched = False
        if path.is_alive:
            self.stage.listening.add(f"appointment-{path.visit}")
        self.stage.listening |= set(path.listening)
        for after, happens in path.happens.items():
            self.stage.after(after, partial(happens, self.stage))
        self.run = self.stage.start(self._start())
        self._ask_for_the_outcome()
        self.stage.play()

    def _start(self) -> Start:
        path = self.path
        around = interceptors(self)
        return Start(path.workflow, path.request, path.process, path.at, sealed(PATIENT), around)

    def _ask_for_the_outcome(self) -> None:
        if "outcome" in dir(self.path.workflow):
            then = partial(self._go_on, 0)
            self.stage.ask(self.run, "outcome", "outcome", then=then)

    @property
    def seen(self) -> Seen:
        life: Life = "begun" if self.stage.children else "told" if self.stage.told else ""
        hand = self.hand
        return replace(
            self.witness.see(self.run, life=life), has_kept=hand.has_kept, has_paid=hand.has_paid
        )

    @property
    def row(self) -> str | None:
        return row_of(self.seen, self.path.sums)

    @property
    def answers(self) -> dict[str, Any]:
        """What callers were told: the answer, or why the question was not let in."""
        told = {asked: answer for asked, (_, answer) in self.stage.answers.items()}
        return {asked: answer.rejected or answer.value for asked, answer in told.items()}

    def check(self) -> None:
        """Whatever happened, this must be true; the case itself knows which row it must be."""
        told = {asked: answer for asked, (_, answer) in self.stage.answers.items()}
        wrong = {*violations(self.world, self.stage.runs.values())} - self._was_wrong
        lies = [*broken_promises(self.world, self.run, told)]
        assert not wrong, wrong
        assert not lies, lies
        assert self.row, self.seen
        assert self.stage.unanswered == []
        assert self._told_fee in (self.path.sums.fee, None)
        asked = {p.origin for p, _, _ in self.world.asked if p.id == self.path.process}
        assert asked <= {self.asked_by}

    @property
    def _told_fee(self) -> Decimal | None:
        """What the caller was told that it costs not to come."""
        told = self.answers.get("outcome")
        is_about_fee = self.path.workflow in (CancelAppointmentWorkflow, MarkNoShowWorkflow)
        if not is_about_fee or not isinstance(told, dict) or told["status"] != "DONE":
            return None
        fee = told["result"].get("fee")
        return fee and Decimal(fee["amount"])

    def do_all_again(self) -> None:
        """Repeat every step that was ever asked for: a late duplicate changes nothing."""
        before = self.world.picture()
        for process, name, request in list(self.world.asked):
            try:
                self.world.do(process, name, request)
            except Exception:  # noqa: BLE001, S112 - a refusal is what it should get
                continue
        changed = self.world.picture() != before  # Two pictures are too large to be compared.
        assert not changed

    def _strike(self, run: Run, step: Step, number: int) -> Strike:
        if run.start.id != self.path.process:
            return WELL
        if step.id not in self.steps and (happens := self.path.when.get(step.id)):
            happens(self.stage)
        self.steps[step.id] = step
        self.asked_in.setdefault(step.id, len(run.turns) - 1)
        strike = self.broken.strike(self, step, number)
        self.strikes += strike is not None
        return replace(strike or WELL, takes=self.path.slow.get(step.id, MOMENT))

    def _go_on(self, number: int, told: Answer) -> None:
        """Ask what comes next, if the last answer leaves something to ask."""
        said = told.value or {}
        if number < len(self.path.asks) and (
            said.get("status") == "DONE" or said.get("refusal") == "payment-declined"
        ):
            ask = self.path.asks[number]
            then = partial(self._go_on, number + 1)
            self.ask(f"{ask.name}-{number}", ask.name, ask.message(number), ask.after, then)

    def ask(
        self,
        asked: str,
        name: str,
        message: Message,
        after: timedelta = timedelta(),
        then: Callable[[Answer], None] = lambda _: None,
    ) -> None:
        """Send an update, some time from now."""
        send = partial(self.stage.ask, self.run, asked, name, message, then=then)
        self.stage.after(after, send)

    def _look(self, run: Run) -> None:
        if run.start.id != self.path.process:
            return
        if run.suspended:
            self.suspended.append(run.suspended)
            mend = partial(self._mend, run, self.world.picture())
            self.stage.after(10 * SECOND, mend)
        is_parked = run.attributes.get("SagaState") == "NEEDS_ATTENTION" and not run.end
        if is_parked and not self._is_watched:
            self._is_watched = True
            self.stage.after(10 * MINUTE, self._decide)

    def _mend(self, run: Run, picture: str) -> None:
        self.is_mended = True
        if run.suspended:
            is_same = picture == self.world.picture()
            self.met |= {"O-91"} if is_same else set()
            self.stage.resume(run)

    def _decide(self) -> None:
        self._is_watched = False
        parked = self.run.ask("progress", self.stage.now)["parked"]
        is_shown = self.run.attributes["SagaStep"] in parked
        self.met |= {"O-90"} if is_shown else set()
        for step in parked:
            self.parked.append(step)
            action = self.broken.action if self.broken.at in ("", step) else "retry"
            if action == "skip":
                self.hand.skip(step, self.steps.get(step))
            decision = Decision(step=step, action=action, reason="seen", by="ops")
            self.ask(f"resolve-{len(self.parked)}", "resolve", decision)


def asking(workflow: type) -> Origin:
    """Tell who stands behind the steps of a process that a patient has begun."""
    is_nobody = getattr(workflow, "acts_by_itself", False)
    return Origin(correlation_id=PATIENT.correlation_id) if is_nobody else PATIENT


def interceptors(play: Play) -> tuple[type[WorkflowInboundInterceptor], ...]:
    """Stand around the workflow; and, if there is to be one, put a bug into its code."""

    class Buggy(WorkflowOutboundInterceptor):
        @override
        def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:
            if input.activity_id == play.broken.bug_at and not play.is_mended:
                play.strikes += 1
                raise ZeroDivisionError
            return super().start_activity(input)

    class Bug(WorkflowInboundInterceptor):
        @override
        def init(self, outbound: WorkflowOutboundInterceptor) -> None:
            super().init(Buggy(outbound))

    origin = origin_interceptor()
    return (origin, Bug) if play.broken.bug_at else (origin,)
