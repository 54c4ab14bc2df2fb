"""A part is away for a while: whoever asks gets an honest answer, and nothing is lost."""

import asyncio
import signal

import pytest
from httpx2 import Response

from tests.e2e.desk import LATER, OPEN_ENDS, Wish, card
from tests.e2e.hospital import Hospital

SOON = "wait=2"
BACK_WITHIN = 60.0


@pytest.mark.parametrize("part", ["worker-payments", "payments"])
async def test_without_payments_visits_are_booked_and_payments_wait(
    hospital: Hospital, part: str
) -> None:
    later, prepaid = hospital.wish(LATER), hospital.wish(card())

    async with hospital.stack.without(part):
        booked = await hospital.desk.book(later)
        waits = await hospital.desk.book(prepaid, SOON)
    paid = await hospital.desk.settled(prepaid, BACK_WITHIN)

    assert (booked.status_code, booked.json()["status"]) == (201, "BOOKED")
    assert (waits.status_code, waits.headers["Retry-After"]) == (202, "1")
    assert waits.json()["links"]["resource"] == f"/v1/appointments/{paid.json()['id']}"
    assert (paid.status_code, paid.json()["status"]) == (201, "BOOKED")
    assert await hospital.outcome(paid.json()["id"]) == "O-02"
    assert await hospital.outcome(booked.json()["id"]) == "O-01"


@pytest.mark.parametrize(
    ("part", "by"), [("postgres", signal.SIGINT), ("temporal", signal.SIGKILL)]
)
async def test_what_stands_under_everything_goes_away_and_comes_back(
    hospital: Hospital, part: str, by: signal.Signals
) -> None:
    wishes = [hospital.wish(payment) for payment in (LATER, card()) * 4]
    asked = [asyncio.create_task(hospital.desk.book(wish, SOON)) for wish in wishes]
    await asyncio.sleep(0.15)  # Some are at their first step, some further.
    wishes.append(hospital.wish(LATER))

    async with hospital.stack.without(part, by=by):
        answers = [*await asyncio.gather(*asked), await hospital.desk.book(wishes[-1], SOON)]
    booked = await asyncio.gather(*(hospital.desk.settled(w, BACK_WITHIN) for w in wishes))

    assert {answer.status_code for answer in answers} <= {201, *OPEN_ENDS}
    assert answers[-1].status_code in OPEN_ENDS
    assert all("Retry-After" in a.headers for a in answers if a.status_code in OPEN_ENDS)
    assert {answer.status_code for answer in booked} == {201}
    for wish, answer in zip(wishes, booked, strict=True):
        await expect_one_visit(hospital, wish, answer)
    await hospital.check_books()


async def expect_one_visit(hospital: Hospital, wish: Wish, answer: Response) -> None:
    expected = "O-01" if wish.payment == LATER else "O-02"
    assert await hospital.outcome(answer.json()["id"]) == expected
    visits = await hospital.databases.rows(
        "appointments",
        "SELECT appointment_id::text AS id FROM app.appointments WHERE patient_id = $1",
        wish.patient,
    )
    assert visits == [{"id": answer.json()["id"]}]
