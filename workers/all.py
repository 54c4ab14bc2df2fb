"""Hosts any of the services, the workflows, or everything at once for development."""

from collections.abc import Callable

from activities.logs import configure
from workers import (
    analytics,
    appointments,
    audit,
    billing,
    doctors,
    notifications,
    patients,
    payments,
    workflows,
)
from workers.hosting import Hosted, host, run

DOORS: dict[str, Callable[[], Hosted]] = {
    "analytics": analytics.open_door,
    "appointments": appointments.open_door,
    "audit": audit.open_door,
    "billing": billing.open_door,
    "doctors": doctors.open_door,
    "notifications": notifications.open_door,
    "patients": patients.open_door,
    "payments": payments.open_door,
}
WORKERS = ("workflows", *DOORS)


def main(name: str) -> None:
    """Host `workflows`, one service, or `all`, until the process is asked to stop."""
    configure(f"worker-{name}")

    async def hosting() -> None:
        doors = DOORS.values() if name == "all" else [DOORS[name]] if name in DOORS else []
        makes = workflows.workers if name in ("all", "workflows") else None
        await host(f"hms-{name}", [open_door() for open_door in doors], makes)

    run(hosting)
