"""Ratios with their uncertainty: machines are shared, so milliseconds say little."""

from dataclasses import dataclass
from random import Random

RESAMPLES = 2000


@dataclass(frozen=True)
class Ratio:
    """The median of the ratios of all blocks, with its bootstrap interval of 95 %."""

    value: float
    interval: tuple[float, float]


def middle(values: list[float]) -> float:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def ratio_of(pairs: list[tuple[float, float]]) -> Ratio:
    """Compare two contestants that were measured side by side, block by block."""
    ratios = [ours / theirs for ours, theirs in pairs]
    random = Random(7)  # noqa: S311 - the same interval for the same figures
    medians = sorted(middle(random.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    low, high = medians[int(0.025 * RESAMPLES)], medians[int(0.975 * RESAMPLES)]
    return Ratio(middle(ratios), (low, high))
