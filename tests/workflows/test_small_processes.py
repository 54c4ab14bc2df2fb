"""The processes of a few steps: all of it, or nothing; and lives that only wait."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from activities.audit.contract import AuditOutcome
from activities.contract import Command, Message, Money, WrongState
from activities.doctors.contract import (
    AddOverride,
    CreateDoctor,
    SetDepartment,
    SetSpecialization,
    SetWeek,
    WithdrawOverride,
)
from activities.patients.contract import CreatePatient
from tests.drive import Run, Start
from tests.examples import NOW
from tests.fakes.world import World
from tests.outcomes import result_of
from tests.stage import Stage, Strike, Strikes, no_strikes
from tests.wire import Step
from tests.workflows.around import origin_interceptor
from workflows.onboard_doctor import OnboardDoctorWorkflow
from workflows.register_patient import RegisterPatientWorkflow
from workflows.set_department import SetDepartmentWorkflow
from workflows.set_schedule import SetSchedule, SetScheduleWorkflow
from workflows.set_specialization import SetSpecializationWorkflow

A, B = UUID(int=1), UUID(int=2)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DOCTOR = CreateDoctor(
    doctor_id=A,
    first_name="Ada",
    last_name="Wong",
    email="ada@example.org",
    department_id=B,
    license_number="L1",
    consultation_fee=Money(amount=Decimal(100), currency="GBP"),
    timezone="UTC",
)
PATIENT = CreatePatient(patient_id=A, first_name="Jo", last_name="Doe", dob=date(1990, 1, 1))
OVERRIDE = AddOverride(doctor_id=A, override_id=B, date=date(2026, 12, 2), is_available=False)


@dataclass(frozen=True)
class Small:
    """A process that ends with one thing made or changed, or with nothing."""

    workflow: type
    request: Message
    pivot: str
    has_happened: Callable[[World], bool]
    undo: str | None = None
    says: str | None = None
    """The event that is counted."""


def was_changed(world: World) -> bool:
    return world.doctors.records.get(A) == 2


def schedule(**change: Command) -> Message:
    return SetSchedule.model_validate({"doctor_id": A, **change})


SMALL = {
    "register": Small(
        RegisterPatientWorkflow,
        PATIENT,
        "create_patient",
        lambda world: A in world.patients.records,
        "drop_patient",
        "PatientRegistered",
    ),
    "onboard": Small(
        OnboardDoctorWorkflow,
        DOCTOR,
        "create_doctor",
        was_changed,
        "drop_doctor",
        "DoctorOnboarded",
    ),
    "department": Small(
        SetDepartmentWorkflow,
        SetDepartment(department_id=A, name="Cardiology"),
        "set_department",
        was_changed,
    ),
    "specialization": Small(
        SetSpecializationWorkflow,
        SetSpecialization(specialization_id=A, name="Hearts"),
        "set_specialization",
        was_changed,
    ),
    "week": Small(
        SetScheduleWorkflow,
        schedule(week=SetWeek(doctor_id=A, week=())),
        "set_week",
        was_changed,
        says="ScheduleChanged",
    ),
    "override": Small(
        SetScheduleWorkflow,
        schedule(added=OVERRIDE),
        "add_override",
        was_changed,
        says="ScheduleChanged",
    ),
    "no override": Small(
        SetScheduleWorkflow,
        schedule(withdrawn=WithdrawOverride(doctor_id=A, override_id=B)),
        "withdraw_override",
        was_changed,
        says="ScheduleChanged",
    ),
}
every_small_process = pytest.mark.parametrize("small", SMALL.values(), ids=SMALL)


def played(
    world: World, workflow: type, request: Message, strikes: Strikes = no_strikes
) -> tuple[Stage, Run]:
    stage = Stage(world, strikes=strikes)
    run = stage.start(
        Start(workflow, request, "process-1", NOW, interceptors=(origin_interceptor(),))
    )
    if "outcome" in dir(workflow):
        stage.ask(run, "outcome", "outcome", then=lambda _: None)
    stage.play()
    run.replay()
    return stage, run


def before(small: Small) -> World:
    """A hospital in which there is what is to be changed."""
    world = World()
    if small.has_happened is was_changed:
        world.doctors.records[A] = 1
    return world


@every_small_process
def test_a_small_process_makes_one_change_and_says_so(small: Small) -> None:
    world = before(small)

    stage, run = played(world, small.workflow, small.request)

    assert result_of(run)["status"] == "DONE"
    assert stage.answers["outcome"][1].value == result_of(run)
    assert small.has_happened(world)
    assert world.analytics.events == ([small.says] if small.says else [])
    assert [entry.outcome for entry in world.audit.entries] == [AuditOutcome.DONE]
    assert run.attributes["SagaState"] == "DONE"


@every_small_process
def test_a_small_process_that_is_refused_changes_nothing(small: Small) -> None:
    def refuse(_: Run, step: Step, __: int) -> Strike:
        is_pivot = step.id == small.pivot
        return Strike(refusal=WrongState("no", {"status": "GONE"})) if is_pivot else Strike()

    world = before(small)

    stage, run = played(world, small.workflow, small.request, refuse)

    assert result_of(run)["refusal"] == "wrong-state"
    assert stage.answers["outcome"][1].value["details"] == {"status": "GONE"}
    assert not small.has_happened(world)
    assert world.analytics.events == []
    assert [entry.outcome for entry in world.audit.entries] == [AuditOutcome.REFUSED]


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@every_small_process
def test_a_small_process_outlasts_a_fault_or_leaves_no_trace(small: Small, is_done: bool) -> None:  # noqa: FBT001 - a parameter of the test
    def fail_for_long(run: Run, step: Step, number: int) -> Strike:
        is_struck = step.id == small.pivot and number < 60
        return Strike("DatabaseFault", is_done=is_done) if is_struck and not run.end else Strike()

    world = before(small)

    _, run = played(world, small.workflow, small.request, fail_for_long)

    assert result_of(run)["status"] == ("FAILED" if small.undo else "DONE")
    made = world.patients.records or world.doctors.records.get(A)
    assert not made if small.undo == "drop_patient" else True
    if small.undo is None:
        assert small.has_happened(world)
    assert len(world.audit.entries) == 1
