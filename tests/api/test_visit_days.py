"""The day of a visit: the patient comes, is seen, or is missed; and what is forgiven afterwards."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from activities.users.contract import Role
from tests.api.clerk import Booked, Clerk
from tests.api.desk import Desk, Person, code_of, pounds
from tests.api.fakes import FakeProcesses
from tests.api.hospital import DAY, Hospital
from tests.examples import an_offer
from workflows.complete_visit import Complete

MINUTE = timedelta(minutes=1)
GRACE_IS_OVER = 45 * MINUTE
"""Half an hour's visit, and a quarter of an hour's grace."""


@pytest.fixture
async def doctor(hospital: Hospital) -> Person:
    return await hospital.desk.somebody(Role.DOCTOR, doctor=await hospital.doctor())


async def begun(
    clerk: Clerk, doctor: Person, ago: timedelta, patient: UUID | None = None
) -> Booked:
    """Book a visit that began so long ago."""
    assert doctor.doctor_id
    start = datetime.now(UTC) - ago
    return await clerk.book(doctor.doctor_id, start, patient or uuid4(), an_offer(start))


async def test_a_patient_comes_and_is_seen(
    desk: Desk, clerk: Clerk, doctor: Person, reception: Person, processes: FakeProcesses
) -> None:
    visit = await begun(clerk, doctor, MINUTE)
    found = {"diagnosis": "bronchitis", "treatment": "rest", "doctor_notes": "anxious"}

    came = await desk.command(reception, f"{visit.path}/check-in")
    seen = await desk.command(doctor, f"{visit.path}/complete", found)

    assert (came.status_code, came.json()["status"]) == (200, "CHECKED_IN")
    assert came.json()["checked_in_at"]
    assert (seen.status_code, seen.json()["status"]) == (200, "COMPLETED")
    assert seen.headers["etag"] == '"v3"'
    assert "anxious" not in seen.text
    check_in, complete = processes.asked
    assert check_in.id.startswith(f"checkin-{visit.visit.appointment_id}-")
    assert complete.request == Complete(appointment_id=visit.visit.appointment_id, **found)
    assert (await desk.get(doctor, visit.path)).json()["diagnosis"] == "bronchitis"


async def test_another_doctor_completes_nothing(
    hospital: Hospital, clerk: Clerk, doctor: Person
) -> None:
    visit = await begun(clerk, doctor, MINUTE)
    other = await hospital.desk.somebody(Role.DOCTOR)

    answer = await hospital.desk.command(other, f"{visit.path}/complete")

    assert code_of(answer) == (404, "not-found")


async def test_who_has_not_come_was_not_seen(desk: Desk, clerk: Clerk, doctor: Person) -> None:
    visit = await begun(clerk, doctor, MINUTE)

    answer = await desk.command(doctor, f"{visit.path}/complete")

    assert code_of(answer) == (409, "wrong-state")
    assert answer.json()["current_status"] == "BOOKED"


async def test_nobody_checks_in_days_before(desk: Desk, reception: Person, booked: Booked) -> None:
    answer = await desk.command(reception, f"{booked.path}/check-in")

    assert code_of(answer) == (409, "wrong-state")
    assert (await desk.get(reception, booked.path)).json()["status"] == "BOOKED"


async def test_a_missed_visit_keeps_its_consultation(
    desk: Desk, clerk: Clerk, doctor: Person, reception: Person
) -> None:
    visit = await begun(clerk, doctor, GRACE_IS_OVER + MINUTE)

    missed = await desk.command(reception, f"{visit.path}/no-show")

    bill = (await desk.get(reception, f"/v1/bills/{visit.bill.bill_id}")).json()
    assert (missed.status_code, missed.json()["status"]) == (200, "NO_SHOW")
    assert "refunds" not in missed.json()
    assert bill["balance"] == pounds("105.00")
    assert bill["adjustments"][0]["fee_kept"] == pounds("105.00")


async def test_a_patient_may_still_come_within_the_grace(
    desk: Desk, clerk: Clerk, doctor: Person, reception: Person
) -> None:
    visit = await begun(clerk, doctor, GRACE_IS_OVER - MINUTE)

    answer = await desk.command(reception, f"{visit.path}/no-show")

    assert code_of(answer) == (409, "too-early-for-no-show")
    assert (await desk.get(reception, visit.path)).json()["status"] == "BOOKED"


async def test_a_fee_that_was_paid_goes_back_when_it_is_forgiven(
    desk: Desk, clerk: Clerk, doctor: Person, reception: Person
) -> None:
    visit = await begun(clerk, doctor, GRACE_IS_OVER + MINUTE)
    payment = await clerk.pay(visit)
    billing = await desk.somebody(Role.BILLING)
    await desk.command(reception, f"{visit.path}/no-show")

    waived = await desk.command(billing, f"{visit.path}/waive", {"reason": "the bus broke down"})
    again = await desk.command(billing, f"{visit.path}/waive", {"reason": "twice"})

    (part,) = waived.json()["refunds"]
    assert (waived.status_code, waived.json()["status"]) == (200, "NO_SHOW")
    assert (part["payment_id"], part["amount"]) == (str(payment), pounds("105.00"))
    assert code_of(again) == (409, "wrong-state")


async def test_after_its_window_nothing_is_forgiven(
    desk: Desk, clerk: Clerk, doctor: Person, reception: Person
) -> None:
    visit = await begun(clerk, doctor, 8 * DAY)
    marked_at = datetime.now(UTC) - 7 * DAY - MINUTE
    clerk.clock = lambda: marked_at
    await desk.command(reception, f"{visit.path}/no-show")
    clerk.clock = lambda: datetime.now(UTC)

    answer = await desk.command(reception, f"{visit.path}/waive", {"reason": "too late"})

    assert code_of(answer) == (409, "waive-window-closed")
    bill = (await desk.get(reception, f"/v1/bills/{visit.bill.bill_id}")).json()
    assert bill["balance"] == pounds("105.00")


async def test_what_was_not_missed_is_not_forgiven(
    desk: Desk, reception: Person, booked: Booked
) -> None:
    answer = await desk.command(reception, f"{booked.path}/waive", {"reason": "no reason"})

    assert code_of(answer) == (409, "wrong-state")
    assert answer.json()["current_status"] == "BOOKED"


async def test_a_fee_is_forgiven_for_a_reason_and_under_a_key(
    desk: Desk, reception: Person, booked: Booked, processes: FakeProcesses
) -> None:
    path = f"{booked.path}/waive"

    without_key = await desk.post(reception, path, {"reason": "x"})
    without_reason = await desk.command(reception, path)

    assert code_of(without_key) == (400, "idempotency-key-required")
    assert without_reason.json()["errors"][0]["pointer"] == "/reason"
    assert processes.asked == []


@pytest.mark.parametrize("verb", ["check-in", "no-show"])
async def test_what_needs_no_key_is_taken_without_one_and_with_an_empty_body(
    desk: Desk, reception: Person, booked: Booked, processes: FakeProcesses, verb: str
) -> None:
    await desk.http.post(f"{booked.path}/{verb}", headers=reception.headers)
    await desk.post(reception, f"{booked.path}/{verb}", {})
    refused = await desk.post(reception, f"{booked.path}/{verb}", {"at": "nine"})

    assert len(processes.asked) == 2
    assert code_of(refused) == (422, "validation-failed")


@pytest.mark.parametrize(
    "body",
    [
        {"diagnosis": ""},
        {"notes": "x" * 2001},
        {"doctor_notes": "a\0b"},
        {"follow_up_date": "2026-02-30"},
        {"treatment": 5},
        {"prescription": "rest"},
    ],
)
async def test_only_the_documented_form_of_findings_is_taken(
    desk: Desk, clerk: Clerk, doctor: Person, processes: FakeProcesses, body: dict[str, Any]
) -> None:
    visit = await begun(clerk, doctor, MINUTE)

    answer = await desk.command(doctor, f"{visit.path}/complete", body)

    assert code_of(answer) == (422, "validation-failed")
    assert processes.asked == []
