"""An engine that remembers what it was asked, and answers what the test says."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from temporalio.api.common.v1 import WorkflowExecution, WorkflowType
from temporalio.api.enums.v1 import WorkflowExecutionStatus as Status
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import WorkflowExecutionDescription
from temporalio.converter import DataConverter
from temporalio.workflow import UpdateMethodMultiParam
from typing_extensions import override

from activities.appointments.contract import SlotOf, SlotState, TakeSlot
from activities.appointments.service import AppointmentService
from activities.contract import Message, Refusal
from api.engine import Listed, NoSuchProcessError
from api.processes import PATIENCE, Begun, Processes, UpdateRefusedError, Wanted
from tests.examples import NOW, a_process, a_slot, an_offer
from workflows.book_appointment import BookAppointment
from workflows.held_payment import Booking
from workflows.saga import Decision
from workflows.saga_workflow import Outcome
from workflows.saga_workflow import Status as Ended

Result = TypeVar("Result", bound=Message)
Asked = Begun[Any]


class FakeProcesses(Processes):
    """Books into the real database of appointments, as the workflow would."""

    def __init__(self, appointments: AppointmentService) -> None:
        self._appointments = appointments
        self.asked: list[Asked] = []
        self.updates: list[tuple[str, Message]] = []
        self.patience: list[float] = []
        self.outcomes: dict[str, Outcome[Any]] = {}
        """How each process ended: the same id is the same process."""
        self.book: Callable[[Asked], Awaitable[Outcome[Any] | None]] = self.take_slot
        self.answer_update: Callable[[Message], Awaitable[Outcome[Any] | None]] = self.not_there
        self.is_away = False
        self.closed: set[str] = set()
        """The processes that run no more."""
        self.parked: set[str] = set()
        """The steps that wait for a person."""
        self._slots: dict[str, TakeSlot] = {}

    async def take_slot(self, wanted: Asked) -> Outcome[Any]:
        request = wanted.request
        assert isinstance(request, BookAppointment)
        slot = a_slot(
            request.visit, held=request.pay is not None, offer=an_offer(request.visit.slot_start)
        ).model_copy(update={"symptoms": request.symptoms})
        if request.pay:
            slot = slot.model_copy(update={"hold_until": datetime.now(UTC) + timedelta(minutes=10)})
        self._slots[wanted.id] = slot
        take = self._appointments.hold_slot if request.pay else self._appointments.book_slot
        try:
            state = await take(a_process(wanted.id, NOW), slot)
        except Refusal as refusal:
            return refused(refusal.code, **refusal.details)
        return Outcome(status=Ended.DONE, result=booking_of(request, state))

    async def confirm(self, appointment_id: UUID) -> SlotState:
        return await self._appointments.confirm_slot(
            a_process(f"book-{appointment_id}"), SlotOf(appointment_id=appointment_id)
        )

    async def expire(self, appointment_id: UUID) -> None:
        await self._appointments.expire_slot(
            a_process(f"book-{appointment_id}"), SlotOf(appointment_id=appointment_id)
        )

    async def let_go(self, appointment_id: UUID) -> None:
        process_id = f"book-{appointment_id}"
        await self._appointments.release_slot(a_process(process_id), self._slots[process_id])

    async def not_there(self, _: Message) -> Outcome[Any]:
        raise NoSuchProcessError

    @override
    async def ask(
        self, wanted: Wanted[Result], patience: float = PATIENCE
    ) -> Outcome[Result] | None:
        self.asked.append(wanted)
        self.patience.append(patience)
        if wanted.id not in self.outcomes:
            outcome = await self.book(wanted)
            if outcome is None:
                return None
            self.outcomes[wanted.id] = outcome
        return self.outcomes[wanted.id]

    @override
    async def start(self, wanted: Begun[Result]) -> Outcome[Result] | None:
        self.asked.append(wanted)
        return self.outcomes.get(wanted.id)

    @override
    async def update(
        self,
        workflow_id: str,
        update: UpdateMethodMultiParam[[Any, Any], Outcome[Result]],
        request: Message,
        *,
        id: str,
        patience: float = PATIENCE,
    ) -> Outcome[Result] | None:
        self.updates.append((id, request))
        return await self.answer_update(request)

    @override
    async def describe(self, workflow_id: str) -> WorkflowExecutionDescription:
        begun = next((wanted for wanted in self.asked if wanted.id == workflow_id), None)
        if begun is None:
            raise NoSuchProcessError
        info = WorkflowExecutionInfo(
            execution=WorkflowExecution(workflow_id=workflow_id, run_id="run"),
            type=WorkflowType(name=begun.run.__qualname__.partition(".")[0]),
            status=Status.WORKFLOW_EXECUTION_STATUS_RUNNING,
        )
        info.start_time.FromDatetime(NOW)
        if workflow_id in self.closed:
            info.status = Status.WORKFLOW_EXECUTION_STATUS_COMPLETED
            info.close_time.FromDatetime(NOW)
        return await WorkflowExecutionDescription._from_raw_description(
            DescribeWorkflowExecutionResponse(workflow_execution_info=info),
            namespace="test",
            converter=DataConverter.default,
        )

    @override
    async def running_about(self, appointment_id: UUID) -> list[str]:
        about = {"AppointmentId": str(appointment_id)}.items()
        begun = (wanted for wanted in self.asked if about <= wanted.about.items())
        return [wanted.id for wanted in begun if wanted.id not in self.outcomes]

    @override
    async def listed(self, query: str, limit: int, token: bytes | None) -> Listed:
        """List all that were begun, the newest first; the query is the engine's to understand."""
        start = int(token or 0)
        names = [wanted.id for wanted in reversed(self.asked)]
        page = [await self.describe(name) for name in names[start : start + limit]]
        following = str(start + limit).encode() if start + limit < len(names) else None
        return Listed(page, following)

    @override
    async def ended(
        self,
        workflow_id: str,
        kind: type[Outcome[Any]] = Outcome[Message],
    ) -> Outcome[Any]:
        return self.outcomes[workflow_id]

    @override
    async def decide(self, workflow_id: str, decision: Decision) -> None:
        await self.describe(workflow_id)
        if decision.step not in self.parked:
            raise UpdateRefusedError("saga-not-parked")
        self.parked.remove(decision.step)

    @override
    async def progress(self, workflow_id: str) -> dict[str, Any]:
        return {"state": "RUNNING", "steps": {"book_slot": "✓"}, "parked": [*self.parked]}

    @override
    async def is_reachable(self) -> bool:
        return not self.is_away


def booking_of(request: BookAppointment, state: SlotState) -> Booking:
    return Booking(
        appointment_id=request.visit.appointment_id,
        bill_id=request.bill_id,
        status=state.status,
        version=state.version,
        client_secret="cs_1" if request.pay else None,
    )


def refused(code: str, **details: str) -> Outcome[Any]:
    return Outcome(status=Ended.REFUSED, refusal=code, details=details)
