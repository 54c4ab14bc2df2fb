"""The law: whatever breaks, wherever it breaks, a process ends in a row of the outcome table."""

from collections.abc import Sequence, Sized

import pytest

from activities.appointments.contract import SlotTaken
from activities.contract import Refusal
from tests import wire
from tests.drive import Run
from tests.rows import ROWS, WITHOUT_END
from tests.stage import Strike
from tests.wire import Job
from tests.workflows.breaks import (
    A_FAULT,
    CANCELS,
    CROSSED_STEPS,
    HAPPY,
    LASTING,
    PASSING,
    PATHS,
    REFUSED,
    STEPS,
    STOPS,
    TURNS,
    cases,
    kinds,
    name_of,
    named,
    until_mended,
    with_jobs,
)
from tests.workflows.expected import DECIDING, UNDOS, is_skipped, skipped_to
from tests.workflows.paths import Path
from tests.workflows.play import Action, Break, Play
from workflows.appointment_lifecycle import AppointmentLifecycleWorkflow
from workflows.saga import Decision

SKIPPED = [(path, step) for path, step in STEPS if is_skipped(path, step)]
REFUSALS = {
    *("O-03", "O-04", "O-05", "O-08", "O-13", "O-14", "O-31", "O-32", "O-70", "O-71"),
}
STOP = Decision(action="compensate", reason="a mistake", by="ops")


@pytest.mark.parametrize("path", PATHS, ids=named)
def test_a_path_ends_in_its_row(path: Path) -> None:
    play = HAPPY[path.name]

    assert play.row == path.row
    play.check()
    play.run.replay()
    play.do_all_again()


@cases("path, step, kind", kinds([*STEPS, *CROSSED_STEPS], PASSING))
def test_a_fault_that_passes_changes_nothing(path: Path, step: str, kind: str) -> None:
    play = Play(path, Break(strike=PASSING[kind](step)))

    assert play.strikes
    assert play.row == path.row
    play.check()
    play.do_all_again()


@cases("path, step, kind", kinds(STEPS, LASTING))
def test_a_fault_that_lasts_undoes_or_is_outlasted(path: Path, step: str, kind: str) -> None:
    play = Play(path, Break(strike=LASTING[kind](step)))

    assert play.strikes
    gives_up = play.steps[step].patience is not None
    assert play.row == "O-08" if gives_up else play.row in (path.row, "O-05")
    play.check()
    play.do_all_again()


@cases("path, step, refusal", REFUSED)
def test_a_refused_step_undoes_or_waits_for_a_person(
    path: Path, step: str, refusal: Refusal
) -> None:
    play = Play(path, Break(strike=until_mended(Strike(refusal=refusal))(step)))

    assert play.strikes
    if step in play.parked:
        assert play.row == path.row
    elif play.seen.status == "REFUSED":
        assert play.row in REFUSALS
        assert play.seen.net == play.seen.was.net
    else:
        assert name_of(step) in ("authorise", "capture", "read_payment")
        assert path.asks or path.happens
    play.check()
    play.run.replay()


@cases("path, step, action", [*kinds(STEPS, ("retry",)), *kinds(SKIPPED, ("skip",))])
def test_a_step_that_can_never_be_done_undoes_or_waits_for_a_person(
    path: Path, step: str, action: Action
) -> None:
    broken = until_mended(Strike(A_FAULT, is_done=False, is_final=True))(step)
    play = Play(path, Break(strike=broken, action=action, at=step))

    assert play.strikes
    if not any(it == step for it in play.parked):
        assert play.row == "O-08"
    elif action == "skip":
        is_paid = any(name_of(it) == "capture" for it in play.steps)
        assert play.row in skipped_to(path, step, is_paid=is_paid)
    elif name_of(step) == "capture" and path.asks:
        assert play.row in (path.row, "O-05")  # The hold ends before somebody looks.
    else:
        assert play.row == path.row
    play.check()


@cases("path, step", [*STEPS, *CROSSED_STEPS])
def test_a_bug_undoes_nothing_and_mended_code_finishes(path: Path, step: str) -> None:
    play = Play(path, Break(bug_at=step))

    assert play.strikes
    assert play.suspended
    assert play.row == path.row
    play.check()
    play.run.replay()


