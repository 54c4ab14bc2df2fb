"""Plays many seeds: `python -m tests.simulator --seeds 40 --sagas 500`."""

import argparse
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial

from tests.fakes.world import REQUESTS
from tests.simulator.options import ALL_KINDS
from tests.simulator.report import Report, played, smaller

LEAST = 20_000
"""Sagas, and mishaps, below which a run proves nothing."""
EACH = 100
"""How often each kind of mishap must have happened."""
NOT_OF_SAGAS = ("list_", "check_invariants", "release_stale", "reconcile_payment")
STRUCK = [
    step
    for step in REQUESTS
    if step.startswith(("appointments.", "billing.", "payments."))
    and not step.partition(".")[2].startswith(NOT_OF_SAGAS)
]
"""The steps of which each must have met something."""


def main() -> int:
    asked = parsed()
    seeds = range(asked.first, asked.first + asked.seeds)
    play = partial(played, sagas=asked.sagas, without=tuple(asked.without))
    reports: list[Report] = []
    with ProcessPoolExecutor(asked.processes) as pool:
        for report in pool.map(play, seeds):
            reports.append(report)
            tell(report, *(f"\n    {line}" for line in report.wrong))
    return summed_up(reports, is_proof=not asked.without)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--sagas", type=int, default=500, help="how many each seed plays")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--without", nargs="*", default=[], help="mishaps that do not happen")
    return parser.parse_args()


def summed_up(reports: list[Report], *, is_proof: bool) -> int:
    sagas, mishaps = (sum(getattr(r, name) for r in reports) for name in ("sagas", "mishaps"))
    failed = [report for report in reports if report.wrong]
    again = played(reports[0].seed, reports[0].sagas) if is_proof else reports[0]
    is_same = again.digest == reports[0].digest
    missed = list(never_met(reports))
    is_enough = is_proof and sagas >= LEAST and mishaps >= LEAST and not missed
    verdict = "FAIL" if failed or not is_same else "PASS" if is_enough else "NOT RUN"
    tell(
        f"{verdict} T3 simulator: {sagas} sagas, {mishaps} mishaps, {len(failed)} of"
        f" {len(reports)} seeds with a violation, seed {again.seed} played twice:"
        f" {'the same digest' if is_same else 'ANOTHER DIGEST'}; commit {commit()},"
        f" {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    )
    tell(*(f"\n    never met: {cell}" for cell in missed))
    for report in failed[:1]:
        fewer, without = smaller(report.seed, report.sagas)
        tell(
            f"    smaller: python -m tests.simulator --first {report.seed} --seeds 1"
            f" --sagas {fewer} --without {' '.join(without)}"
        )
    return 0 if verdict == "PASS" else 1


def never_met(reports: list[Report]) -> Iterator[str]:
    """Name what should have gone wrong, and did not: a kind of mishap, or any with a step."""
    happened = sum((report.happened for report in reports), Counter[tuple[str, str]]())
    met = Counter(kind for kind, _ in happened.elements())
    yield from (kind for kind in ALL_KINDS if met[kind] < EACH)
    struck = {whom for _, whom in happened}
    yield from (step for step in STRUCK if step not in struck)


def tell(*said: object) -> None:
    print(*said, flush=True)  # noqa: T201 - it is what the command is for


def commit() -> str:
    git = shutil.which("git")
    if git is None:
        return "unknown"
    asked = (git, "rev-parse", "--short", "HEAD")
    told = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - words of ours
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
