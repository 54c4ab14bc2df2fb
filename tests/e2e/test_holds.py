"""Slots that are held for a minute, and what is left of them when it is over."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from httpx2 import Response

from tests.e2e.desk import HELD, Wish
from tests.e2e.hospital import Hospital

LAST_MOMENT = timedelta(seconds=1.5)
SLOW = 4.0
"""Seconds that the gateway takes to capture: the hold is over then, our call's patience is not."""


@dataclass(frozen=True)
class Hold:
    """A slot that is held, by whom, and until when."""

    wish: Wish
    visit: str
    until: datetime

    async def ends_in(self, moment: timedelta = timedelta()) -> None:
        await asyncio.sleep((self.until - moment - datetime.now(UTC)).total_seconds())


async def held(hospital: Hospital) -> Hold:
    wish = hospital.wish(HELD)
    told = (await hospital.desk.settled(wish)).json()
    return Hold(wish, told["id"], datetime.fromisoformat(told["hold_expires_at"]))


async def nobody_pays(hospital: Hospital, hold: Hold) -> None:
    account = await hospital.account_of(hold.visit)
    await hold.ends_in()

    assert await hospital.outcome(hold.visit) == "O-05"
    late = await hospital.desk.paid(hold.visit)
    assert (late.status_code, late.json()["code"]) == (410, "hold-expired")
    account = await hospital.account_of(hold.visit)
    assert (account.status, account.authorised) == ("canceled", 0)
    again = await hospital.desk.settled(hospital.wish(slot=hold.wish.slot))
    assert again.status_code == 201
    read = await hospital.desk.get(f"/v1/appointments/{hold.visit}")
    assert read.json()["status"] == "EXPIRED"


async def paid_too_late(hospital: Hospital, hold: Hold) -> Response:
    """Pay in the last moment, and have the money taken when the hold is over."""
    await hospital.gateway.fail("capture", "slow", process=f"book-{hold.visit}", seconds=SLOW)
    await hold.ends_in(LAST_MOMENT)
    paid = await hospital.desk.paid(hold.visit)
    assert datetime.now(UTC) > hold.until
    return paid


async def late_money_books_a_slot_that_is_still_free(hospital: Hospital, hold: Hold) -> None:
    paid = await paid_too_late(hospital, hold)

    assert (paid.status_code, paid.json()["status"]) == (200, "BOOKED")
    assert await hospital.outcome(hold.visit) in {"O-02", "O-06"}
    assert (await hospital.account_of(hold.visit)).net > 0


async def late_money_goes_back_when_the_slot_is_gone(hospital: Hospital, hold: Hold) -> None:
    async def come_next() -> Response:
        await hold.ends_in(timedelta(seconds=-0.3))
        return await hospital.desk.settled(hospital.wish(slot=hold.wish.slot))

    paid, next_one = await asyncio.gather(paid_too_late(hospital, hold), come_next())

    assert next_one.status_code == 201
    assert (paid.status_code, paid.json()["code"]) == (410, "hold-expired")
    assert await hospital.outcome(hold.visit) == "O-07"
    account = await hospital.account_of(hold.visit)
    assert (account.captured, account.refunded) == (10_500, 10_500)
    assert await hospital.outcome(next_one.json()["id"]) == "O-01"


async def test_a_hold_that_ends_is_booked_or_costs_nothing(hospital: Hospital) -> None:
    """All of it in one test: each waits for the same minute."""
    scenarios = (
        nobody_pays,
        late_money_books_a_slot_that_is_still_free,
        late_money_goes_back_when_the_slot_is_gone,
    )
    async with hospital.settings(hold_minutes=1):
        holds = [await held(hospital) for _ in scenarios]

    await asyncio.gather(
        *(happens(hospital, hold) for happens, hold in zip(scenarios, holds, strict=True))
    )

    await hospital.check_books()
