"""Processes: who may follow them, what they say, and what a person decides about them."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from temporalio.api.common.v1 import SearchAttributes, WorkflowExecution, WorkflowType
from temporalio.api.enums.v1 import WorkflowExecutionStatus as EngineStatus
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import WorkflowExecutionDescription
from temporalio.converter import DataConverter, encode_search_attributes
from typing_extensions import override

from activities.appointments.service import AppointmentService
from activities.contract import Message
from activities.users.contract import Role
from api.engine import EngineAwayError, NoSuchProcessError
from api.parts import Parts
from api.processes import UpdateRefusedError
from tests.api.desk import Desk, Person, a_booking
from tests.api.fakes import FakeProcesses, refused
from tests.conftest import EngineOf
from tests.examples import NOW
from workflows.saga import Decision, SagaState
from workflows.saga_workflow import Outcome, Status

RUNNING = EngineStatus.WORKFLOW_EXECUTION_STATUS_RUNNING
COMPLETED = EngineStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED
FAILED = EngineStatus.WORKFLOW_EXECUTION_STATUS_FAILED
PLACES = {
    "BookAppointment": "/v1/appointments/",
    "RegisterPatient": "/v1/patients/",
    "OnboardDoctor": "/v1/doctors/",
}
TERMINATED = EngineStatus.WORKFLOW_EXECUTION_STATUS_TERMINATED
DONE: Outcome[Any] = Outcome(status=Status.DONE)


@dataclass
class Known:
    """A process as the engine knows it."""

    state: str = SagaState.RUNNING
    step: str = ""
    type: str = "BookAppointmentWorkflow"
    status: "EngineStatus.ValueType" = RUNNING
    ended: Outcome[Any] | None = None
    steps: dict[str, str] = field(default_factory=dict)
    parked: list[str] = field(default_factory=list)


class Engine(FakeProcesses):
    """Knows processes that the test has told it of."""

    has_workers = True

    def __init__(self, appointments: AppointmentService) -> None:
        super().__init__(appointments)
        self.known: dict[str, Known] = {}
        self.decisions: list[Decision] = []

    @override
    async def describe(self, workflow_id: str) -> WorkflowExecutionDescription:
        if workflow_id not in self.known:
            raise NoSuchProcessError
        known = self.known[workflow_id]
        info = WorkflowExecutionInfo(
            execution=WorkflowExecution(workflow_id=workflow_id, run_id="run"),
            type=WorkflowType(name=known.type),
            status=known.status,
            search_attributes=attributes(SagaState=known.state, SagaStep=known.step),
        )
        info.start_time.FromDatetime(NOW)
        return await WorkflowExecutionDescription._from_raw_description(
            DescribeWorkflowExecutionResponse(workflow_execution_info=info),
            namespace="hms",
            converter=DataConverter.default,
        )

    @override
    async def progress(self, workflow_id: str) -> dict[str, Any]:
        if not self.has_workers:
            raise EngineAwayError
        known = self.known[workflow_id]
        return {"state": known.state, "steps": known.steps, "parked": known.parked}

    @override
    async def ended(
        self,
        workflow_id: str,
        kind: type[Outcome[Any]] = Outcome[Message],
    ) -> Outcome[Any]:
        return self.known[workflow_id].ended or Outcome(status=Status.FAILED)

    @override
    async def decide(self, workflow_id: str, decision: Decision) -> None:
        known = self.known.get(workflow_id)
        if known is None or known.status != RUNNING:
            raise NoSuchProcessError
        if decision.step not in known.parked:
            raise UpdateRefusedError("saga-not-parked")
        known.parked.remove(decision.step)
        self.decisions.append(decision)


def attributes(**values: str) -> SearchAttributes:
    found = SearchAttributes()
    encode_search_attributes({name: [value] for name, value in values.items() if value}, found)
    for payload in found.indexed_fields.values():
        payload.metadata["type"] = b"Keyword"
    return found


@pytest.fixture
def engine(parts: Parts, engine_of: EngineOf) -> Engine:
    engine = Engine(AppointmentService(engine_of("appointments")))
    object.__setattr__(parts, "processes", engine)
    object.__setattr__(parts, "temporal_ui_url", "http://temporal.example")
    return engine


@pytest.fixture
async def ops(desk: Desk) -> Person:
    return await desk.somebody(Role.OPS)


def a_saga(engine: Engine, known: Known, prefix: str = "book-") -> tuple[str, str]:
    """Name a process and the thing that it is about."""
    about = str(uuid4())
    engine.known[f"{prefix}{about}"] = known
    return f"{prefix}{about}", about


async def test_operators_see_the_steps(desk: Desk, ops: Person, engine: Engine) -> None:
    known = Known(step="capture", steps={"check_doctor": "✓", "capture": "…"})
    saga, about = a_saga(engine, known)

    answer = await desk.get(ops, f"/v1/sagas/{saga}")

    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "workflow_id": saga,
        "type": "BookAppointment",
        "state": "RUNNING",
        "step": "capture",
        "outcome": None,
        "links": {"self": f"/v1/sagas/{saga}", "resource": f"/v1/appointments/{about}"},
        "steps": {"check_doctor": "✓", "capture": "…"},
        "parked": [],
        "started_at": "2026-12-01T08:00:00Z",
        "closed_at": None,
        "temporal_url": f"http://temporal.example/namespaces/hms/workflows/{saga}",
    }


async def test_whoever_began_it_sees_the_short_form(
    desk: Desk, parts: Parts, engine: Engine
) -> None:
    patient, other = await desk.somebody(Role.PATIENT), await desk.somebody(Role.PATIENT)
    accepted = await desk.book(patient, Prefer="respond-async")
    place = accepted.headers["location"]
    engine.known[place.rpartition("/")[2]] = Known(steps={"hold_slot": "✓"})
    assert parts.processes is engine

    own = await desk.get(patient, place)
    foreign = await desk.get(other, place, **{"X-Correlation-ID": "the-same"})
    missing = await desk.get(other, f"/v1/sagas/book-{uuid4()}", **{"X-Correlation-ID": "the-same"})

    assert accepted.status_code == 202
    assert own.json().keys() == {"workflow_id", "type", "state", "step", "outcome", "links"}
    assert (own.json()["type"], own.json()["state"]) == ("BookAppointment", "RUNNING")
    assert (foreign.status_code, foreign.content) == (404, missing.content)


@pytest.mark.parametrize(
    ("kind", "prefix"),
    [
        ("BookAppointment", "book-"),
        ("RegisterPatient", "register-patient-"),
        ("OnboardDoctor", "onboard-doctor-"),
    ],
)
async def test_what_is_done_tells_where_the_result_is(
    desk: Desk, ops: Person, engine: Engine, kind: str, prefix: str
) -> None:
    known = Known(SagaState.DONE, type=f"{kind}Workflow", status=COMPLETED, ended=DONE)
    saga, about = a_saga(engine, known, prefix)

    told = (await desk.get(ops, f"/v1/sagas/{saga}")).json()

    assert told["state"] == "COMPLETED"
    place = PLACES[kind] + about
    assert told["outcome"] == {"status": 201, "location": place, "problem": None}
    assert told["links"]["resource"] == place


@pytest.mark.parametrize(
    ("kind", "prefix", "status", "place"),
    [
        ("RescheduleAppointment", "reschedule-", 200, "/v1/appointments/"),
        ("CancelAppointment", "cancel-", 200, "/v1/appointments/"),
        ("CheckIn", "checkin-", 200, "/v1/appointments/"),
        ("CompleteVisit", "complete-", 200, "/v1/appointments/"),
        ("MarkNoShow", "noshow-", 200, "/v1/appointments/"),
        ("WaiveNoShow", "waive-", 200, "/v1/appointments/"),
        ("TakePayment", "payment-", 201, "/v1/payments/"),
        ("RefundPayment", "refund-", 201, "/v1/refunds/"),
    ],
)
async def test_a_change_tells_what_it_changed(  # noqa: PLR0913, PLR0917 - cases
    desk: Desk, ops: Person, engine: Engine, kind: str, prefix: str, status: int, place: str
) -> None:
    about = uuid4()
    saga = f"{prefix}{about}" + (f"-{uuid4()}" if status == 200 else "")
    engine.known[saga] = Known(SagaState.DONE, type=f"{kind}Workflow", status=COMPLETED, ended=DONE)

    told = (await desk.get(ops, f"/v1/sagas/{saga}")).json()

    place += str(about)
    assert told["outcome"] == {"status": status, "location": place, "problem": None}
    assert told["links"]["resource"] == place


async def test_of_two_operators_one_decides(desk: Desk, ops: Person, engine: Engine) -> None:
    other = await desk.somebody(Role.ADMIN)
    saga, _ = a_saga(engine, Known(SagaState.NEEDS_ATTENTION, parked=[RETRY["step"]]), "refund-")

    answers = await asyncio.gather(
        *(desk.post(who, f"/v1/sagas/{saga}/resolve", RETRY) for who in (ops, other))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (late,) = [answer for answer in answers if answer.status_code == 409]
    assert late.json()["code"] == "saga-not-parked"
    assert len(engine.decisions) == 1


async def test_hours_that_were_set_are_those_of_their_doctor(
    desk: Desk, ops: Person, engine: Engine
) -> None:
    doctor = uuid4()
    saga = f"set-schedule-{doctor}-{uuid4()}"
    engine.known[saga] = Known(
        SagaState.DONE, type="SetScheduleWorkflow", status=COMPLETED, ended=DONE
    )

    told = (await desk.get(ops, f"/v1/sagas/{saga}")).json()

    assert told["outcome"]["location"] == f"/v1/doctors/{doctor}/schedules"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (
            Known(
                SagaState.REFUSED,
                status=COMPLETED,
                ended=refused("payment-declined", decline_code="expired_card"),
            ),
            ("REFUSED", 402, "payment-declined"),
        ),
        (Known(SagaState.COMPENSATED, status=FAILED), ("COMPENSATED", 500, "process-failed")),
        (Known(SagaState.PIVOTED, status=TERMINATED), ("TERMINATED", 500, "process-failed")),
    ],
)
async def test_what_did_not_happen_tells_the_problem(
    desk: Desk, ops: Person, engine: Engine, known: Known, expected: tuple[str, int, str]
) -> None:
    saga, _ = a_saga(engine, replace(known))

    told = (await desk.get(ops, f"/v1/sagas/{saga}")).json()

    outcome = told["outcome"]
    assert (told["state"], outcome["status"], outcome["problem"]["code"]) == expected
    if outcome["status"] == 402:
        assert outcome["problem"]["decline_code"] == "expired_card"


async def test_without_a_worker_the_rest_is_still_told(
    desk: Desk, ops: Person, engine: Engine
) -> None:
    saga, _ = a_saga(engine, Known(SagaState.COMPENSATING, "release_slot"))
    engine.has_workers = False

    told = (await desk.get(ops, f"/v1/sagas/{saga}")).json()

    assert (told["state"], told["step"], told["steps"]) == ("COMPENSATING", "release_slot", {})


@pytest.mark.parametrize("name", ["book-1", "..%2F..%2Fetc", "a" * 256, "x y"])
async def test_a_process_that_is_not_there_is_unknown(
    desk: Desk, ops: Person, engine: Engine, name: str
) -> None:
    answer = await desk.get(ops, f"/v1/sagas/{name}")

    assert answer.status_code in {404, 422}
    assert engine.known == {}


RETRY = {"step": "open_refund:a1", "action": "retry", "reason": "the bank was asked"}


async def test_a_decision_reaches_its_process_and_the_audit(
    desk: Desk, ops: Person, engine: Engine, superuser: dict[str, asyncpg.Connection]
) -> None:
    saga, _ = a_saga(engine, Known(SagaState.NEEDS_ATTENTION, parked=["open_refund:a1"]))

    answer = await desk.post(ops, f"/v1/sagas/{saga}/resolve", RETRY)

    assert answer.status_code == 200, answer.text
    assert answer.json()["parked"] == []
    (decision,) = engine.decisions
    assert decision == Decision(**RETRY, by=str(ops.account_id))
    (entry,) = await superuser["users"].fetch("SELECT entry FROM app.audit_outbox")
    told = json.loads(entry["entry"])
    assert (told["action"], told["object_id"]) == ("resolveSaga", saga)
    assert told["details"] == RETRY


@pytest.mark.parametrize(
    "known", [Known(), Known(SagaState.DONE, status=COMPLETED, ended=DONE), Known(parked=["other"])]
)
async def test_a_process_that_waits_for_nothing_takes_no_decision(
    desk: Desk, ops: Person, engine: Engine, known: Known
) -> None:
    saga, _ = a_saga(engine, replace(known))

    answer = await desk.post(ops, f"/v1/sagas/{saga}/resolve", RETRY)

    assert (answer.status_code, answer.json()["code"]) == (409, "saga-not-parked")
    assert engine.decisions == []


async def test_no_decision_is_about_a_process_that_is_not_there(
    desk: Desk, ops: Person, engine: Engine
) -> None:
    answer = await desk.post(ops, f"/v1/sagas/book-{uuid4()}/resolve", RETRY)

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert engine.decisions == []


@pytest.mark.parametrize(
    "change", [{"action": "compensate"}, {"reason": ""}, {"step": ""}, {"by": "somebody"}]
)
async def test_a_decision_in_disorder_is_refused(
    desk: Desk, ops: Person, engine: Engine, change: dict[str, str]
) -> None:
    saga, _ = a_saga(engine, Known(parked=["open_refund:a1"]))

    answer = await desk.post(ops, f"/v1/sagas/{saga}/resolve", {**RETRY, **change})

    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")
    assert engine.decisions == []


async def test_who_began_a_process_decides_nothing(desk: Desk, engine: Engine) -> None:
    patient = await desk.somebody(Role.PATIENT)
    booked = await desk.book(patient, a_booking(patient))
    saga = booked.json()["links"]["saga"]
    engine.known[saga.rpartition("/")[2]] = Known(parked=["open_refund:a1"])

    answer = await desk.post(patient, f"{saga}/resolve", RETRY)

    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")


async def test_a_timeline_says_in_plain_words_what_happened_and_what_still_runs(
    desk: Desk, engine: Engine
) -> None:
    patient = await desk.somebody(Role.PATIENT)
    booked = (await desk.book(patient, a_booking(patient))).json()
    engine.known[f"book-{booked['id']}"] = Known(steps={"book_slot": "✓", "open_bill": "…"})
    path = f"{booked['links']['self']}/timeline"

    with_a_worker = (await desk.get(patient, path)).json()
    engine.has_workers = False
    without = (await desk.get(patient, path)).json()

    assert [change["told"] for change in with_a_worker["data"]] == ["Booked"]
    (process,) = with_a_worker["processes"]
    assert process["steps"] == {"book_slot": "✓", "open_bill": "…"}
    assert without["processes"] == [{**process, "steps": {}}]
