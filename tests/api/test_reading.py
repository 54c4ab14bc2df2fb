"""Visits are read by whom they concern, a page at a time."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from activities.users.contract import Role
from tests.api.desk import Desk, Person, a_booking
from tests.api.fakes import FakeProcesses
from tests.examples import TOMORROW_NINE

SAME = {"X-Correlation-ID": "same"}


@pytest.fixture
async def patient(desk: Desk) -> Person:
    return await desk.somebody(Role.PATIENT)


@pytest.fixture
async def visit(desk: Desk, patient: Person) -> dict[str, Any]:
    sent = a_booking(patient, symptoms="cough")
    told: dict[str, Any] = (await desk.book(patient, sent)).json()
    return told


async def books(desk: Desk, who: Person, count: int) -> list[str]:
    """Book so many visits, an hour apart."""
    told = [
        await desk.book(who, a_booking(who, slot_start=(TOMORROW_NINE + n * HOUR).isoformat()))
        for n in range(count)
    ]
    return [answer.json()["id"] for answer in told]


HOUR = timedelta(hours=1)


async def test_what_is_somebody_elses_answers_like_what_is_not_there(
    desk: Desk, visit: dict[str, Any]
) -> None:
    for role in (Role.PATIENT, Role.DOCTOR):
        stranger = await desk.somebody(role)
        for what in ("", "/timeline"):
            path = f"/v1/appointments/{visit['id']}{what}"
            missing = f"/v1/appointments/{uuid4()}{what}"
            theirs = await desk.get(stranger, path, **SAME)

            assert theirs.status_code == 404
            assert theirs.content == (await desk.get(stranger, missing, **SAME)).content


async def test_another_patients_slot_is_neither_paid_nor_let_go(
    desk: Desk, visit: dict[str, Any], processes: FakeProcesses
) -> None:
    stranger = await desk.somebody(Role.PATIENT)
    path = f"/v1/appointments/{visit['id']}"

    answers = [
        await desk.post(stranger, f"{path}/pay", {"payment_method": "pm_1"}, **KEY),
        await desk.post(stranger, f"{path}/release", {}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert processes.updates == []


KEY = {"Idempotency-Key": "k1"}


async def test_the_doctor_of_a_visit_reads_it(desk: Desk, patient: Person) -> None:
    doctor = await desk.somebody(Role.DOCTOR)
    booked = await desk.book(patient, a_booking(patient, doctor_id=str(doctor.doctor_id)))

    read = await desk.get(doctor, booked.headers["location"])

    assert read.status_code == 200


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.PATIENT, {"symptoms", "notes", "total"}),
        (Role.DOCTOR, {"symptoms", "notes"}),
        (Role.RECEPTIONIST, {"notes", "total"}),
        (Role.BILLING, {"total"}),
        (Role.ADMIN, {"symptoms", "notes", "total"}),
    ],
)
async def test_each_role_sees_its_groups_of_fields(
    desk: Desk, visit: dict[str, Any], role: Role, seen: set[str]
) -> None:
    reader = await desk.somebody(
        role, patient=UUID(visit["patient_id"]), doctor=UUID(visit["doctor_id"])
    )

    told = (await desk.get(reader, visit["links"]["self"])).json()

    groups = {name for name in ("symptoms", "notes") if name in told}
    groups |= {"total"} if told["price"]["total"] else set()
    assert groups == seen


async def test_what_an_administrator_reads_of_an_illness_is_audited(
    desk: Desk, visit: dict[str, Any], superuser: dict[str, asyncpg.Connection]
) -> None:
    admin = await desk.somebody(Role.ADMIN)

    await desk.get(admin, visit["links"]["self"])

    entry = await superuser["users"].fetchrow(
        "SELECT entry ->> 'actor_id' AS who, entry ->> 'object_id' AS what FROM app.audit_outbox"
    )
    assert entry
    assert (entry["who"], entry["what"]) == (str(admin.account_id), visit["id"])


async def test_a_version_that_is_known_is_not_sent_again(
    desk: Desk, patient: Person, visit: dict[str, Any]
) -> None:
    path = visit["links"]["self"]

    known = await desk.get(patient, path, **{"If-None-Match": '"v1"'})
    older = await desk.get(patient, path, **{"If-None-Match": '"v0"'})

    assert (known.status_code, known.content) == (304, b"")
    assert older.status_code == 200


async def test_a_visit_brings_along_what_belongs_to_it(
    desk: Desk, patient: Person, visit: dict[str, Any]
) -> None:
    path = visit["links"]["self"]

    told = (await desk.get(patient, f"{path}?expand=patient,doctor,bill,payments")).json()
    unknown = await desk.get(patient, f"{path}?expand=secrets")

    assert (told["patient"], told["bill"], told["payments"]) == (None, None, [])
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown-filter")


async def test_lists_hold_what_the_reader_may_see(desk: Desk, patient: Person) -> None:
    other = await desk.somebody(Role.PATIENT)
    mine, theirs = await books(desk, patient, 2), await books(desk, other, 1)
    reception = await desk.somebody(Role.RECEPTIONIST)

    lists = [await desk.get(who, "/v1/appointments") for who in (patient, other, reception)]

    ids = [{item["id"] for item in answer.json()["data"]} for answer in lists]
    assert ids == [set(mine), set(theirs), {*mine, *theirs}]


async def test_a_filter_shows_nobody_more(desk: Desk, patient: Person) -> None:
    other = await desk.somebody(Role.PATIENT)
    await books(desk, other, 1)

    listed = await desk.get(patient, f"/v1/appointments?patient_id={other.patient_id}")

    assert listed.json()["data"] == []


async def test_pages_follow_each_other_without_gap_or_repetition(
    desk: Desk, patient: Person
) -> None:
    ids = await books(desk, patient, 5)
    seen: list[str] = []
    path = "/v1/appointments?limit=2&sort=-slot_start"

    while path:
        page = await desk.get(patient, path)
        seen += [item["id"] for item in page.json()["data"]]
        following = page.json()["next_cursor"]
        assert page.json()["has_more"] is (following is not None)
        assert ("link" in page.headers) is (following is not None)
        path = page.links["next"]["url"] if following else ""

    assert seen == ids[::-1]


async def test_a_cursor_is_good_for_its_own_list_only(desk: Desk, patient: Person) -> None:
    await books(desk, patient, 3)
    page = await desk.get(patient, "/v1/appointments?limit=1")
    cursor = page.json()["next_cursor"]
    reception = await desk.somebody(Role.RECEPTIONIST)

    wrong = [
        await desk.get(patient, f"/v1/appointments?cursor={cursor}&sort=-slot_start"),
        await desk.get(patient, f"/v1/appointments?cursor={cursor}&status=HELD"),
        await desk.get(reception, f"/v1/appointments?cursor={cursor}"),
        await desk.get(patient, f"/v1/appointments?cursor=x{cursor}"),
        await desk.get(patient, "/v1/appointments?cursor=AAAA"),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in wrong} == {
        (422, "bad-cursor")
    }
    assert "2026-12" not in cursor


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?colour=red", "unknown-filter"),
        ("?sort=symptoms", "unknown-filter"),
        ("?status=GONE", "unknown-filter"),
        ("?limit=0", "validation-failed"),
        ("?limit=101", "validation-failed"),
        ("?limit=5.0", "validation-failed"),
        ("?limit= 5", "validation-failed"),
        ("?from=2026-12-01T09:00:00", "validation-failed"),
        ("?from=0", "validation-failed"),
        ("?patient_id=me", "validation-failed"),
        ("?cursor=%00", "validation-failed"),
    ],
)
async def test_a_list_takes_what_it_documents(desk: Desk, query: str, code: str) -> None:
    reception = await desk.somebody(Role.RECEPTIONIST)

    answer = await desk.get(reception, f"/v1/appointments{query}")

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_times_and_states_choose_from_a_list(desk: Desk, patient: Person) -> None:
    ids = await books(desk, patient, 3)
    until = (TOMORROW_NINE + 2 * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")
    since = (TOMORROW_NINE + HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")

    path = f"/v1/appointments?from={since}&to={until}&status=BOOKED&status=HELD"
    listed = await desk.get(patient, path)

    assert [item["id"] for item in listed.json()["data"]] == [ids[1]]


async def test_a_timeline_tells_the_moves_and_the_process_behind_them(
    desk: Desk, patient: Person, visit: dict[str, Any]
) -> None:
    told = (await desk.get(patient, f"{visit['links']['self']}/timeline")).json()

    (change,) = told["data"]
    assert (change["from_status"], change["status"]) == ("", "BOOKED")
    (process,) = told["processes"]
    assert process["workflow_id"] == f"book-{visit['id']}"
    assert (process["type"], process["status"]) == ("BookAppointment", "RUNNING")
