"""Runs processes one after the other, and keeps what the server remembers of them."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from temporalio.client import Client
from uuid_utils.compat import uuid7

from activities.contract import Message, Visit
from api.idempotency import typed
from api.processes import Processes, Wanted
from ops.hospital import an_id
from ops.stack import Stack
from tests.e2e.diary import Diary
from tests.e2e.peers import Gateway
from tests.e2e.people import DEPARTMENT
from tests.waiting import until
from workflows.appointment_lifecycle import SAGAS
from workflows.book_appointment import BookAppointment, BookAppointmentWorkflow, PayNow
from workflows.held_payment import Pay, Release
from workflows.saga import Decision

HERE = Path(__file__).parent
FIVE = timedelta(minutes=5)
NIGHT = an_id("doctor", "Night")
ENDS_WITHIN = 90


class Recorder:
    """Knows the hospital that it records, and asks it as the API would."""

    def __init__(self, stack: Stack, client: Client) -> None:
        self.client = client
        self.processes = Processes(client)
        self.gateway = Gateway(stack.url("payments"), stack.secrets.gateway_key)
        self.diary = Diary(stack.database_url, client)
        self._stack = stack
        self._slots = slots()

    async def close(self) -> None:
        await self.gateway.close()
        await self.diary.close()

    async def keep(self, name: str, workflow_id: str) -> None:
        history = await self.client.get_workflow_handle(workflow_id).fetch_history()
        (HERE / f"{name}.json").write_text(history.to_json())
        print(f"{name}: {len(history.events)} events")  # noqa: T201

    async def end(self, name: str, workflow_id: str) -> None:
        """Wait until a process has closed, and keep it."""
        async with asyncio.timeout(ENDS_WITHIN):
            await self.client.get_workflow_handle(workflow_id).result()
        await self.keep(name, workflow_id)

    async def ask(self, kind: Any, workflow_id: str, request: Message) -> None:  # noqa: ANN401
        wanted: Wanted[Any] = Wanted(
            id=workflow_id,
            run=kind.run,
            outcome=typed(kind.outcome),
            request=request,
            summary="recorded",
            about={},
            correlation_id="recorded",
        )
        await self.processes.ask(wanted)

    async def run(self, name: str, kind: Any, workflow_id: str, request: Message) -> None:  # noqa: ANN401
        await self.ask(kind, workflow_id, request)
        await self.end(name, workflow_id)

    async def strike(self, name: str, kind: Any, *request: Message) -> None:  # noqa: ANN401
        """Let the clock strike for what nobody asks for."""
        workflow_id = f"{name}-{uuid7()}"
        await self.client.start_workflow(kind.run, *request, id=workflow_id, task_queue=SAGAS)
        await self.end(name, workflow_id)

    async def decide(self, workflow_id: str, action: str) -> None:
        """Wait until a step stands before a person, and decide it."""

        async def waiting() -> list[str]:
            parked: list[str] = (await self.processes.progress(workflow_id))["parked"]
            return parked

        (step,) = await until(waiting, bool)
        decision = Decision(step=step, action=action, reason="the bank was asked", by="recorder")
        await self.processes.decide(workflow_id, decision)

    async def begun_by(self, workflow_id: str) -> str:
        """Name the one process that another one has begun."""
        history = await self.client.get_workflow_handle(workflow_id).fetch_history()
        (begun,) = (
            event.child_workflow_execution_started_event_attributes.workflow_execution.workflow_id
            for event in history.events
            if event.HasField("child_workflow_execution_started_event_attributes")
        )
        return begun

    async def change(self, service: str, statement: str) -> None:
        """Change what is written, as no process would."""
        url = self._stack.database_url(service, "owner").replace("+asyncpg", "")
        owner = await asyncpg.connect(url)
        await owner.execute(statement)
        await owner.close()

    def visit(self, patient: int, doctor: UUID = NIGHT, slot: datetime | None = None) -> Visit:
        return Visit(
            appointment_id=uuid7(),
            patient_id=an_id("patient", patient),
            doctor_id=doctor,
            department_id=DEPARTMENT,
            slot_start=slot or self.slot(),
        )

    def slot(self) -> datetime:
        return next(self._slots)

    async def book(
        self, visit: Visit, *, card: str | None = None, is_held: bool = False
    ) -> BookAppointment:
        """Book a visit; it is still being booked when this returns."""
        pay = PayNow(payment_id=uuid7(), payment_method=card) if is_held or card else None
        request = BookAppointment(visit=visit, bill_id=uuid7(), pay=pay)
        await self.ask(BookAppointmentWorkflow, process_of(visit), request)
        return request

    async def booked(self, visit: Visit, card: str | None = None) -> BookAppointment:
        """Book a visit, and wait until nothing of it is under way."""
        request = await self.book(visit, card=card)
        await self.client.get_workflow_handle(process_of(visit)).result()
        return request

    async def record_booking(self, name: str, visit: Visit, card: str | None = None) -> None:
        await self.book(visit, card=card)
        await self.end(name, process_of(visit))

    async def record_hold(self, name: str, patient: int, *asked: Pay | Release) -> None:
        visit = self.visit(patient)
        await self.book(visit, is_held=True)
        for request in asked:
            is_paying = isinstance(request, Pay)
            update = BookAppointmentWorkflow.pay if is_paying else BookAppointmentWorkflow.release
            await self.processes.update(
                process_of(visit), typed(update), request, id=f"ask-{request.command}"
            )
        await self.end(name, process_of(visit))


def slots() -> Iterator[datetime]:
    """Give each visit a time of its own, days ahead."""
    slot = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    while True:
        yield slot
        slot += FIVE


def process_of(visit: Visit) -> str:
    return f"book-{visit.appointment_id}"
