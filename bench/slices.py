"""Measure side by side: in each block both contestants have their slices, in a shuffled order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from bench.contestant import Asked, Contestant, Sample
from bench.histories import Cost
from bench.ratios import middle
from bench.ways import Way

SINGLE = 10
"""Processes in a slice of one caller."""
Pair = tuple[float, float]


@dataclass
class Measured:
    """Ours beside the floor's, block by block, and what our histories hold."""

    answered: list[Pair] = field(default_factory=list)
    wholes: list[Pair] = field(default_factory=list)
    crowds: list[Pair] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)


async def compare(
    way: Way, ours: Contestant, floor: Contestant, blocks: int, crowd: int
) -> Measured:
    """Measure one way, `crowd` processes in a slice of many callers. The first block warms up."""
    measured = Measured()
    random = Random(way.told)  # noqa: S311 - the same order for the same way
    for block in range(blocks + 1):
        samples, crowds = await one_block(way, [ours, floor], crowd, random)
        if block == 0:
            continue
        mine, theirs = samples[ours.name], samples[floor.name]
        measured.answered.append(
            (middle([one.answered for one in mine]), middle([one.answered for one in theirs]))
        )
        measured.wholes.append(
            (middle([one.whole for one in mine]), middle([one.whole for one in theirs]))
        )
        measured.crowds.append((crowds[ours.name], crowds[floor.name]))
        measured.costs += [await cost_of(ours, one) for one in mine]
    return measured


async def one_block(
    way: Way, contestants: Sequence[Contestant], crowd: int, random: Random
) -> tuple[dict[str, list[Sample]], dict[str, float]]:
    """Prepare everything before, so that nobody has a slice while another one prepares."""
    wanted: dict[str, Sequence[Asked]] = {}
    for contestant in contestants:
        wanted[contestant.name] = await way.prepare(contestant, SINGLE + crowd)
        await contestant.fall_quiet()
    samples: dict[str, list[Sample]] = {}
    for contestant in random.sample(contestants, len(contestants)):
        asked = wanted[contestant.name][:SINGLE]
        samples[contestant.name] = [await contestant.ask(one) for one in asked]
        await contestant.fall_quiet()
    crowds: dict[str, float] = {}
    for contestant in random.sample(contestants, len(contestants)):
        asked = wanted[contestant.name][SINGLE:]
        crowds[contestant.name] = await contestant.ask_together(asked)
        await contestant.fall_quiet()
    return samples, crowds


async def cost_of(contestant: Contestant, sample: Sample) -> Cost:
    return Cost.of(await contestant.client.get_workflow_handle(sample.process).fetch_history())
