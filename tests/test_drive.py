"""The harness speaks to private parts of the SDK: a new SDK that moves them fails here, loudly."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from temporalio import activity, workflow
from temporalio.bridge.proto.workflow_activation import WorkflowActivationJob
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker._workflow_instance import WorkflowInstanceDetails

from tests import drive, wire
from tests.drive import NotDeterministic, Run, Start
from tests.examples import NOW
from tests.fakes.inbox import Inbox
from tests.fakes.night import Night
from tests.fakes.world import DOORS, REQUESTS

SECOND = timedelta(seconds=1)
STATE = SearchAttributeKey.for_keyword("SagaState")


@activity.defn(name="tests.echo")
async def echo(word: str) -> str:
    return word


@workflow.defn(name="Parrot")
class Parrot:
    """Does everything once that our workflows do."""

    said: Sequence[str] = ()
    is_told = False

    @workflow.run
    async def run(self, word: str) -> str:
        try:
            await workflow.get_external_workflow_handle("nobody").signal("hello")
        except FailureError:
            self.said = (*self.said, "nobody")
        await workflow.start_child_workflow(Parrot.run, "chick", id="chick")
        await workflow.sleep(60)
        echoed = await workflow.execute_activity(
            echo, word, activity_id="echo", start_to_close_timeout=SECOND
        )
        await workflow.wait_condition(lambda: self.is_told)
        workflow.upsert_search_attributes([STATE.value_set("DONE")])
        await workflow.wait_condition(workflow.all_handlers_finished)
        return echoed

    @workflow.signal
    def tell(self) -> None:
        self.is_told = True

    @workflow.query
    def heard(self) -> list[str]:
        return list(self.said)

    @workflow.update
    async def ask(self, word: str) -> str:
        await workflow.wait_condition(lambda: self.is_told)
        return word

    @ask.validator
    def _is_polite(self, word: str) -> None:
        if word != "please":
            raise ApplicationError("no", type="rude")


def parrot() -> Run:
    return Run(Start(Parrot, "hello", "parrot-1", NOW))


def lived() -> Run:
    """Drive it through its whole life."""
    run = parrot()
    (letter,) = run.turn(wire.begin("parrot-1", "Parrot", "hello"), at=NOW)
    assert letter == wire.Letter(1, "nobody", "hello")
    (child,) = run.turn(wire.delivered(letter, found=False), at=NOW)
    assert isinstance(child, wire.Child)
    (timer,) = run.turn(wire.started(child), at=NOW)
    assert timer == wire.Timer(1, timedelta(minutes=1))
    (step,) = run.turn(wire.fired(timer), at=NOW + timedelta(minutes=1))
    assert isinstance(step, wire.Step)
    assert (step.id, step.type, step.attempt_for) == ("echo", "tests.echo", SECOND)
    assert run.turn(wire.update("u1", "ask", "now"), at=NOW) == [wire.Answer("u1", rejected="rude")]
    assert run.turn(wire.update("u2", "ask", "please"), at=NOW) == []
    assert run.ask("heard", NOW) == ["nobody"]
    run.evict()
    assert run.turn(wire.done(step, "hello"), at=NOW) == []
    last = run.turn(wire.told("tell"), at=NOW)
    assert wire.Answer("u2", "please") in last
    return run


def test_the_sdk_takes_and_gives_what_the_harness_knows() -> None:
    run = lived()

    assert run.end == wire.End("completed", "hello")
    assert run.attributes == {"SagaState": "DONE"}
    run.replay()


def test_a_cancellation_reaches_what_is_waited_for_and_closes_the_workflow() -> None:
    run = parrot()
    (letter,) = run.turn(wire.begin("parrot-1", "Parrot", "hello"), at=NOW)
    assert isinstance(letter, wire.Letter)
    (child,) = run.turn(wire.delivered(letter, found=False), at=NOW)
    assert isinstance(child, wire.Child)
    run.turn(wire.started(child), at=NOW)

    wants = run.turn(wire.cancel(), at=NOW)

    assert wants == [wire.NoTimer(1), wire.End("cancelled")]
    run.replay()


def test_a_bug_leaves_a_workflow_as_it_was() -> None:
    run = parrot()
    unreadable = wire.begin("parrot-1", "Parrot", "hello")
    unreadable.initialize_workflow.arguments[0].data = b"{"

    wants = run.turn(unreadable, at=NOW)

    assert wants == []
    assert run.suspended
    assert run.turns == []


def test_other_commands_under_the_same_history_are_found() -> None:
    run = lived()
    turn = run.turns[0]
    run.turns[0] = drive.Turn(turn.jobs, turn.at, turn.flags, [b"another"])

    with pytest.raises(NotDeterministic):
        run.replay()


def test_the_sdk_has_the_parts_that_the_harness_takes_hold_of() -> None:
    """One that is new here may matter: read what it does, then add it to this list."""
    details = set(WorkflowInstanceDetails.__dataclass_fields__)
    variant = WorkflowActivationJob.DESCRIPTOR.oneofs_by_name["variant"]
    jobs = {field.name for field in variant.fields}

    assert details == {
        *("payload_converter_factory", "failure_converter_class", "interceptor_classes", "defn"),
        *("info", "randomness_seed", "extern_functions", "disable_eager_activity_execution"),
        *("worker_level_failure_exception_types", "patch_activation_callback"),
        *("last_completion_result", "last_failure", "default_workflow_logic_flags"),
    }
    assert jobs >= {"initialize_workflow", "resolve_activity", "fire_timer", "do_update"}
    assert jobs >= {"signal_workflow", "query_workflow", "cancel_workflow", "remove_from_cache"}
    assert hasattr(asyncio, "_set_running_loop")


@workflow.defn(name="Stubborn")
class Stubborn:
    @workflow.run
    async def run(self, _: str) -> None:
        while True:  # noqa: ASYNC110 - that is its fault
            await asyncio.sleep(0)


def test_a_workflow_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drive, "PATIENCE", 0.05)
    run = Run(Start(Stubborn, "", "stubborn-1", NOW))

    with pytest.raises(AssertionError, match="hangs"):
        run.turn(wire.begin("stubborn-1", "Stubborn", ""), at=NOW)


def test_every_step_of_every_door_has_its_fake() -> None:
    night = Night()
    fakes = {
        f"{service}.{step}"
        for service, books in vars(night).items()
        for step in dir(books)
        if not step.startswith("_") and not isinstance(books, Inbox)
    }
    fakes |= set(night.steps())

    assert len(DOORS) == 9
    assert set(REQUESTS) <= fakes
    assert len(REQUESTS) >= 28
