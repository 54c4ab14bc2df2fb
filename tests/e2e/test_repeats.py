"""Asking twice is asking once: whatever is repeated, and whoever repeats it."""

import asyncio
from functools import partial

import pytest

from tests.e2e.desk import card, settled
from tests.e2e.hospital import Hospital

OFTEN = 20
LOST_ANSWERS = ("timeout-after", "500-stored", "500-after", "garbage")


async def test_a_booking_sent_twenty_times_is_one(hospital: Hospital) -> None:
    wish = hospital.wish(card())

    answers = await asyncio.gather(*(hospital.desk.settled(wish) for _ in range(OFTEN)))
    visit = answers[0].json()["id"]
    outcome = await hospital.outcome(visit)
    later = await hospital.desk.settled(wish)
    other = await hospital.desk.book(wish, symptoms="another cough")

    assert {answer.status_code for answer in [*answers, later]} == {201}
    assert all(answer.json() == later.json() for answer in answers)
    assert later.headers["Idempotency-Replayed"] == "true"
    assert outcome == "O-02"
    rows = await hospital.databases.rows(
        "appointments",
        "SELECT appointment_id FROM app.appointments WHERE patient_id = $1",
        wish.patient,
    )
    assert [str(row["appointment_id"]) for row in rows] == [visit]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_a_payment_sent_twenty_times_charges_once(hospital: Hospital) -> None:
    visit = (await hospital.desk.settled(hospital.wish({"mode": "prepaid"}))).json()["id"]

    answers = await asyncio.gather(
        *(settled(partial(hospital.desk.pay, visit, key=f"pay-{visit}")) for _ in range(OFTEN))
    )

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["status"] for answer in answers} == {"BOOKED"}
    assert await hospital.outcome(visit) == "O-02"
    account = await hospital.account_of(visit)
    assert await hospital.gateway.captures(account.id) == 1


@pytest.mark.parametrize("kind", LOST_ANSWERS)
async def test_a_charge_whose_answer_is_lost_is_made_once(hospital: Hospital, kind: str) -> None:
    wish = hospital.wish(card())
    await hospital.gateway.fail("capture", kind)

    booked = await hospital.desk.settled(wish)

    told = booked.json()
    assert (booked.status_code, told["status"]) == (201, "BOOKED")
    assert await hospital.outcome(told["id"]) == "O-02"
    account = await hospital.account_of(told["id"])
    assert (account.captured, account.refunded) == (10_500, 0)
    assert await hospital.gateway.captures(account.id) == (0 if kind == "500-after" else 1)
    await hospital.check_books()
