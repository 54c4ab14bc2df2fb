"""A timeline tells what happened to a visit, and which processes change it now."""

from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from activities.contract import By
from activities.users.contract import Role
from api.processes import Processes
from api.resources.changes import Cancellation
from api.visit_commands import cancel
from db.reading import Record
from tests.api.clerk import Booked, Clerk
from tests.api.desk import Desk, Person, in_z
from tests.api.fakes import FakeProcesses
from tests.api.hospital import ELEVEN, NINE, TEN, Hospital
from tests.examples import an_offer
from tests.waiting import until

MINUTE = timedelta(minutes=1)
ABOUT = SearchAttributeKey.for_keyword("AppointmentId")


def to(start: datetime, **more: object) -> dict[str, object]:
    return {"slot_start": start.isoformat(), **more}


async def test_a_move_says_from_when_to_when_it_was_whose_and_why(
    desk: Desk, reception: Person, booked: Booked, processes: FakeProcesses
) -> None:
    await desk.command(reception, f"{booked.path}/reschedule", to(TEN, reason="the bus"))

    told = (await desk.get(reception, f"{booked.path}/timeline")).json()["data"]

    first, move = told
    assert (first["told"], first["moved_from"], first["slot_start"]) == ("Booked", None, in_z(NINE))
    assert (move["told"], move["moved_from"], move["slot_start"]) == (
        "Moved",
        in_z(NINE),
        in_z(TEN),
    )
    assert (move["reason"], move["late_move"]) == ("the bus", False)
    assert first["doctor_id"] == move["doctor_id"] == str(booked.visit.doctor_id)
    assert move["actor_role"] == "RECEPTIONIST"
    assert move["workflow_id"] == processes.asked[0].id
    assert datetime.fromisoformat(move["at"]) <= datetime.now(UTC)


@pytest.mark.parametrize(("by", "is_late"), [("patient", True), ("hospital", False)])
async def test_a_late_move_is_told_once_and_only_if_it_was_the_patients(
    hospital: Hospital, clerk: Clerk, reception: Person, by: str, *, is_late: bool
) -> None:
    start = datetime.now(UTC) + 90 * MINUTE
    patient = await hospital.desk.somebody(Role.PATIENT)
    assert patient.patient_id
    visit = await clerk.book(await hospital.doctor(), start, patient.patient_id, an_offer(start))
    for later in (TEN, ELEVEN):
        moved = await hospital.desk.command(reception, f"{visit.path}/reschedule", to(later, by=by))
        assert moved.status_code == 200

    told = (await hospital.desk.get(patient, f"{visit.path}/timeline")).json()["data"]

    assert [change["late_move"] for change in told] == [False, is_late, False]
    assert [change["moved_from"] for change in told] == [None, in_z(start), in_z(TEN)]
    quoted = await hospital.desk.get(patient, f"{visit.path}/cancellation-quote")
    assert quoted.json()["rule"] == ("late-move" if is_late else "free")


async def test_a_cancellation_says_whose_and_why(
    desk: Desk, patient: Person, booked: Booked
) -> None:
    await desk.command(patient, f"{booked.path}/cancel", {"by": "patient", "reason": "well again"})

    *_, last = (await desk.get(patient, f"{booked.path}/timeline")).json()["data"]

    assert (last["told"], last["reason"], last["moved_from"]) == ("Cancelled", "well again", None)


async def test_a_process_that_changes_the_visit_now_is_told_with_its_steps(
    desk: Desk, patient: Person, booked: Booked, processes: FakeProcesses
) -> None:
    answer = await desk.command(
        patient, f"{booked.path}/reschedule", to(TEN), Prefer="respond-async"
    )

    told = (await desk.get(patient, f"{booked.path}/timeline")).json()

    (process,) = told["processes"]
    assert answer.headers["location"].endswith(process["workflow_id"])
    assert process["workflow_id"] == processes.asked[0].id
    assert process["status"] == "RUNNING"
    assert process["steps"]


async def test_a_process_of_another_visit_is_not_told(
    desk: Desk, clerk: Clerk, patient: Person, booked: Booked
) -> None:
    assert patient.patient_id
    other = await clerk.book(booked.visit.doctor_id, ELEVEN, patient.patient_id)
    await desk.command(patient, f"{other.path}/reschedule", to(TEN), Prefer="respond-async")

    told = (await desk.get(patient, f"{booked.path}/timeline")).json()

    assert told["processes"] == []


async def test_the_engine_names_who_changes_a_visit_and_not_who_watches_it(
    client: Client, patient: Person, booked: Booked
) -> None:
    assert patient.patient_id
    appointment_id = booked.visit.appointment_id
    processes, ids = Processes(client), {"command": uuid4()}
    row = {**booked.visit.model_dump(), "status": "BOOKED"}
    wanted = cancel(cast("Record", row), Cancellation(by="patient", reason="x"), By.PATIENT)
    await processes.start(wanted.want(ids, "desk-1"))
    await client.start_workflow(
        "AppointmentLifecycleWorkflow",
        id=f"appointment-{appointment_id}",
        task_queue="nobody-works-here",
        search_attributes=TypedSearchAttributes([SearchAttributePair(ABOUT, str(appointment_id))]),
    )

    expected = [f"cancel-{appointment_id}-{ids['command']}"]

    try:
        assert await until(lambda: processes.running_about(appointment_id)) == expected
        assert await processes.running_about(uuid4()) == []
    finally:
        for name in (*expected, f"appointment-{appointment_id}"):
            await client.get_workflow_handle(name).terminate()
    await until(lambda: processes.running_about(appointment_id), lambda names: not names)
