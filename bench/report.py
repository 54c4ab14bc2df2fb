"""Says what was measured, and keeps nothing."""

from collections.abc import Iterator, Sequence

from bench.histories import Cost, Range, Reckoned
from bench.ratios import Goal, middle, ratio_of
from bench.slices import Measured
from bench.ways import Way

AT_MOST = Goal(1.25, is_most=True)
AT_LEAST = Goal(0.85, is_most=False)


def lines_of(way: Way, measured: Measured) -> Iterator[str]:
    yield way.told
    for told, goal, pairs in (
        ("answer, 1 caller", AT_MOST, measured.answered),
        ("whole, 1 caller", AT_MOST, measured.wholes),
        ("in a second, 20 callers", AT_LEAST, measured.crowds),
    ):
        ratio = ratio_of(pairs)
        low, high = ratio.interval
        judged = (
            "no goal: the gateway is in it"
            if way.meets_gateway
            else f"goal {goal}: {goal.judge(ratio)}"
        )
        yield line(f"{told}: ours / floor", f"{ratio.value:.2f} [{low:.2f}-{high:.2f}]", judged)
    yield from cost_lines(way.reckoned, measured.costs)


def cost_lines(reckoned: Reckoned, costs: Sequence[Cost]) -> Iterator[str]:
    yield judged_line(
        "events", [c.events for c in costs], reckoned=reckoned.events, now=reckoned.events_now
    )
    yield judged_line(
        "activities",
        [c.activities for c in costs],
        reckoned=reckoned.activities,
        now=reckoned.activities_now,
    )
    yield line("  which are new", ", ".join(reckoned.since))
    yield line("events to the answer", spread([c.to_answer for c in costs]))
    yield line("workflow tasks", spread([c.workflow_tasks for c in costs]))
    yield line("signals", spread([c.signals for c in costs]))
    yield judged_line("sealed bytes", [c.size for c in costs], now=reckoned.bytes_now)
    yield line("steps of the shortest", " ".join(min(costs, key=lambda cost: cost.events).steps))


def judged_line(name: str, values: Sequence[int], **ranges: Range) -> str:
    said = (f"{told} {allowed}: {allowed.judge(values)}" for told, allowed in ranges.items())
    return line(name, spread(values), *said)


def line(name: str, *said: str) -> str:
    return f"  {name:38} {'   '.join(said)}"


def spread(values: Sequence[int]) -> str:
    low, high = min(values), max(values)
    return f"{middle(values):g} ({low}-{high})" if low < high else str(low)
