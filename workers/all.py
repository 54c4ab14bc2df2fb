"""Hosts any of the services, the workflows, or everything at once for development."""

import importlib
from collections.abc import Callable
from functools import partial
from typing import cast

from activities.logs import configure
from workers.hosting import Hosted, MakeWorkers, host, run


def open_door(service: str) -> Hosted:
    """Open the door of one service; what the others are made of is not even loaded."""
    return cast("Hosted", importlib.import_module(f"workers.{service}").open_door())


def workflow_workers() -> MakeWorkers:
    from workers.workflows import workers  # noqa: PLC0415 - a service's process hosts none

    return workers


DOORS: dict[str, Callable[[], Hosted]] = {
    service: partial(open_door, service)
    for service in (
        *("analytics", "appointments", "audit", "billing"),
        *("doctors", "notifications", "patients", "payments", "users"),
    )
}
WORKERS = ("workflows", *DOORS)


def main(name: str) -> None:
    """Host `workflows`, one service, or `all`, until the process is asked to stop."""
    configure(f"worker-{name}")

    async def hosting() -> None:
        doors = DOORS.values() if name == "all" else [DOORS[name]] if name in DOORS else []
        makes = workflow_workers() if name in ("all", "workflows") else None
        await host(f"hms-{name}", [open_door() for open_door in doors], makes)

    run(hosting)
