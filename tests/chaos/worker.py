"""A worker of the product whose steps can be stopped: `python -m tests.chaos.worker <name>`."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.chaos.halting import Halting, Plan
from workers import all as workers
from workers.hosting import Hosted


def halting(open_door: Callable[[], Hosted], plan: Plan) -> Callable[[], Hosted]:
    """Open a door whose steps follow the plan; innermost, so that their effect is complete."""

    def opened() -> Hosted:
        hosted = open_door()
        return replace(hosted, interceptors=(*hosted.interceptors, Halting(plan)))

    return opened


def main(name: str) -> None:
    plan = Plan(Path(os.environ["HMS_TEST_HALTS"]))
    for service, open_door in workers.DOORS.items():
        workers.DOORS[service] = halting(open_door, plan)
    workers.main(name)


if __name__ == "__main__":
    main(sys.argv[1])