@pytest.mark.parametrize("path", PATHS, ids=named)
def test_an_eviction_at_every_turn_changes_nothing(path: Path) -> None:
    evicting = with_jobs(-1, together="", make=wire.cancel, evicted=True)

    play = Play(path, Break(meddling=evicting))

    assert play.row == path.row
    assert [turn.commands for turn in play.run.turns] == [
        turn.commands for turn in HAPPY[path.name].run.turns
    ]


@cases("path, turn, kind", kinds(TURNS, CANCELS))
def test_a_cancelled_workflow_still_undoes_its_steps(path: Path, turn: int, kind: str) -> None:
    together, zombies, evicted = CANCELS[kind]
    if turn == 0:
        together = "behind"  # Nothing can come before the start.
    meddling = with_jobs(turn, together=together, make=wire.cancel, evicted=evicted)

    play = Play(path, Break(meddling=meddling, zombies=zombies))

    decided = [
        t for step, t in HAPPY[path.name].asked_in.items() if name_of(step) in DECIDING | UNDOS
    ]
    may_be_stopped = path.workflow is not AppointmentLifecycleWorkflow
    if together == "alone" and turn <= min(decided) and may_be_stopped:
        assert play.seen.status == "CANCELLED"
        assert play.row == "O-08"
    else:
        assert play.row in ("O-05", "O-08", path.row)
    play.check()
    play.run.replay()
    play.do_all_again()


@cases("path, turn, kind", kinds(TURNS, STOPS))
def test_what_an_operator_stopped_is_undone(path: Path, turn: int, kind: str) -> None:
    together, zombies, evicted = CANCELS[kind]
    if turn == 0:
        together = "behind"
    stop = lambda: wire.update("stop", "compensate", STOP)  # noqa: E731 - it has no better name
    meddling = with_jobs(turn, together=together, make=stop, evicted=evicted)

    play = Play(path, Break(meddling=meddling, zombies=zombies))

    if play.answers["stop"] == "past-the-pivot":
        assert play.row == path.row
    else:
        # What was refused in the very moment, or had failed, is so, and undone as well.
        assert play.seen.status in ("CANCELLED", "REFUSED", HAPPY[path.name].seen.status)
        assert play.row in REFUSALS
        assert "compensate" in play.world.audit.entries[0].details["decisions"]
    play.check()
    play.run.replay()


@cases("path, turn", [(path, turn) for path, turn in TURNS if turn])
def test_a_terminated_process_is_not_taken_for_one_at_rest(path: Path, turn: int) -> None:
    def terminate(run: Run, jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
        if len(run.turns) < turn:
            return [jobs]
        run.end = wire.End("terminated")
        run.evict()
        return []

    play = Play(path, Break(meddling=terminate))

    asked = len(play.world.asked)
    assert play.run.attributes.get("SagaState", "RUNNING") not in ("DONE", "REFUSED", "COMPENSATED")
    play.do_all_again()
    assert len(play.world.asked) == 2 * asked


def test_every_row_of_the_table_is_reached() -> None:
    reached = {play.row for play in HAPPY.values()} | {
        row for play in broken_on_purpose() for row in (play.row, *play.met)
    }

    assert reached == {row.id for row in ROWS} | set(WITHOUT_END)


def broken_on_purpose() -> Sequence[Play]:
    """Reach what no path ends in: refused, undone, parked, suspended, money that can't go back."""
    path = next(path for path in PATHS if path.name == "cancel, paid")
    asked = next(step for step in HAPPY[path.name].steps if step.startswith("request_refund"))
    never = until_mended(Strike(A_FAULT, is_done=False, is_final=True))
    taken = until_mended(Strike(refusal=SlotTaken("no")))
    return [
        Play(PATHS[0], Break(strike=taken("book_slot"))),
        Play(path, Break(strike=never("cancel"), action="skip")),
        Play(path, Break(strike=never(asked), action="skip")),
        Play(path, Break(bug_at="cancel")),
    ]


@pytest.mark.parametrize(
    ("broken", "at_least"),
    [
        *((PATHS, 100), (STEPS, 600), (TURNS, 600), (REFUSED, 1_000)),
        *((PASSING, 5), (LASTING, 3), (CANCELS, 5)),
    ],
    ids=["paths", "steps", "turns", "refusals", "passing", "lasting", "cancels"],
)
def test_the_law_was_tried_in_earnest(broken: Sized, at_least: int) -> None:
    assert len(broken) >= at_least
