"""A booking, played: by whom it is asked, what happens outside, and what goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Literal
from uuid import UUID

from temporalio.worker import (
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle
from typing_extensions import override

from activities.contract import Message
from activities.process import Origin, Process
from tests import wire
from tests.drive import Run, Start
from tests.examples import NOW
from tests.fakes.inbox import key_of
from tests.fakes.world import REQUESTS, World
from tests.invariants import broken_promises, violations
from tests.outcomes import Seen, row_of, see
from tests.stage import MOMENT, WELL, Meddling, Stage, Strike, Zombies, no_meddling
from tests.wire import Answer, Step
from tests.workflows.paths import BILL, HOLD, PAYMENT, PROCESS, SECOND, VISIT, Path
from workflows.book_appointment import BookAppointment, BookAppointmentWorkflow
from workflows.origin import OriginInterceptor, sealed
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
    begins_after: timedelta = timedelta()
    """How long after its acceptance it gets going: a reset begins again so."""
    bug_at: str | None = None
    """The step before which our own code raises."""


WHOLE = Break()


class Play:
    """One booking from its start to its rest, in a hospital of its own."""

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
        self.world = World()
        self.world.payments.refunding = list(path.refunding)
        self.world.doctors.offer = path.offer
        self.stage = Stage(
            self.world, strikes=self._strike, meddling=broken.meddling, zombies=broken.zombies
        )
        self.stage.watch = self._look
        self.stage.now += broken.begins_after
        self._is_watched = False
        for after, happens in path.happens.items():
            self.stage.after(after, partial(happens, self.stage))
        self.run = self.stage.start(
            Start(
                BookAppointmentWorkflow,
                BookAppointment(visit=VISIT, bill_id=BILL, pay=path.pay),
                PROCESS,
                NOW,
                sealed(PATIENT),
                interceptors(self),
            )
        )
        self.stage.ask(self.run, "outcome", "outcome", then=partial(self._go_on, 0))
        self.stage.play()

    @property
    def seen(self) -> Seen:
        has_life = f"appointment-{VISIT.appointment_id}" in self.stage.children
        return see(self.world, self.run, VISIT.appointment_id, has_life=has_life)

    @property
    def row(self) -> str | None:
        return row_of(self.seen)

    @property
    def answers(self) -> dict[str, Any]:
        """What callers were told: the answer, or why the question was not let in."""
        told = {asked: answer for asked, (_, answer) in self.stage.answers.items()}
        return {asked: answer.rejected or answer.value for asked, answer in told.items()}

    def check(self) -> None:
        """Whatever happened, this must be true; the case itself knows which row it must be."""
        slot = self.world.appointments.slots.get(VISIT.appointment_id)
        told = {asked: answer for asked, (_, answer) in self.stage.answers.items()}
        is_booked = slot is not None and slot.status == "BOOKED"
        assert list(violations(self.world, self.run)) == []
        assert list(broken_promises(self.run, told, is_booked=is_booked)) == []
        assert self.row, self.seen
        assert self.stage.unanswered == []
        assert {process.origin for process, _, _ in self.world.asked} <= {
            PATIENT.model_copy(update={"accepted_at": NOW}),
            Origin(),
        }

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
        if run.suspended:
            self.suspended.append(run.suspended)
            self.stage.after(10 * SECOND, self._mend)
        is_parked = run.attributes.get("SagaState") == "NEEDS_ATTENTION" and not run.end
        if is_parked and not self._is_watched:
            self._is_watched = True
            self.stage.after(HOLD, self._decide)

    def _mend(self) -> None:
        self.is_mended = True
        if self.run.suspended:
            self.stage.resume(self.run)

    def _decide(self) -> None:
        self._is_watched = False
        for step in self.run.ask("progress", self.stage.now)["parked"]:
            self.is_mended = True
            self.parked.append(step)
            if self.broken.action == "skip":
                self._do_by_hand(step)
            decision = Decision(step=step, action=self.broken.action, reason="seen", by="ops")
            self.ask(f"resolve-{len(self.parked)}", "resolve", decision)

    def _do_by_hand(self, name: str) -> None:
        """Skipping means: a person did it, or it is as if it had never been asked for."""
        kind, step = name.partition(":")[0], self.steps.get(name)
        if kind in ("open_refund", "request_refund", "settle_refund"):
            self.world.payments.pay_back_by_hand(PAYMENT)
        elif step and kind not in ("capture", "confirm_slot"):
            self._do_in_their_stead(step, kind)

    def _do_in_their_stead(self, step: Step, kind: str) -> None:
        request = wire.CONVERTER.from_payload(step.request, REQUESTS[step.type])
        process = Process(id=self.run.start.id)
        if key_of(process, kind, request.part) in self.world.inbox.kept:
            process = Process(id="by-hand")
        self.world.do(process, step.type, request)


def origin_interceptor() -> type[WorkflowInboundInterceptor]:
    """Make what stands around every workflow: who asked travels on."""
    no_input = WorkflowInterceptorClassInput(unsafe_extern_functions={})
    made = OriginInterceptor().workflow_interceptor_class(no_input)
    assert made
    return made


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
