"""The slots that are offered are those that can be booked."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest

from activities.contract import Refusal
from activities.users.contract import Role
from api.shown import in_z
from tests.activities.clinic import Clinic
from tests.api.desk import Desk, Person, a_booking
from tests.api.hospital import DAY, HALF_AN_HOUR, Hospital, at, daily, soon

QUARTER = timedelta(minutes=15)


@pytest.fixture
async def patient(desk: Desk) -> Person:
    return await desk.somebody(Role.PATIENT)


def window(since: datetime, until: datetime, **more: str) -> str:
    return urlencode({"from": in_z(since), "to": in_z(until), **more})


async def slots_of(desk: Desk, who: Person, doctor: UUID, **more: str) -> list[dict[str, Any]]:
    path = f"/v1/doctors/{doctor}/slots?{window(soon(), soon() + DAY, **more)}"
    answer = await desk.get(who, path)
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


async def can_book(clinic: Clinic, doctor: UUID, start: datetime, service: str) -> bool:
    try:
        await clinic.check(doctor, start, datetime.now(start.tzinfo), service=service)
    except Refusal:
        return False
    return True


@pytest.mark.parametrize("service", ["CONSULTATION", "LONG"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
async def test_the_slots_are_those_that_the_booking_accepts(
    hospital: Hospital, patient: Person, service: str, zone: str
) -> None:
    doctor = await hospital.doctor(*daily("08:00", "10:00"), zone=zone)

    offered = await slots_of(hospital.desk, patient, doctor, service_type=service)

    starts = [soon() + number * QUARTER for number in range(24 * 4)]
    accepted = [
        in_z(start) for start in starts if await can_book(hospital.clinic, doctor, start, service)
    ]
    assert [slot["slot_start"] for slot in offered] == accepted
    assert {slot["timezone"] for slot in offered} == {zone}
    assert len(offered) == (4 if service == "CONSULTATION" else 3)


@pytest.mark.parametrize("held", [False, True])
async def test_a_slot_that_somebody_has_is_not_offered(
    hospital: Hospital, patient: Person, *, held: bool
) -> None:
    doctor = await hospital.doctor(*daily("08:00", "10:00"))
    await hospital.visit(doctor, at(8, 30), held=held)

    offered = await slots_of(hospital.desk, patient, doctor)

    assert [slot["slot_start"] for slot in offered] == [in_z(at(8)), in_z(at(9)), in_z(at(9, 30))]


async def test_nothing_is_told_of_who_has_a_slot(hospital: Hospital, patient: Person) -> None:
    doctor = await hospital.doctor()
    await hospital.visit(doctor, at(9))

    offered = await slots_of(hospital.desk, patient, doctor)

    assert {frozenset(slot) for slot in offered} == {
        frozenset({"doctor_id", "slot_start", "slot_end", "timezone"})
    }


async def test_without_times_it_is_the_next_week(hospital: Hospital, patient: Person) -> None:
    doctor = await hospital.doctor(*daily("08:00", "09:00"))

    data = (await hospital.desk.get(patient, f"/v1/doctors/{doctor}/slots")).json()["data"]

    days = {slot["slot_start"][:10] for slot in data}
    assert 6 <= len(days) <= 8
    assert data == sorted(data, key=lambda slot: slot["slot_start"])


async def test_removed_time_is_free_again_when_the_override_is_taken_back(
    hospital: Hospital,
) -> None:
    admin = await hospital.desk.somebody(Role.ADMIN)
    doctor = await hospital.doctor(*daily("08:00", "10:00"))
    path = f"/v1/doctors/{doctor}/overrides"
    away = {"date": soon().date().isoformat(), "is_available": False, "reason": "conference"}

    added = await hospital.desk.post(admin, path, away)
    while_away = await slots_of(hospital.desk, admin, doctor)
    listed = (await hospital.desk.get(admin, path)).json()["data"]
    gone = await hospital.desk.http.delete(added.headers["location"], headers=admin.headers)
    again = await slots_of(hospital.desk, admin, doctor)

    assert (added.status_code, gone.status_code) == (201, 200), added.text
    assert [override["reason"] for override in listed] == ["conference"]
    assert (len(while_away), len(again)) == (0, 4)
    assert (await hospital.desk.get(admin, path)).json() == {"data": []}


@pytest.mark.parametrize("path", ["/v1/doctors/{}/slots", "/v1/slots"])
async def test_a_month_and_a_moment_is_too_long(
    hospital: Hospital, patient: Person, path: str
) -> None:
    doctor = await hospital.doctor()
    month = timedelta(days=31)

    exact = await hospital.desk.get(
        patient, f"{path.format(doctor)}?{window(soon(), soon() + month)}"
    )
    more = await hospital.desk.get(
        patient, f"{path.format(doctor)}?{window(soon(), soon() + month + DAY / 86400)}"
    )

    assert exact.status_code == 200
    assert (more.status_code, more.json()["code"]) == (422, "range-too-long")


@pytest.mark.parametrize("name", ["patient_id", "status", "limit", "cursor"])
async def test_another_filter_of_slots_is_refused(
    hospital: Hospital, patient: Person, name: str
) -> None:
    doctor = await hospital.doctor()

    answer = await hospital.desk.get(patient, f"/v1/doctors/{doctor}/slots?{name}=1")

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-filter")


async def test_a_service_that_is_not_offered_is_unknown(
    hospital: Hospital, patient: Person
) -> None:
    doctor = await hospital.doctor()

    answer = await hospital.desk.get(patient, f"/v1/doctors/{doctor}/slots?service_type=MASSAGE")

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-reference")


async def test_a_doctor_who_is_not_there_has_no_slots(hospital: Hospital, patient: Person) -> None:
    answer = await hospital.desk.get(patient, f"/v1/doctors/{uuid4()}/slots")

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_the_next_slots_of_a_department_are_in_order_of_time(
    hospital: Hospital, patient: Person
) -> None:
    late, early = (
        await hospital.doctor(*daily("09:00", "10:00")),
        await hospital.doctor(*daily("08:30", "09:30")),
    )
    department = str(hospital.clinic.department_id)
    one_day = window(soon(), soon() + DAY, department_id=department)

    data = (await hospital.desk.get(patient, f"/v1/slots?{one_day}")).json()["data"]

    told = [(slot["slot_start"], slot["doctor_id"]) for slot in data]
    shared = sorted([str(late), str(early)])
    assert told == [
        (in_z(at(8, 30)), str(early)),
        *((in_z(at(9)), doctor) for doctor in shared),
        (in_z(at(9, 30)), str(late)),
    ]


async def test_no_doctor_matches_another_department(hospital: Hospital, patient: Person) -> None:
    await hospital.doctor()

    answer = await hospital.desk.get(patient, f"/v1/slots?department_id={uuid4()}")

    assert answer.json() == {"data": []}


async def test_the_next_slots_are_a_hundred_at_most(hospital: Hospital, patient: Person) -> None:
    await hospital.doctor(*daily("00:00", "00:00", 5))

    answer = await hospital.desk.get(patient, f"/v1/slots?{window(soon(), soon() + 30 * DAY)}")

    assert len(answer.json()["data"]) == 100


async def test_whoever_comes_too_late_is_offered_the_next_five(hospital: Hospital) -> None:
    doctor = await hospital.doctor(*daily("08:00", "11:00"))
    await hospital.visit(doctor, at(9))
    await hospital.visit(doctor, at(10))
    patient = await hospital.desk.somebody(Role.PATIENT)

    late = await hospital.desk.book(
        patient, a_booking(patient, doctor_id=str(doctor), slot_start=in_z(at(9)))
    )

    assert (late.status_code, late.json()["code"]) == (409, "slot-taken")
    starts = [slot["slot_start"] for slot in late.json()["alternatives"]]
    free_tomorrow = at(8) + DAY
    assert starts == [
        in_z(at(9, 30)),
        in_z(at(10, 30)),
        *(in_z(free_tomorrow + number * HALF_AN_HOUR) for number in range(3)),
    ]
