"""Visits are cancelled: who may, what it costs, and what is told before."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response

from activities.contract import By
from activities.users.contract import Role
from tests.api.clerk import Booked, Clerk
from tests.api.desk import Desk, Person, code_of, pounds
from tests.api.fakes import Asked, FakeProcesses, refused
from tests.api.hospital import NINE, TEN, Hospital
from tests.examples import an_offer
from workflows.cancel_appointment import Cancel
from workflows.saga_workflow import Outcome

MINUTE, TWO_HOURS = timedelta(minutes=1), timedelta(hours=2)


def by(who: str, **more: object) -> dict[str, object]:
    return {"by": who, "reason": "feeling better", **more}


async def cancel(desk: Desk, who: Person, visit: Booked, body: object, **headers: str) -> Response:
    return await desk.command(who, f"{visit.path}/cancel", body, **headers)


async def ask(desk: Desk, who: Person, visit: Booked, query: str = "") -> Response:
    return await desk.get(who, f"{visit.path}/cancellation-quote{query}")


@pytest.fixture
async def soon(hospital: Hospital, clerk: Clerk, patient: Person) -> Booked:
    """Book a visit that begins within the two hours, and pay for it."""
    assert patient.patient_id
    start = datetime.now(UTC) + 90 * MINUTE
    visit = await clerk.book(await hospital.doctor(), start, patient.patient_id, an_offer(start))
    await clerk.pay(visit)
    return visit


async def test_a_quote_says_what_it_costs_and_changes_nothing(
    desk: Desk, patient: Person, processes: FakeProcesses, soon: Booked
) -> None:
    told = (await ask(desk, patient, soon, "?by=patient")).json()

    start = soon.visit.slot_start
    assert told.pop("as_of").endswith("Z")
    assert told == {
        "appointment_id": str(soon.visit.appointment_id),
        "rule": "late-cancellation",
        "fee_percent": 50,
        "paid": pounds("105.00"),
        "fee_base": pounds("105.00"),
        "fee": pounds("52.50"),
        "refund": pounds("52.50"),
        "free_until": (start - TWO_HOURS).isoformat().replace("+00:00", "Z"),
        "refused_from": start.isoformat().replace("+00:00", "Z"),
    }
    assert processes.asked == []
    assert (await desk.get(patient, soon.path)).json()["status"] == "BOOKED"


async def test_what_was_quoted_is_what_is_charged(
    desk: Desk, patient: Person, soon: Booked
) -> None:
    told = (await ask(desk, patient, soon)).json()

    answer = await cancel(desk, patient, soon, by("patient", accept_fee=told["fee"]))

    cancelled = answer.json()
    assert (answer.status_code, cancelled["status"]) == (200, "CANCELLED"), answer.text
    assert cancelled["cancelled_by"] == "PATIENT"
    assert cancelled["cancellation"]["fee"] == told["fee"] == pounds("52.50")
    assert cancelled["cancellation"]["rule"] == told["rule"]
    (refund,) = cancelled["cancellation"]["refunds"]
    assert (refund["amount"], refund["status"]) == (told["refund"], "PENDING")
    assert "refunds" not in cancelled


async def test_for_the_hospitals_sake_everything_goes_back(
    desk: Desk, reception: Person, soon: Booked
) -> None:
    told = (await ask(desk, reception, soon, "?by=hospital")).json()
    cancelled = (await cancel(desk, reception, soon, by("hospital"))).json()

    assert (told["rule"], told["fee"], told["refund"]) == (
        "hospital",
        pounds("0.00"),
        pounds("105.00"),
    )
    assert (told["free_until"], told["refused_from"]) == (None, None)
    assert cancelled["cancelled_by"] == "HOSPITAL"
    assert cancelled["cancellation"]["fee"] == pounds("0.00")


async def test_a_visit_whose_bill_is_still_being_written_is_quoted_by_its_terms(
    hospital: Hospital, reception: Person
) -> None:
    start = datetime.now(UTC) + 90 * MINUTE
    visit = await hospital.visit(await hospital.doctor(), start)

    told = await hospital.desk.get(reception, f"/v1/appointments/{visit}/cancellation-quote")

    assert told.json()["fee"] == pounds("52.50")
    assert (told.json()["paid"], told.json()["refund"]) == (pounds("0.00"), pounds("0.00"))


async def test_it_costs_no_more_than_was_accepted(
    desk: Desk, patient: Person, soon: Booked
) -> None:
    answer = await cancel(desk, patient, soon, by("patient", accept_fee=pounds("52.49")))

    assert code_of(answer) == (409, "quote-changed")
    assert answer.json()["quote"]["fee"] == pounds("52.50")
    assert answer.json()["quote"]["rule"] == "late-cancellation"
    assert (await desk.get(patient, soon.path)).json()["status"] == "BOOKED"


async def test_nothing_may_be_accepted_as_a_fee(
    desk: Desk, patient: Person, booked: Booked
) -> None:
    answer = await cancel(desk, patient, booked, by("patient", accept_fee=pounds("0.00")))

    assert (answer.status_code, answer.json()["cancellation"]["rule"]) == (200, "free")


async def test_a_process_that_settled_no_bill_says_no_fee(
    desk: Desk, clerk: Clerk, patient: Person, processes: FakeProcesses, booked: Booked
) -> None:
    async def leave_it_to_a_person(wanted: Asked) -> Outcome[Any]:
        outcome = await clerk.end(wanted)
        assert outcome.result
        bare = outcome.result.model_copy(update={"fee": None, "rule": None, "refunds": ()})
        return outcome.model_copy(update={"result": bare})

    processes.book = leave_it_to_a_person

    answer = await cancel(desk, patient, booked, by("patient"))

    assert answer.json()["cancellation"] == {"fee": None, "rule": None, "refunds": []}


@pytest.mark.parametrize(
    ("role", "said", "expected"),
    [
        (Role.PATIENT, "patient", 200),
        (Role.PATIENT, "hospital", 403),
        (Role.DOCTOR, "patient", 403),
        (Role.DOCTOR, "hospital", 200),
        (Role.RECEPTIONIST, "patient", 200),
        (Role.RECEPTIONIST, "hospital", 200),
        (Role.ADMIN, "hospital", 200),
    ],
)
async def test_who_may_speak_for_whom(
    desk: Desk, booked: Booked, role: Role, said: str, expected: int
) -> None:
    who = await desk.somebody(role, patient=booked.visit.patient_id, doctor=booked.visit.doctor_id)

    quoted = await ask(desk, who, booked, f"?by={said}")
    cancelled = await cancel(desk, who, booked, by(said))

    assert (quoted.status_code, cancelled.status_code) == (expected, expected)
    if expected == 403:
        assert code_of(cancelled) == (403, "not-allowed")


async def test_a_doctor_sees_no_money_of_the_patients(desk: Desk, soon: Booked) -> None:
    doctor = await desk.somebody(Role.DOCTOR, doctor=soon.visit.doctor_id)

    quoted = (await ask(desk, doctor, soon)).json()
    cancelled = (await cancel(desk, doctor, soon, by("hospital"))).json()

    assert quoted["rule"] == "hospital"
    assert (quoted["paid"], quoted["refund"], quoted["fee_base"]) == (None, None, None)
    assert cancelled["cancellation"]["refunds"] is None


async def test_what_is_over_is_neither_quoted_nor_cancelled(
    desk: Desk, patient: Person, booked: Booked
) -> None:
    await cancel(desk, patient, booked, by("patient"))

    quoted = await ask(desk, patient, booked)
    again = await cancel(desk, patient, booked, by("patient"))

    for answer in (quoted, again):
        assert code_of(answer) == (409, "wrong-state")
        assert answer.json()["current_status"] == "CANCELLED"


async def test_a_visit_that_has_begun_is_cancelled_by_the_hospital_alone(
    hospital: Hospital, clerk: Clerk, reception: Person
) -> None:
    start = datetime.now(UTC) - MINUTE
    visit = await clerk.book(await hospital.doctor(), start, uuid4(), an_offer(start))
    desk = hospital.desk

    quoted = await ask(desk, reception, visit, "?by=patient")
    refused_to_patient = await cancel(desk, reception, visit, by("patient"))
    granted = await cancel(desk, reception, visit, by("hospital"))

    assert code_of(quoted) == code_of(refused_to_patient) == (409, "visit-started")
    assert granted.status_code == 200


@pytest.mark.usefixtures("clerk")
async def test_a_held_visit_is_released_and_not_cancelled(
    hospital: Hospital, reception: Person
) -> None:
    held = await hospital.visit(await hospital.doctor(), NINE, held=True)
    path = f"/v1/appointments/{held}"

    quoted = await hospital.desk.get(reception, f"{path}/cancellation-quote")
    answer = await hospital.desk.command(reception, f"{path}/cancel", by("patient"))

    for problem in (quoted, answer):
        assert code_of(problem) == (409, "wrong-state")
        assert problem.json()["current_status"] == "HELD"


async def test_another_fee_than_was_accepted_by_then_is_told_by_a_new_quote(
    desk: Desk, patient: Person, processes: FakeProcesses, booked: Booked
) -> None:
    async def change_the_quote(_: Asked) -> Outcome[Any]:
        return refused("quote-changed")

    processes.book = change_the_quote

    answer = await cancel(desk, patient, booked, by("patient"))

    assert answer.json()["quote"]["rule"] == "free"


async def test_the_same_key_cancels_once(
    desk: Desk, patient: Person, processes: FakeProcesses, booked: Booked
) -> None:
    key = {"Idempotency-Key": "c-91"}

    first = await cancel(desk, patient, booked, by("patient"), **key)
    again = await cancel(desk, patient, booked, by("patient"), **key)

    assert again.json() == first.json()
    (wanted,) = processes.asked
    assert isinstance(wanted.request, Cancel)
    assert (wanted.request.by, wanted.request.reason) == (By.PATIENT, "feeling better")
    assert wanted.id.startswith(f"cancel-{booked.visit.appointment_id}-")


async def test_who_does_not_wait_for_a_cancellation_follows_it(
    desk: Desk, patient: Person, booked: Booked
) -> None:
    answer = await cancel(desk, patient, booked, by("patient"), Prefer="respond-async")

    assert (answer.status_code, answer.json()["type"]) == (202, "CancelAppointment")


async def test_what_is_not_theirs_looks_like_what_is_not_there(
    desk: Desk, booked: Booked, processes: FakeProcesses
) -> None:
    other = await desk.somebody(Role.PATIENT)
    same = {"X-Correlation-ID": "the-same"}
    nowhere = f"/v1/appointments/{uuid4()}"

    for verb, body in (
        ("cancel", by("patient")),
        ("reschedule", {"slot_start": TEN.isoformat()}),
    ):
        foreign = await desk.command(other, f"{booked.path}/{verb}", body, **same)
        missing = await desk.command(other, f"{nowhere}/{verb}", body, **same)
        assert (foreign.status_code, foreign.content) == (404, missing.content)
    quoted = await desk.get(other, f"{booked.path}/cancellation-quote", **same)
    unknown = await desk.get(other, f"{nowhere}/cancellation-quote", **same)
    assert (quoted.status_code, quoted.content) == (404, unknown.content)
    assert processes.asked == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"reason": "x"}, "/by"),
        ({"by": "patient"}, "/reason"),
        (by("PATIENT"), "/by"),
        (by("patient", reason="a\0b"), "/reason"),
        (by("patient", accept_fee="52.50"), "/accept_fee"),
        (by("patient", accept_fee=pounds("-1")), "/accept_fee/amount"),
        (by("patient", accept_fee=pounds("52.505")), "/accept_fee/amount"),
        (by("patient", accept_fee={"amount": "1", "currency": "XXY"}), "/accept_fee/currency"),
        (by("patient", accept_fee={"amount": "1.5", "currency": "JPY"}), "/accept_fee"),
    ],
)
async def test_only_the_documented_form_of_a_cancellation_is_taken(  # noqa: PLR0913, PLR0917 - fixtures
    desk: Desk,
    patient: Person,
    processes: FakeProcesses,
    booked: Booked,
    body: dict[str, object],
    pointer: str,
) -> None:
    answer = await cancel(desk, patient, booked, body)

    assert code_of(answer) == (422, "validation-failed")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert processes.asked == []


@pytest.mark.parametrize("query", ["?by=PATIENT", "?by=system", "?for=patient"])
async def test_another_question_about_a_cancellation_is_refused(
    desk: Desk, patient: Person, booked: Booked, query: str
) -> None:
    assert code_of(await ask(desk, patient, booked, query)) == (422, "unknown-filter")
