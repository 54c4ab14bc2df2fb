"""What is said of the figures."""

import inspect
from types import ModuleType

import pytest

from activities.analytics import activities as analytics
from activities.appointments import activities as appointments
from activities.audit import activities as audit
from activities.billing import activities as billing
from activities.doctors import activities as doctors
from activities.notifications import activities as notifications
from activities.patients import activities as patients
from activities.payments import activities as payments
from bench.histories import Range, Reckoned
from bench.ratios import Goal, Ratio, ratio_of
from bench.replies import Answers

DOORS = (
    *(analytics, appointments, audit, billing),
    *(doctors, notifications, patients, payments),
)


def steps_of(door: ModuleType) -> set[str]:
    return {
        method.__temporal_activity_definition.name
        for _, kind in inspect.getmembers(door, inspect.isclass)
        for _, method in inspect.getmembers(kind, inspect.isfunction)
        if hasattr(method, "__temporal_activity_definition")
    }


def test_the_floor_answers_for_steps_that_there_are() -> None:
    there = set().union(*map(steps_of, DOORS))

    assert there >= set(Answers().replies())


@pytest.mark.parametrize(
    ("interval", "blocks", "judged"),
    [
        ((1.0, 1.25), 5, "met"),
        ((1.0, 1.26), 5, "open"),
        ((1.26, 1.4), 5, "missed"),
        ((1.0, 1.1), 4, "open"),
    ],
)
def test_a_goal_is_met_or_missed_by_the_whole_interval(
    interval: tuple[float, float], blocks: int, judged: str
) -> None:
    assert Goal(1.25, is_most=True).judge(Ratio(1.2, interval, blocks)) == judged


@pytest.mark.parametrize(
    ("interval", "judged"),
    [((0.85, 2.0), "met"), ((0.84, 2.0), "open"), ((0.5, 0.84), "missed")],
)
def test_a_goal_that_is_a_least_is_judged_from_the_other_end(
    interval: tuple[float, float], judged: str
) -> None:
    assert Goal(0.85, is_most=False).judge(Ratio(1.0, interval, 5)) == judged


def test_a_ratio_lies_in_its_interval_and_compares_block_by_block() -> None:
    ratio = ratio_of([(2.0, 1.0), (30.0, 10.0), (400.0, 100.0)])

    assert ratio.value == 3.0
    assert (ratio.interval, ratio.blocks) == ((2.0, 4.0), 3)


def test_one_history_outside_is_said_and_so_is_a_median_that_is_inside() -> None:
    allowed = Range(5, 7)

    assert allowed.judge([5, 7]) == "within"
    assert allowed.judge([6, 6, 8]) == "median within"
    assert allowed.judge([6, 8, 8]) == "OUTSIDE"


def test_each_step_that_is_new_adds_its_events_and_its_bytes() -> None:
    reckoned = Reckoned(
        events=Range(30, 33),
        activities=Range(4, 4),
        beside=("append",),
        stages=("quote_move",),
    )

    assert reckoned.events_now == Range(30 + 6 + 3, 33 + 6 + 6)
    assert reckoned.activities_now == Range(6, 6)
    assert reckoned.bytes_now == Range(0, 45 * 240)
