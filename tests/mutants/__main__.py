"""Plants bugs one by one: `python -m tests.mutants --only inbox-dropped half-even`."""

import argparse
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from queue import SimpleQueue

from tests.mutants.copied import copies, git
from tests.mutants.mutant import Mutant
from tests.mutants.proof import Fate, Proof, is_copy_tested, is_sound, prove
from tests.mutants.table import FLOOR, MUTANTS
from tests.mutants.trial import Bench


def main() -> int:
    asked = parsed()
    known = {mutant.id: mutant for mutant in MUTANTS}
    chosen = [known[name] for name in asked.only] if asked.only else MUTANTS
    begun = time.monotonic()
    proofs: list[Proof] = []
    with copies(asked.at_once) as folders, ThreadPoolExecutor(asked.at_once) as pool:
        benches = [Bench(folder) for folder in folders]
        try:
            if not is_ready(benches, chosen, pool):
                return 1
            free: SimpleQueue[Bench] = SimpleQueue()
            for bench in benches:
                free.put(bench)
            for proof in pool.map(partial(prove, free), chosen):
                proofs.append(proof)
                tell(proof)
        finally:
            pool.shutdown(cancel_futures=True)
    return summed_up(proofs, len(chosen), time.monotonic() - begun)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    known = [mutant.id for mutant in MUTANTS]
    parser.add_argument("--only", nargs="+", choices=known, metavar="ID", help="these alone")
    parser.add_argument("--at-once", type=int, default=2, help="copies of the code")
    return parser.parse_args()


def is_ready(benches: Sequence[Bench], chosen: Sequence[Mutant], pool: ThreadPoolExecutor) -> bool:
    """Run all the tests over sound code, each bench its share; then see that it is their code."""
    tests = list(dict.fromkeys(mutant.test for mutant in chosen))
    shares = [tests[first :: len(benches)] or tests for first in range(len(benches))]
    tell(f"running {len(tests)} tests over the code as it is")
    for check in (is_sound, is_copy_tested):
        if troubles := [trouble for trouble in pool.map(check, benches, shares) if trouble]:
            tell(*(f"NOT RUN: {trouble}\n" for trouble in troubles))
            return False
    return True


def summed_up(proofs: Sequence[Proof], chosen: int, seconds: float) -> int:
    fates = Counter(proof.fate for proof in proofs)
    caught, survived = fates[Fate.CAUGHT], fates[Fate.SURVIVED]
    is_proof = caught == chosen and caught >= FLOOR
    verdict = Fate.SURVIVED if survived else Fate.CAUGHT if is_proof else Fate.NOT_RUN
    is_dirty = " (with changes)" if git("status", "--porcelain", "--untracked-files=no") else ""
    tell(
        f"{verdict} T7 mutants: {caught} of {chosen} caught, {survived} survived,"
        f" {fates[Fate.NOT_RUN]} not run; at least {FLOOR} are a proof; {seconds:.0f} s;"
        f" commit {git('rev-parse', '--short', 'HEAD').strip()}{is_dirty},"
        f" {datetime.now(UTC):%Y-%m-%d %H:%M} UTC,"
        f" {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    )
    return 0 if verdict is Fate.CAUGHT else 1


def tell(*said: object) -> None:
    print(*said, flush=True)  # noqa: T201 - it is what the command is for


if __name__ == "__main__":
    sys.exit(main())
