"""Doctors, their week, and what is different on some dates."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest

from activities.users.contract import Role
from api.shown import in_z
from tests.api.desk import Desk, Person
from tests.api.hospital import Hospital, at, daily, soon

NOWHERE = "00000000-0000-4000-8000-000000000000"
AFTERNOON = [
    {"day_of_week": day, "start_time": "13:00", "end_time": "17:00"} for day in range(1, 8)
]


@pytest.fixture
async def admin(desk: Desk) -> Person:
    return await desk.somebody(Role.ADMIN)


def a_doctor(hospital: Hospital, **more: object) -> dict[str, Any]:
    return {
        "first_name": "Ada",
        "last_name": "Wong",
        "email": f"ada.{uuid4().hex}@example.org",
        "department_id": str(hospital.clinic.department_id),
        "specialization_ids": [str(hospital.clinic.specialization_id)],
        "license_number": uuid4().hex,
        "consultation_fee": {"amount": "100.00", "currency": "GBP"},
        "timezone": "Europe/London",
        "week": AFTERNOON,
        **more,
    }


async def put_week(
    desk: Desk, who: Person, doctor: UUID, week: object, **headers: str
) -> tuple[int, dict[str, Any]]:
    answer = await desk.http.put(
        f"/v1/doctors/{doctor}/schedules", json={"week": week}, headers={**who.headers, **headers}
    )
    return answer.status_code, answer.json()


async def test_a_doctor_who_is_taken_on_can_be_booked(hospital: Hospital, admin: Person) -> None:
    taken_on = await hospital.desk.post(admin, "/v1/doctors", a_doctor(hospital))

    assert taken_on.status_code == 201, taken_on.text
    place = taken_on.headers["location"]
    read = await hospital.desk.get(admin, place)
    assert read.json() == taken_on.json()
    assert read.json()["consultation_fee"] == {"amount": "100.00", "currency": "GBP"}
    assert read.headers["etag"] == taken_on.headers["etag"] == '"v1"'
    slots = await hospital.desk.get(admin, f"{place}/slots")
    assert len(slots.json()["data"]) > 40


async def test_how_to_reach_a_doctor_is_for_staff(hospital: Hospital, admin: Person) -> None:
    doctor = await hospital.doctor()
    patient = await hospital.desk.somebody(Role.PATIENT)

    for_staff = (await hospital.desk.get(admin, f"/v1/doctors/{doctor}")).json()
    for_all = (await hospital.desk.get(patient, f"/v1/doctors/{doctor}")).json()

    hidden = {"email", "phone", "license_number", "max_daily_appts"}
    assert for_staff.keys() - for_all.keys() == hidden
    assert for_all == {name: for_staff[name] for name in for_all}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("department_id", NOWHERE, "unknown-reference"),
        ("specialization_ids", [NOWHERE], "unknown-reference"),
        ("week", [AFTERNOON[0], {**AFTERNOON[0], "start_time": "12:00"}], "schedule-overlaps"),
        ("timezone", "Mars/Olympus", "validation-failed"),
        ("timezone", "EST", "validation-failed"),
        ("week", [{**AFTERNOON[0], "end_time": "12:00"}], "validation-failed"),
        ("week", [{**AFTERNOON[0], "day_of_week": 8}], "validation-failed"),
        ("consultation_fee", {"amount": "1e2", "currency": "GBP"}, "validation-failed"),
    ],
)
async def test_a_doctor_with_something_wrong_is_refused(
    hospital: Hospital, admin: Person, field: str, value: object, code: str
) -> None:
    refused = await hospital.desk.post(admin, "/v1/doctors", a_doctor(hospital, **{field: value}))

    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_nobody_is_taken_on_twice(hospital: Hospital, admin: Person) -> None:
    sent = a_doctor(hospital)
    await hospital.desk.post(admin, "/v1/doctors", sent)

    again = await hospital.desk.post(admin, "/v1/doctors", sent)

    assert (again.status_code, again.json()["code"]) == (409, "doctor-exists")


async def test_doctors_are_found_by_what_is_known_of_them(
    hospital: Hospital, admin: Person
) -> None:
    doctors = {str(await hospital.doctor()) for _ in range(3)}
    wanted = urlencode({"department_id": hospital.clinic.department_id, "available": "true"})

    found = (await hospital.desk.get(admin, f"/v1/doctors?{wanted}")).json()
    others = (await hospital.desk.get(admin, f"/v1/doctors?department_id={uuid4()}")).json()
    first = (await hospital.desk.get(admin, "/v1/doctors?limit=2&name=wong")).json()
    rest = await hospital.desk.get(
        admin, f"/v1/doctors?limit=2&name=wong&cursor={first['next_cursor']}"
    )

    assert {doctor["id"] for doctor in found["data"]} == doctors
    assert others == {"data": [], "has_more": False, "next_cursor": None}
    pages = [*first["data"], *rest.json()["data"]]
    assert {doctor["id"] for doctor in pages} == doctors
    assert len(pages) == 3


@pytest.mark.parametrize("query", ["salary=1", "sort=salary", "available=yes", "active=1"])
async def test_another_question_about_doctors_is_refused(
    hospital: Hospital, admin: Person, query: str
) -> None:
    answer = await hospital.desk.get(admin, f"/v1/doctors?{query}")

    assert answer.status_code == 422


async def test_a_week_is_replaced_as_a_whole(hospital: Hospital, admin: Person) -> None:
    doctor = await hospital.doctor(*daily("08:00", "12:00"))
    before = await hospital.desk.get(admin, f"/v1/doctors/{doctor}/schedules")

    status, body = await put_week(
        hospital.desk, admin, doctor, AFTERNOON, **{"If-Match": before.headers["etag"]}
    )

    assert status == 200, body
    assert {hours["start_time"] for hours in body["week"]} == {"13:00"}
    after = await hospital.desk.get(admin, f"/v1/doctors/{doctor}/schedules")
    assert after.json()["week"] == body["week"]
    assert after.headers["etag"] == '"v2"'
    assert body["version"] == 2


async def test_visits_that_lie_outside_are_told_and_left_alone(
    hospital: Hospital, admin: Person
) -> None:
    doctor = await hospital.doctor(*daily("08:00", "17:00"))
    morning, afternoon = await hospital.visit(doctor, at(9)), await hospital.visit(doctor, at(14))

    _, body = await put_week(hospital.desk, admin, doctor, AFTERNOON, **{"If-Match": "*"})

    assert [visit["appointment_id"] for visit in body["outside"]] == [str(morning)]
    assert body["outside"][0]["slot_start"] == in_z(at(9))
    for visit in (morning, afternoon):
        shown = (await hospital.desk.get(admin, f"/v1/appointments/{visit}")).json()
        assert (shown["status"], shown["version"]) == ("BOOKED", 1)


async def test_a_visit_within_hours_of_another_length_lies_not_outside(
    hospital: Hospital, admin: Person
) -> None:
    doctor = await hospital.doctor(*daily("08:00", "17:00"))
    await hospital.visit(doctor, at(9, 30))
    week = [{**hours, "start_time": "09:00", "slot_duration": 20} for hours in AFTERNOON]

    _, body = await put_week(hospital.desk, admin, doctor, week, **{"If-Match": "*"})

    assert body["outside"] == []


async def test_time_that_is_removed_tells_the_visits_inside_it(
    hospital: Hospital, admin: Person
) -> None:
    doctor = await hospital.doctor(*daily("08:00", "12:00"))
    inside = await hospital.visit(doctor, at(9, 30))
    await hospital.visit(doctor, at(11))
    removed = {
        "date": soon().date().isoformat(),
        "start_time": "09:00",
        "end_time": "10:00",
        "is_available": False,
    }

    added = await hospital.desk.post(admin, f"/v1/doctors/{doctor}/overrides", removed)

    assert added.status_code == 201
    assert [visit["appointment_id"] for visit in added.json()["outside"]] == [str(inside)]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (428, "if-match-required")),
        ({"If-Match": '"v9"'}, (412, "version-mismatch")),
        ({"If-Match": "nonsense"}, (412, "version-mismatch")),
    ],
)
async def test_a_week_that_was_not_read_is_not_replaced(
    hospital: Hospital, admin: Person, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    doctor = await hospital.doctor()

    status, body = await put_week(hospital.desk, admin, doctor, AFTERNOON, **headers)

    assert (status, body["code"]) == expected
    assert hospital.processes.asked == []


async def test_of_two_who_read_the_same_week_one_replaces_it(
    hospital: Hospital, admin: Person
) -> None:
    doctor = await hospital.doctor()
    await hospital.clinic.set_week(doctor, *daily(), version=1)

    status, body = await put_week(hospital.desk, admin, doctor, AFTERNOON, **{"If-Match": '"v1"'})

    assert (status, body["code"]) == (412, "version-mismatch")


async def test_a_doctor_sets_their_own_hours_and_sees_no_others(hospital: Hospital) -> None:
    own, other = await hospital.doctor(), await hospital.doctor()
    doctor = await hospital.desk.somebody(Role.DOCTOR, doctor=own)

    set_own = await put_week(hospital.desk, doctor, own, AFTERNOON, **{"If-Match": "*"})
    set_other = await put_week(hospital.desk, doctor, other, AFTERNOON, **{"If-Match": "*"})
    missing = await put_week(hospital.desk, doctor, uuid4(), AFTERNOON, **{"If-Match": "*"})

    assert (set_own[0], set_other[0]) == (200, 404)
    assert set_other[1] | {"correlation_id": ""} == missing[1] | {"correlation_id": ""}


async def test_overlapping_hours_are_refused(hospital: Hospital, admin: Person) -> None:
    doctor = await hospital.doctor()
    week = [AFTERNOON[0], {**AFTERNOON[0], "start_time": "16:00", "end_time": "18:00"}]

    status, body = await put_week(hospital.desk, admin, doctor, week, **{"If-Match": "*"})

    assert (status, body["code"]) == (422, "schedule-overlaps")


@pytest.mark.parametrize(
    "change",
    [
        {"start_time": "09:00"},
        {"start_time": "09:00", "end_time": "08:00"},
        {"is_available": True},
        {"slot_duration": 4},
        {"date": "2026-02-30"},
        {"date": 20261201},
        {"is_available": "yes"},
    ],
)
async def test_an_override_in_disorder_is_refused(
    hospital: Hospital, admin: Person, change: dict[str, object]
) -> None:
    doctor = await hospital.doctor()
    sent = {"date": soon().date().isoformat(), "is_available": False, **change}

    answer = await hospital.desk.post(admin, f"/v1/doctors/{doctor}/overrides", sent)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")


async def test_why_a_doctor_is_away_is_for_staff(hospital: Hospital, admin: Person) -> None:
    doctor = await hospital.doctor()
    path = f"/v1/doctors/{doctor}/overrides"
    away = {"date": soon().date().isoformat(), "is_available": False, "reason": "surgery"}
    await hospital.desk.post(admin, path, away)
    patient = await hospital.desk.somebody(Role.PATIENT)

    (shown,) = (await hospital.desk.get(patient, path)).json()["data"]

    assert (shown["is_available"], shown["reason"]) == (False, None)


async def test_an_override_that_is_gone_is_not_there(hospital: Hospital, admin: Person) -> None:
    doctor = await hospital.doctor()

    answer = await hospital.desk.http.delete(
        f"/v1/doctors/{doctor}/overrides/{uuid4()}", headers=admin.headers
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("kind", ["departments", "specializations"])
async def test_a_department_and_a_specialization_are_made_once(
    hospital: Hospital, admin: Person, kind: str
) -> None:
    made = await hospital.desk.post(admin, f"/v1/{kind}", {"name": "Orthopaedics"})
    again = await hospital.desk.post(admin, f"/v1/{kind}", {"name": "orthopaedics"})

    assert made.status_code == 201, made.text
    read = await hospital.desk.get(admin, made.headers["location"])
    assert read.json() == made.json()
    listed = (await hospital.desk.get(admin, f"/v1/{kind}")).json()
    assert made.json() in listed["data"]
    assert listed["has_more"] is False
    assert (again.status_code, again.json()["code"]) == (409, f"{kind[:-1]}-exists")


async def test_a_head_who_is_not_there_is_unknown(hospital: Hospital, admin: Person) -> None:
    answer = await hospital.desk.post(
        admin, "/v1/departments", {"name": "Surgery", "head_doctor_id": str(uuid4())}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-reference")
    assert answer.json()["errors"][0]["pointer"] == "/head_doctor_id"
