"""What becomes of a planted bug."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from queue import SimpleQueue

from typing_extensions import override

from tests.mutants.copied import clusters, forget_clusters
from tests.mutants.mutant import Mutant, NotPlantedError
from tests.mutants.trial import Bench, Trial, Verdict

FOR_ALL, FOR_ONE = 400, 90
"""Seconds that the tests may take: all of them over sound code, a mutant's over its bug."""
CRY = "it is the copy that is tested"
NO_CODE = Mutant(
    "no-code",
    "",
    "the code can not be imported",
    "activities/contract.py",
    '"""The vocabulary that all services share."""\n',
    f'raise RuntimeError("{CRY}")\n',
    "",
)


class Fate(StrEnum):
    CAUGHT = "PASS"
    SURVIVED = "FAIL"
    NOT_RUN = "NOT RUN"


FATES = {
    Verdict.FAILED: Fate.CAUGHT,
    Verdict.PASSED: Fate.SURVIVED,
    Verdict.NOT_RUN: Fate.NOT_RUN,
}


@dataclass(frozen=True)
class Proof:
    """How the tests of a bug ended over it."""

    mutant: Mutant
    trial: Trial

    @property
    def fate(self) -> Fate:
        return FATES[self.trial.verdict]

    @override
    def __str__(self) -> str:
        ended = {
            Fate.CAUGHT: f"caught by {self.trial.why}",
            Fate.SURVIVED: f"survived {self.mutant.test}",
            Fate.NOT_RUN: self.trial.why,
        }[self.fate]
        mutant = self.mutant
        return (
            f"{self.fate} {mutant.id} {mutant.rule}: {mutant.what}"
            f" ({ended}, {self.trial.seconds:.1f} s)"
        )


def is_sound(bench: Bench, tests: Sequence[str]) -> str | None:
    """Run tests over the code as it is; say what is wrong with it."""
    trial = bench.run(tests, seconds=FOR_ALL, keeps_compiled=True)
    if trial.verdict is Verdict.PASSED:
        return None
    return f"a test does not pass over the code as it is: {trial.why}\n{bench.said()}"


def is_copy_tested(bench: Bench, tests: Sequence[str]) -> str | None:
    """Make sure that the tests run over the copy, and not over the checkout."""
    with NO_CODE.planted(bench.tree):
        bench.run(tests[:1], seconds=FOR_ONE, keeps_compiled=False)
    return None if CRY in bench.said() else f"the tests import something else\n{bench.said()}"


def prove(free: SimpleQueue[Bench], mutant: Mutant) -> Proof:
    """Plant a bug on a free bench, run its tests there, and take it away."""
    bench = free.get()
    kept = clusters(bench.tree)
    try:
        with mutant.planted(bench.tree):
            trial = bench.run([mutant.test], seconds=FOR_ONE, keeps_compiled=False)
    except NotPlantedError as wrong:
        trial = Trial(Verdict.NOT_RUN, 0.0, str(wrong))
    finally:
        forget_clusters(bench.tree, kept)
        free.put(bench)
    return Proof(mutant, trial)
