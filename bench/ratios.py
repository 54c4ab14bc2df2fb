"""Ratios with their uncertainty: machines are shared, so milliseconds say little."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from typing_extensions import override

RESAMPLES = 2000
ENOUGH = 5
"""Blocks below which an interval says nothing."""


@dataclass(frozen=True)
class Ratio:
    """The median of the ratios of all blocks, with its bootstrap interval of 95 %."""

    value: float
    interval: tuple[float, float]
    blocks: int


@dataclass(frozen=True)
class Goal:
    """A bound that a ratio should keep to."""

    bound: float
    is_most: bool

    @override
    def __str__(self) -> str:
        return f"{'<=' if self.is_most else '>='} {self.bound:.2f}"

    def judge(self, ratio: Ratio) -> str:
        """Say yes or no only when the whole interval does, and rests on enough blocks."""
        if ratio.blocks < ENOUGH:
            return "open"
        low, high = ratio.interval
        best, worst = (low, high) if self.is_most else (high, low)
        if self._is_kept_by(worst):
            return "met"
        return "open" if self._is_kept_by(best) else "missed"

    def _is_kept_by(self, value: float) -> bool:
        return value <= self.bound if self.is_most else value >= self.bound


def middle(values: Sequence[float]) -> float:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def ratio_of(pairs: list[tuple[float, float]]) -> Ratio:
    """Compare two contestants that were measured side by side, block by block."""
    ratios = [ours / theirs for ours, theirs in pairs]
    random = Random(7)  # noqa: S311 - the same interval for the same figures
    medians = sorted(middle(random.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    low, high = medians[int(0.025 * RESAMPLES)], medians[int(0.975 * RESAMPLES)]
    return Ratio(middle(ratios), (low, high), len(pairs))
