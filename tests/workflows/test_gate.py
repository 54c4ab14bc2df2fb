"""The gate that cancellations do not pass, by itself: with steps so short that ticks coincide."""

import asyncio
from datetime import date
from uuid import UUID

import pytest
from temporalio import workflow
from temporalio.exceptions import ApplicationError

from activities.contract import Message
from activities.patients.activities import PatientActivities
from activities.patients.contract import CreatePatient
from tests import wire
from tests.drive import Run, Start
from tests.examples import NOW
from tests.fakes.world import World
from tests.stage import Stage
from workflows.saga import run_uncancellable
from workflows.saga_workflow import Outcome, SagaWorkflow
from workflows.services import patients


@workflow.defn(name="Gated")
class Gated:
    """Waits ten seconds, whoever wants it to stop; or until somebody does, when it may be."""

    @workflow.run
    async def run(self, may_be_stopped: bool) -> str:  # noqa: FBT001 - its one argument
        work = asyncio.sleep(10, "done")
        return await run_uncancellable(work, unless=lambda: may_be_stopped)


def gated(*, may_be_stopped: bool) -> tuple[Run, wire.Timer]:
    run = Run(Start(Gated, may_be_stopped, "gated-1", NOW))
    (timer,) = run.turn(wire.begin("gated-1", "Gated", may_be_stopped), at=NOW)
    assert isinstance(timer, wire.Timer)
    return run, timer


@pytest.mark.parametrize("may_be_stopped", [False, True], ids=["", "may be stopped"])
def test_what_succeeds_in_the_tick_of_a_cancellation_is_not_lost(may_be_stopped: bool) -> None:  # noqa: FBT001 - a parameter of the test
    run, timer = gated(may_be_stopped=may_be_stopped)

    run.turn(wire.fired(timer), wire.cancel(), at=NOW)

    assert run.end == wire.End("completed", "done")
    run.replay()


def test_a_cancellation_before_it_does_not_stop_the_work() -> None:
    run, timer = gated(may_be_stopped=False)

    assert run.turn(wire.cancel(), at=NOW) == []
    run.turn(wire.fired(timer), at=NOW)

    assert run.end == wire.End("completed", "done")
    run.replay()


def test_work_that_may_be_stopped_is_stopped() -> None:
    run, _ = gated(may_be_stopped=True)

    run.turn(wire.cancel(), at=NOW)

    assert run.end == wire.End("cancelled")
    run.replay()


@pytest.mark.parametrize("is_cancelled", [False, True], ids=["", "after a cancellation"])
def test_an_eviction_lets_go(is_cancelled: bool) -> None:  # noqa: FBT001 - a parameter of the test
    run, timer = gated(may_be_stopped=False)
    if is_cancelled:
        run.turn(wire.cancel(), at=NOW)

    run.evict()
    run.turn(wire.fired(timer), at=NOW)

    assert run.end == wire.End("completed", "done")


@workflow.defn(name="Broken")
class Broken(SagaWorkflow[Message]):
    """Fails behind its pivot, which nothing of ours may do."""

    @workflow.run
    async def run(self, request: CreatePatient) -> Outcome[Message]:
        return await self.settle(self._break(request))

    async def _break(self, request: CreatePatient) -> None:
        await self.saga.pivot(
            *(patients, PatientActivities.create_patient, request),
            undo=PatientActivities.drop_patient,
        )
        raise ApplicationError("it can not end so")


def test_what_fails_behind_its_pivot_is_a_bug_and_undoes_nothing() -> None:
    world = World()
    stage = Stage(world)
    patient = CreatePatient(
        patient_id=UUID(int=1), first_name="Jo", last_name="Doe", dob=date(1990, 1, 1)
    )

    run = stage.start(Start(Broken, patient, "broken-1", NOW))
    stage.play()

    assert run.suspended
    assert world.patients.records == {UUID(int=1)}
    assert [name for _, name, _ in world.asked] == ["patients.create_patient"]
