"""A stack of its own, with both contestants on one server."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from activities.doctors.contract import CreateDoctor
from bench.contestant import Contestant
from bench.replies import DEARER, DEARER_FEE, TELEMEDICINE
from bench.visits import everybody, free_slots
from db import settings
from ops.hospital import week_of
from ops.processes import free_port, wait_until
from ops.seed import AT_ONCE, SERVICES, Seeder, Size, of
from ops.stack import Secrets, Stack, answers
from workflows.connection import connect

FLOOR = "bench_floor"
"""The namespace in which every step returns at once."""
PAST = 420
"""Visits that the hospital has seen already."""
FEWEST, OFTEN = 220, 5
"""So many patients that nobody books more often in an hour than the hospital allows."""
SLOT = 5


@asynccontextmanager
async def standing(bookings: int) -> AsyncIterator[tuple[Contestant, Contestant]]:
    """Start everything for so many bookings, and stop it at the end. Gives ours, and the floor."""
    patients = max(FEWEST, bookings // OFTEN)
    folder = Path(mkdtemp(prefix="hms-bench-"))
    stack = Stack(folder / "dev", free_port(), more_namespaces=(FLOOR,))
    try:
        await stack.start()
        await start_floor(stack)
        os.environ.update(stack.environment(*SERVICES))
        await fill(Size(patients, PAST), Secrets.of(stack.folder).demo_password)
        ours = Contestant("ours", await connect("bench"), free_slots(), everybody(patients))
        os.environ["TEMPORAL_NAMESPACE"] = FLOOR
        floor = Contestant("floor", await connect("bench"), free_slots(), everybody(patients))
        yield ours, floor
    finally:
        await stack.stop()


async def start_floor(stack: Stack) -> None:
    stack.ports["worker-floor"] = free_port()
    child = stack.run(
        "worker-floor",
        stack.python("-m", "bench.floor"),
        {
            **stack.environment(),
            "TEMPORAL_NAMESPACE": FLOOR,
            "HMS_WORKER_PORT": str(stack.ports["worker-floor"]),
        },
    )
    url = f"{stack.url('worker-floor')}/health/ready"
    await wait_until(lambda: answers(url), child, seconds=40)


async def fill(size: Size, password: str) -> None:
    """Fill the demonstration's hospital with many patients, and one more doctor round the clock."""
    now = datetime.now(UTC)
    engines = {
        service: settings.connect(settings.database(service).database_url, AT_ONCE, "bench")
        for service in SERVICES
    }
    seeder = Seeder(engines)
    await seeder.fill(size, password, now.date(), DEARER_FEE.currency)
    await seeder.doctors.create_doctor(of("doctor-dearer", now), dearer_doctor())
    for engine in engines.values():
        await engine.dispose()


def dearer_doctor() -> CreateDoctor:
    return CreateDoctor(
        doctor_id=DEARER,
        first_name="Noor",
        last_name="Dearer",
        email="noor.dearer@riverside.example",
        department_id=TELEMEDICINE,
        license_number="RV-2000",
        consultation_fee=DEARER_FEE,
        timezone="UTC",
        max_daily_appts=400,
        week=week_of("Telemedicine", SLOT),
    )
