"""What a booking costs: ours, and the same process with steps that do nothing, on one server."""

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from uuid_utils.compat import uuid7

from activities.contract import Visit
from api.idempotency import typed
from api.processes import Processes, Wanted
from bench.ratios import Ratio, middle, ratio_of
from ops.hospital import an_id
from ops.processes import free_port, wait_until
from ops.seed import seed
from ops.stack import Stack, answers
from workflows.book_appointment import BookAppointment, BookAppointmentWorkflow, PayNow
from workflows.connection import connect
from workflows.held_payment import Booking

Pair = tuple[float, float]
FLOOR = "bench_floor"
"""The namespace in which every step returns at once."""
FIVE = timedelta(minutes=5)
PATIENTS = 220
PATIENCE = 60.0
SINGLE, CROWD = 10, 60
"""Bookings in a slice of one caller, and of twenty."""


@dataclass(frozen=True)
class Cost:
    """What a history holds."""

    events: int
    size: int
    workflow_tasks: int
    activities: int


@dataclass
class Contestant:
    """One namespace of the server, with its workers."""

    name: str
    client: Client
    visits: Iterator[Visit]

    def wanted(self, *, prepaid: bool) -> Wanted[Booking]:
        visit = next(self.visits)
        pay = PayNow(payment_id=uuid7(), payment_method="pm_card_visa") if prepaid else None
        return Wanted(
            id=f"book-{visit.appointment_id}",
            run=BookAppointmentWorkflow.run,
            outcome=typed(BookAppointmentWorkflow.outcome),
            request=BookAppointment(visit=visit, bill_id=uuid7(), pay=pay),
            summary=f"Book {visit.appointment_id}",
            about={
                "AppointmentId": str(visit.appointment_id),
                "PatientId": str(visit.patient_id),
                "DoctorId": str(visit.doctor_id),
            },
            correlation_id="bench",
        )

    async def book(self, *, prepaid: bool = False) -> tuple[float, float, str]:
        """Book once: seconds to the answer, seconds to the end, and which process it was."""
        wanted = self.wanted(prepaid=prepaid)
        began = time.perf_counter()
        # A disk that stalls for seconds makes a slow answer, not an error.
        outcome = await Processes(self.client).ask(wanted, PATIENCE)
        answered = time.perf_counter() - began
        if outcome is None or outcome.status != "DONE":
            raise RuntimeError(f"{self.name}: {outcome}")
        await self.client.get_workflow_handle(wanted.id).result()
        return answered, time.perf_counter() - began, wanted.id

    async def crowd(self) -> float:
        """Let twenty callers book: bookings in a second."""
        turns = asyncio.Semaphore(20)

        async def one() -> None:
            async with turns:
                await self.book()

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(CROWD)))
        return CROWD / (time.perf_counter() - began)

    async def cost(self, workflow_id: str) -> Cost:
        history = await self.client.get_workflow_handle(workflow_id).fetch_history()
        kinds = [EventType.Name(event.event_type) for event in history.events]
        return Cost(
            events=len(history.events),
            size=sum(event.ByteSize() for event in history.events),
            workflow_tasks=kinds.count("EVENT_TYPE_WORKFLOW_TASK_COMPLETED"),
            activities=kinds.count("EVENT_TYPE_ACTIVITY_TASK_COMPLETED"),
        )


def visits_from(first: datetime) -> Iterator[Visit]:
    """Give free slots of the doctor who works round the clock, each for the next patient."""
    number = 0
    while True:
        yield Visit(
            appointment_id=uuid7(),
            patient_id=an_id("patient", number % PATIENTS + 1),
            doctor_id=an_id("doctor", "Night"),
            department_id=an_id("department", "Telemedicine"),
            slot_start=first + number * FIVE,
        )
        number += 1


async def measure(blocks: int) -> None:
    """Start a stack of its own, compare, print, and stop it."""
    folder = Path(mkdtemp(prefix="hms-bench-"))
    stack = Stack(folder / "dev", free_port(), more_namespaces=(FLOOR,))
    try:
        await start(stack)
        first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=3)
        ours = Contestant("ours", await connect("bench"), visits_from(first))
        os.environ["TEMPORAL_NAMESPACE"] = FLOOR
        floor = Contestant("floor", await connect("bench"), visits_from(first))
        await compare(ours, floor, blocks)
    finally:
        await stack.stop()


async def start(stack: Stack) -> None:
    await stack.start()
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
    os.environ.update(stack.environment("users", "patients", "doctors", "appointments", "billing"))
    await seed("demo", "only-for-the-bench")


async def compare(ours: Contestant, floor: Contestant, blocks: int) -> None:
    answered: list[Pair] = []
    wholes: list[Pair] = []
    crowds: list[Pair] = []
    for block in range(blocks + 1):
        single = {c.name: [await c.book() for _ in range(SINGLE)] for c in (floor, ours)}
        crowd = {c.name: await c.crowd() for c in (floor, ours)}
        if block == 0:
            continue  # The first block only warms up.
        mine, theirs = single["ours"], single["floor"]
        answered.append((middle([t[0] for t in mine]), middle([t[0] for t in theirs])))
        wholes.append((middle([t[1] for t in mine]), middle([t[1] for t in theirs])))
        crowds.append((crowd["ours"], crowd["floor"]))
    for told, goal, pairs in (
        ("answer, 1 caller: ours / floor", "<= 1.25", answered),
        ("whole, 1 caller: ours / floor", "<= 1.25", wholes),
        ("bookings a second, 20 callers: ours / floor", ">= 0.85", crowds),
    ):
        print_ratio(told, goal, ratio_of(pairs))
    for told, prepaid in (("pay later", False), ("prepaid", True)):
        costs = [await ours.cost((await ours.book(prepaid=prepaid))[2]) for _ in range(8)]
        print_cost(told, costs)


def print_ratio(told: str, goal: str, ratio: Ratio) -> None:
    low, high = ratio.interval
    print(f"{told:46} {ratio.value:.2f} [{low:.2f}-{high:.2f}]   goal {goal}")  # noqa: T201


def print_cost(told: str, costs: list[Cost]) -> None:
    def spread(values: list[int]) -> str:
        return f"{min(values)}-{max(values)} (median {sorted(values)[len(values) // 2]})"

    print(  # noqa: T201
        f"{told:10} events {spread([c.events for c in costs])},"
        f" bytes {spread([c.size for c in costs])},"
        f" workflow tasks {spread([c.workflow_tasks for c in costs])},"
        f" activities {spread([c.activities for c in costs])}"
    )
