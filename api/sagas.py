"""How a process stands, for operators and for whoever began it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus

from activities.contract import Message
from activities.users.contract import Entry, Role
from api import answers
from api.accounts import Accounts
from api.callers import Caller
from api.engine import EngineAwayError, NoSuchProcessError
from api.problems import Code, Problem
from api.processes import Processes, UpdateRefusedError
from api.resources.sagas import Resolution, Saga, SagaInShort, SagaLinks, SagaOutcome
from workflows.saga import STATE, STEP, Decision, SagaState
from workflows.saga_workflow import Outcome, Status

UUID_LENGTH, LONGEST_ID = 36, 255
VISIT = "/v1/appointments/{}"


@dataclass(frozen=True, slots=True)
class Result:
    """What the command of a process answers when it is done, and where the result is."""

    status: int
    prefix: str
    place: str
    length: int = UUID_LENGTH
    """Of what it is about, behind the prefix."""

    def of(self, workflow_id: str) -> str:
        return self.place.format(workflow_id.removeprefix(self.prefix)[: self.length])


RESULTS: Mapping[str, Result] = {
    "BookAppointment": Result(201, "book-", VISIT),
    "RescheduleAppointment": Result(200, "reschedule-", VISIT),
    "CancelAppointment": Result(200, "cancel-", VISIT),
    "CheckIn": Result(200, "checkin-", VISIT),
    "CompleteVisit": Result(200, "complete-", VISIT),
    "MarkNoShow": Result(200, "noshow-", VISIT),
    "WaiveNoShow": Result(200, "waive-", VISIT),
    "TakePayment": Result(201, "payment-", "/v1/payments/{}"),
    "RefundPayment": Result(201, "refund-", "/v1/refunds/{}"),
    "ReconcilePayments": Result(201, "", "/v1/reconciliations/{}", LONGEST_ID),
    "RegisterPatient": Result(201, "register-patient-", "/v1/patients/{}"),
    "OnboardDoctor": Result(201, "onboard-doctor-", "/v1/doctors/{}"),
    "SetSchedule": Result(200, "set-schedule-", "/v1/doctors/{}/schedules"),
    "SetDepartment": Result(201, "department-", "/v1/departments/{}"),
    "SetSpecialization": Result(201, "specialization-", "/v1/specializations/{}"),
}


class Sagas:
    """The processes of one caller: operators see all, others what they asked for themselves."""

    def __init__(
        self, caller: Caller, accounts: Accounts, processes: Processes, *, public_url: str, ui: str
    ) -> None:
        self._caller = caller
        self._accounts = accounts
        self._processes = processes
        self._public_url = public_url
        self._ui = ui

    @property
    def sees_all(self) -> bool:
        return self._caller.sees_all and self._caller.has("sagas:read")

    async def show(self, workflow_id: str) -> dict[str, Any]:
        if not self.sees_all and not await self._is_own(workflow_id):
            raise Problem(Code.NOT_FOUND)
        described = await self._processes.describe(workflow_id)
        short = await self._in_short(described)
        if not self.sees_all:
            return short.model_dump(mode="json")
        progress = await self._progress(described)
        return Saga(
            **dict(short),
            steps=progress.get("steps", {}),
            parked=progress.get("parked", []),
            started_at=described.start_time,
            closed_at=described.close_time,
            temporal_url=self._temporal_url(described),
        ).model_dump(mode="json")

    async def resolve(self, workflow_id: str, resolution: Resolution) -> dict[str, Any]:
        """Hand on a decision, and write down whose it was and why."""
        decision = Decision(by=str(self._caller.account_id), **resolution.model_dump())
        try:
            await self._processes.decide(workflow_id, decision)
        except UpdateRefusedError:
            raise Problem(Code.SAGA_NOT_PARKED) from None
        except NoSuchProcessError:
            await self._processes.describe(workflow_id)
            raise Problem(Code.SAGA_NOT_PARKED) from None  # It is there, and has ended.
        await self._accounts.record(
            Entry(
                action="resolveSaga",
                outcome="DONE",
                actor_id=self._caller.account_id,
                actor_role=self._caller.role,
                object_type="saga",
                object_id=workflow_id,
                details=resolution.model_dump(),
            )
        )
        return await self.show(workflow_id)

    async def _is_own(self, workflow_id: str) -> bool:
        return await self._accounts.has_asked(self._caller.principal, workflow_id)

    async def _in_short(self, described: WorkflowExecutionDescription) -> SagaInShort:
        kind = described.workflow_type.removesuffix("Workflow")
        told = described.typed_search_attributes
        state, outcome = str(told.get(STATE) or SagaState.RUNNING), None
        if described.status is not WorkflowExecutionStatus.RUNNING:
            ended = await self._processes.ended(described.id) if kind in RESULTS else None
            outcome = ended and self._outcome(ended, kind, described.id)
            state = state_of(ended, state, described.status)
        result = RESULTS.get(kind)
        return SagaInShort(
            workflow_id=described.id,
            type=kind,
            state=state,
            step=told.get(STEP),
            outcome=outcome,
            links=SagaLinks(
                self=answers.saga_path(described.id),
                resource=result and result.of(described.id),
            ),
        )

    def _outcome(self, ended: Outcome[Message], kind: str, workflow_id: str) -> SagaOutcome:
        """Tell the answer that the command would have given."""
        if ended.status is Status.DONE:
            result = RESULTS[kind]
            return SagaOutcome(status=result.status, location=result.of(workflow_id))
        is_staff = self._caller.role is not Role.PATIENT
        problem = answers.problem_of(ended, workflow_id, is_staff=is_staff)
        body = problem.body(self._public_url, answers.saga_path(workflow_id))
        return SagaOutcome(status=problem.code.status, problem=body)

    async def _progress(self, described: WorkflowExecutionDescription) -> Mapping[str, Any]:
        """Ask for the steps; without a worker nobody can tell them, and the rest is still true."""
        try:
            return await self._processes.progress(described.id)
        except (EngineAwayError, NoSuchProcessError):
            return {}

    def _temporal_url(self, described: WorkflowExecutionDescription) -> str | None:
        if not self._ui:
            return None
        name = quote(described.id, safe="")
        return f"{self._ui}/namespaces/{described.namespace}/workflows/{name}"


def state_of(
    ended: Outcome[Message] | None, last: str, status: WorkflowExecutionStatus | None
) -> str:
    """Name the end of a process: by its own words, or, when it has none, by the engine's."""
    if ended and ended.status is Status.DONE:
        return "COMPLETED"
    if ended and ended.status is Status.REFUSED:
        return SagaState.REFUSED
    if last in {SagaState.DONE, SagaState.COMPENSATED}:
        return "COMPLETED" if last == SagaState.DONE else last
    return status.name if status else "UNKNOWN"
