"""The gate that cancellations do not pass, by itself: with steps so short that ticks coincide."""

import asyncio

import pytest
from temporalio import workflow

from tests import wire
from tests.drive import Run, Start
from tests.examples import NOW
from workflows.saga import run_uncancellable


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
