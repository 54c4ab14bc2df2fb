"""Booked visits are moved: what is asked of the process, and what the client gets."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response

from activities.contract import By
from tests.api.clerk import DECLINED, Booked, Clerk
from tests.api.desk import Desk, Person, code_of, in_z, pounds
from tests.api.fakes import Asked, FakeProcesses, refused
from tests.api.hospital import DAY, ELEVEN, NINE, TEN, Hospital
from tests.examples import HALF_AN_HOUR, an_offer
from workflows.reschedule_appointment import Reschedule
from workflows.saga_workflow import Outcome, Status

MINUTE = timedelta(minutes=1)


def to(start: datetime, **more: object) -> dict[str, object]:
    return {"slot_start": start.isoformat(), **more}


async def move(desk: Desk, who: Person, visit: Booked, body: object, **headers: str) -> Response:
    return await desk.command(who, f"{visit.path}/reschedule", body, **headers)


async def test_a_moved_visit_is_shown_where_it_is_now(
    desk: Desk, patient: Person, booked: Booked
) -> None:
    moved = await move(desk, patient, booked, to(TEN, reason="work"))

    read = await desk.get(patient, booked.path)
    told = moved.json()
    assert moved.status_code == 200, moved.text
    assert (told["status"], told["reschedule_count"]) == ("BOOKED", 1)
    assert told["slot_start"] == in_z(TEN)
    assert told["version"] == 3
    assert moved.headers["etag"] == read.headers["etag"] == '"v3"'
    assert "refunds" not in told
    assert told["bill_id"] == str(booked.bill.bill_id)


async def test_a_move_asks_for_the_visit_as_it_shall_be(
    hospital: Hospital, reception: Person, booked: Booked
) -> None:
    other = await hospital.doctor()
    sent = to(TEN, doctor_id=str(other), by="hospital", reason="the doctor is ill")

    await move(hospital.desk, reception, booked, sent, **{"X-Correlation-ID": "d2"})

    (wanted,) = hospital.processes.asked
    request = wanted.request
    assert isinstance(request, Reschedule)
    shall_be = booked.visit.model_copy(update={"doctor_id": other, "slot_start": TEN})
    assert request.visit == shall_be
    assert (request.by, request.reason) == (By.HOSPITAL, "the doctor is ill")
    assert wanted.id.startswith(f"reschedule-{booked.visit.appointment_id}-")
    assert wanted.about["AppointmentId"] == str(booked.visit.appointment_id)
    assert wanted.correlation_id == "d2"


async def test_a_cheaper_visit_gives_back_the_difference(
    hospital: Hospital, clerk: Clerk, patient: Person, booked: Booked
) -> None:
    payment = await clerk.pay(booked)
    cheaper = await hospital.doctor(fee="80.00")

    moved = await move(hospital.desk, patient, booked, to(TEN, doctor_id=str(cheaper)))

    (part,) = moved.json()["refunds"]
    assert (part["payment_id"], part["amount"]) == (str(payment), pounds("21.00"))
    assert (part["status"], part["processed_at"]) == ("PENDING", None)


async def test_a_dearer_visit_needs_a_card_that_is_not_declined(
    hospital: Hospital, clerk: Clerk, patient: Person, booked: Booked
) -> None:
    await clerk.pay(booked)
    dearer = await hospital.doctor(fee="150.00")
    sent = to(TEN, doctor_id=str(dearer))

    without = await move(hospital.desk, patient, booked, sent)
    declined = await move(hospital.desk, patient, booked, {**sent, "payment_method": DECLINED})
    stands = (await hospital.desk.get(patient, booked.path)).json()
    paid = await move(hospital.desk, patient, booked, {**sent, "payment_method": "pm_card_visa"})

    assert [answer.status_code for answer in (without, declined)] == [402, 402]
    assert declined.json()["decline_code"] == "insufficient_funds"
    assert "nobody said how that is paid" in without.json()["detail"]
    assert "stands as it was" in declined.json()["detail"]
    assert "nothing was charged" in declined.json()["detail"]
    assert (stands["doctor_id"], stands["reschedule_count"]) == (str(booked.visit.doctor_id), 0)
    assert (paid.status_code, paid.json()["doctor_id"]) == (200, str(dearer))


async def test_a_slot_that_is_gone_is_answered_with_others(
    desk: Desk, clerk: Clerk, patient: Person, booked: Booked
) -> None:
    await clerk.book(booked.visit.doctor_id, TEN, uuid4())

    taken = await move(desk, patient, booked, to(TEN))

    assert code_of(taken) == (409, "slot-taken")
    assert "stands as it was" in taken.json()["detail"]
    assert [slot["slot_start"] for slot in taken.json()["alternatives"]][:1] == [
        in_z(TEN + HALF_AN_HOUR)
    ]
    assert (await desk.get(patient, booked.path)).json()["reschedule_count"] == 0


async def test_a_slot_that_was_lost_after_its_payment_says_what_becomes_of_the_money(
    desk: Desk, patient: Person, processes: FakeProcesses, booked: Booked
) -> None:
    async def lose(_: Asked) -> Outcome[Any]:
        return refused("hold-expired")

    processes.book = lose

    lost = await move(desk, patient, booked, to(TEN))

    assert code_of(lost) == (410, "hold-expired")
    assert "given back" in lost.json()["detail"]


async def test_a_move_onto_itself_to_the_past_or_elsewhere_changes_nothing(
    hospital: Hospital, patient: Person, booked: Booked
) -> None:
    desk = hospital.desk
    surgeon = await hospital.doctor(department="Surgery")
    moves = {
        (422, "validation-failed"): to(NINE),
        (422, "slot-not-offered"): to(NINE + MINUTE),
        (422, "lead-time"): to(NINE - 7 * DAY),
        (422, "department-mismatch"): to(TEN, doctor_id=str(surgeon)),
        (422, "unknown-reference"): to(TEN, doctor_id=str(uuid4())),
    }

    for expected, body in moves.items():
        answer = await move(desk, patient, booked, body)

        assert code_of(answer) == expected, answer.text
    read = (await desk.get(patient, booked.path)).json()
    assert (read["version"], read["slot_start"][:16]) == (1, NINE.isoformat()[:16])


async def test_a_move_that_names_what_is_not_there_points_at_it(
    desk: Desk, patient: Person, booked: Booked
) -> None:
    itself = await move(desk, patient, booked, to(NINE))
    nobody = await move(desk, patient, booked, to(TEN, doctor_id=str(uuid4())))

    assert itself.json()["errors"][0]["pointer"] == "/slot_start"
    assert itself.json()["errors"][0]["detail"] == "The visit begins then already."
    assert nobody.json()["errors"][0]["pointer"] == "/doctor_id"


async def test_the_third_move_is_refused(desk: Desk, patient: Person, booked: Booked) -> None:
    for start in (TEN, ELEVEN):
        assert (await move(desk, patient, booked, to(start))).status_code == 200

    third = await move(desk, patient, booked, to(NINE))

    assert code_of(third) == (409, "reschedule-limit-reached")


async def test_a_visit_that_begins_too_soon_is_not_moved(
    hospital: Hospital, clerk: Clerk, patient: Person
) -> None:
    assert patient.patient_id
    soon = datetime.now(UTC) + 59 * MINUTE
    visit = await clerk.book(await hospital.doctor(), soon, patient.patient_id, an_offer(soon))

    late = await move(hospital.desk, patient, visit, to(TEN))

    assert code_of(late) == (409, "too-late-to-reschedule")


async def test_a_visit_that_is_being_changed_is_left_alone_and_may_be_asked_for_again(
    desk: Desk, clerk: Clerk, patient: Person, processes: FakeProcesses, booked: Booked
) -> None:
    async def be_busy(_: Asked) -> Outcome[Any]:
        return refused("appointment-busy")

    key = {"Idempotency-Key": "desk-2"}
    processes.book = be_busy
    busy = await move(desk, patient, booked, to(TEN), **key)
    processes.book = clerk.end

    again = await move(desk, patient, booked, to(TEN), **key)

    assert code_of(busy) == (409, "appointment-busy")
    assert busy.json()["retryable"] is True
    assert again.status_code == 200
    assert processes.asked[0].id != processes.asked[1].id


async def test_the_same_key_moves_once(
    desk: Desk, patient: Person, processes: FakeProcesses, booked: Booked
) -> None:
    key = {"Idempotency-Key": "desk-3"}

    first = await move(desk, patient, booked, to(TEN), **key)
    again = await move(desk, patient, booked, to(TEN), **key)

    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert len(processes.asked) == 1


async def test_who_does_not_wait_for_a_move_follows_it(
    desk: Desk, patient: Person, processes: FakeProcesses, booked: Booked
) -> None:
    answer = await move(desk, patient, booked, to(TEN), Prefer="respond-async")

    told = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/sagas/{processes.asked[0].id}"
    assert (told["type"], told["state"]) == ("RescheduleAppointment", "RUNNING")
    assert told["links"]["resource"] == booked.path


async def test_a_move_that_stands_before_a_person_is_followed_too(
    desk: Desk, patient: Person, processes: FakeProcesses, booked: Booked
) -> None:
    async def park(_: Asked) -> Outcome[Any]:
        return Outcome(status=Status.NEEDS_ATTENTION)

    processes.book = park

    answer = await move(desk, patient, booked, to(TEN))

    assert (answer.status_code, answer.json()["state"]) == (202, "NEEDS_ATTENTION")


async def test_a_stale_version_moves_nothing(
    desk: Desk, patient: Person, processes: FakeProcesses, booked: Booked
) -> None:
    stale = await move(desk, patient, booked, to(TEN), **{"If-Match": '"v7"'})
    fresh = await move(desk, patient, booked, to(TEN), **{"If-Match": '"v1"'})

    assert code_of(stale) == (412, "version-mismatch")
    assert fresh.status_code == 200
    assert len(processes.asked) == 1


async def test_a_patient_speaks_for_nobody_but_themselves(
    desk: Desk, patient: Person, processes: FakeProcesses, booked: Booked
) -> None:
    answer = await move(desk, patient, booked, to(TEN, by="hospital"))

    assert code_of(answer) == (403, "not-allowed")
    assert processes.asked == []


async def test_a_move_without_a_key_is_refused(desk: Desk, patient: Person, booked: Booked) -> None:
    answer = await desk.post(patient, f"{booked.path}/reschedule", to(TEN))

    assert code_of(answer) == (400, "idempotency-key-required")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/slot_start"),
        ({"slot_start": "2026-12-01"}, "/slot_start"),
        (to(TEN, doctor_id="1"), "/doctor_id"),
        (to(TEN, by="system"), "/by"),
        (to(TEN, reason=""), "/reason"),
        (to(TEN, payment_method="pm 1"), "/payment_method"),
        (to(TEN, department_id=str(uuid4())), ""),
    ],
)
async def test_only_the_documented_form_of_a_move_is_taken(  # noqa: PLR0913, PLR0917 - fixtures
    desk: Desk,
    patient: Person,
    processes: FakeProcesses,
    booked: Booked,
    body: dict[str, object],
    pointer: str,
) -> None:
    answer = await move(desk, patient, booked, body)

    assert code_of(answer) == (422, "validation-failed")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert processes.asked == []
