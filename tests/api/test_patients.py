"""Patients: whom somebody may see, and how much of them."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from activities.users.contract import Role
from tests.api.desk import Desk, Person
from tests.api.hospital import Hospital, at

JO = {
    "first_name": "Jo",
    "last_name": "Doe",
    "dob": "1980-02-29",
    "email": "john.doe@example.com",
    "phone": "+447700900123",
    "address": "1 Main Street",
}
CLEAR = {name: JO[name] for name in ("dob", "email", "phone", "address")}
MASKED = {
    "dob": "****-**-**",
    "email": "jo****@example.com",
    "phone": "*********0123",
    "address": "****",
}


@pytest.fixture
async def reception(desk: Desk) -> Person:
    return await desk.somebody(Role.RECEPTIONIST)


def private(patient: Mapping[str, Any]) -> dict[str, Any]:
    return {name: patient[name] for name in CLEAR}


async def test_a_patient_who_is_registered_is_shown(hospital: Hospital, reception: Person) -> None:
    registered = await hospital.desk.post(reception, "/v1/patients", JO)

    assert registered.status_code == 201, registered.text
    read = await hospital.desk.get(reception, registered.headers["location"])
    assert read.json() == registered.json()
    assert private(read.json()) == CLEAR
    assert read.headers["etag"] == '"v1"'


async def test_nobody_is_registered_twice(hospital: Hospital, reception: Person) -> None:
    await hospital.desk.post(reception, "/v1/patients", JO)

    again = await hospital.desk.post(reception, "/v1/patients", {**JO, "phone": None})

    assert (again.status_code, again.json()["code"]) == (409, "patient-exists")


async def test_a_registration_sent_twice_is_one(hospital: Hospital, reception: Person) -> None:
    first = await hospital.desk.post(
        reception, "/v1/patients", JO, **{"Idempotency-Key": "walk-in"}
    )
    again = await hospital.desk.post(
        reception, "/v1/patients", JO, **{"Idempotency-Key": "walk-in"}
    )

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    "change",
    [{"dob": "2999-01-01"}, {"dob": 0}, {"gender": "X"}, {"id": "1"}, {"phone": "123"}],
)
async def test_a_registration_in_disorder_is_refused(
    hospital: Hospital, reception: Person, change: dict[str, object]
) -> None:
    answer = await hospital.desk.post(reception, "/v1/patients", {**JO, **change})

    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")
    assert hospital.processes.asked == []


@pytest.mark.parametrize(
    ("role", "shown"),
    [(Role.RECEPTIONIST, CLEAR), (Role.ADMIN, CLEAR), (Role.BILLING, MASKED)],
)
async def test_each_role_sees_as_much_as_it_may(
    hospital: Hospital, role: Role, shown: dict[str, str]
) -> None:
    patient = await hospital.patient(**JO)
    somebody = await hospital.desk.somebody(role)

    one = (await hospital.desk.get(somebody, f"/v1/patients/{patient}")).json()
    (listed,) = (await hospital.desk.get(somebody, "/v1/patients")).json()["data"]
    found = await hospital.desk.post(somebody, "/v1/patients/search", {"last_name": "do"})

    assert private(one) == shown
    assert one == listed == found.json()["data"][0]
    assert (one["age"] is None) == (shown is MASKED)
    assert one["name"] == "Jo Doe"


async def test_patients_see_themselves_and_nobody_else(hospital: Hospital) -> None:
    jo, other = await hospital.patient(**JO), await hospital.patient()
    patient = await hospital.desk.somebody(Role.PATIENT, patient=jo)

    own = await hospital.desk.get(patient, f"/v1/patients/{jo}")
    foreign = await hospital.desk.get(patient, f"/v1/patients/{other}")
    missing = await hospital.desk.get(patient, f"/v1/patients/{uuid4()}")

    assert private(own.json()) == CLEAR
    assert foreign.status_code == 404
    assert foreign.json() | {"correlation_id": ""} == missing.json() | {"correlation_id": ""}
    assert (await hospital.desk.get(patient, "/v1/patients")).status_code == 403


async def test_a_doctor_sees_whom_they_treat(hospital: Hospital) -> None:
    own, doctor_id = await hospital.patient(**JO), await hospital.doctor()
    held, stranger = await hospital.patient("Held"), await hospital.patient("Other")
    await hospital.visit(doctor_id, at(9), own)
    await hospital.visit(doctor_id, at(10), held, held=True)
    await hospital.visit(await hospital.doctor(), at(9), stranger)
    doctor = await hospital.desk.somebody(Role.DOCTOR, doctor=doctor_id)

    seen = await hospital.desk.get(doctor, f"/v1/patients/{own}")
    listed = (await hospital.desk.get(doctor, "/v1/patients")).json()["data"]
    found = await hospital.desk.post(doctor, "/v1/patients/search", {"dob": JO["dob"]})

    assert private(seen.json()) == CLEAR
    assert [patient["id"] for patient in listed] == [str(own)]
    assert found.json()["data"] == listed
    for hidden in (held, stranger, uuid4()):
        assert (await hospital.desk.get(doctor, f"/v1/patients/{hidden}")).status_code == 404


async def test_pages_of_patients_meet_and_do_not_overlap(
    hospital: Hospital, reception: Person
) -> None:
    names = ["Abel", "Brown", "Cole", "Dunn", "Eve"]
    for name in reversed(names):
        await hospital.patient(name)

    seen, path = [], "/v1/patients?limit=2&active=true"
    while path:
        page = await hospital.desk.get(reception, path)
        seen += [patient["last_name"] for patient in page.json()["data"]]
        cursor = page.json()["next_cursor"]
        path = f"/v1/patients?limit=2&active=true&cursor={cursor}" if cursor else ""

    assert seen == names


async def test_a_search_has_pages_and_no_link(hospital: Hospital, reception: Person) -> None:
    for name in ("Smith", "Smithers", "Smythe"):
        await hospital.patient(name)
    wanted = {"last_name": "SMI", "limit": 1}

    first = await hospital.desk.post(reception, "/v1/patients/search", wanted)
    cursor = first.json()["next_cursor"]
    second = await hospital.desk.post(
        reception, "/v1/patients/search", {**wanted, "cursor": cursor}
    )
    other = await hospital.desk.post(
        reception, "/v1/patients/search", {"last_name": "SMY", "limit": 1, "cursor": cursor}
    )

    assert [page.json()["data"][0]["last_name"] for page in (first, second)] == [
        "Smith",
        "Smithers",
    ]
    assert (first.json()["has_more"], second.json()["has_more"]) == (True, False)
    assert "link" not in first.headers
    assert (other.status_code, other.json()["code"]) == (422, "bad-cursor")


@pytest.mark.parametrize("body", [{}, {"limit": 5}, {"name": "Doe"}, {"last_name": ""}])
async def test_a_search_for_nobody_is_refused(
    hospital: Hospital, reception: Person, body: dict[str, object]
) -> None:
    answer = await hospital.desk.post(reception, "/v1/patients/search", body)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")


@pytest.mark.parametrize("query", ["last_name=Doe", "email=a@b.example", "sort=email"])
async def test_names_are_not_looked_for_in_a_url(
    hospital: Hospital, reception: Person, query: str
) -> None:
    answer = await hospital.desk.get(reception, f"/v1/patients?{query}")

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-filter")


async def test_what_is_known_already_is_not_sent_again(
    hospital: Hospital, reception: Person
) -> None:
    patient = await hospital.patient()
    path = f"/v1/patients/{patient}"
    tag = (await hospital.desk.get(reception, path)).headers["etag"]

    again = await hospital.desk.get(reception, path, **{"If-None-Match": tag})

    assert (again.status_code, again.text) == (304, "")
