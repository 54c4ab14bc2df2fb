"""One outage of payments, and what is under way when it begins: most of it waits half a minute."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from httpx2 import Response

from tests.e2e.desk import LATER, Done, Wish, card, pounds
from tests.e2e.diary import LENGTH, Visit
from tests.e2e.hospital import TOTAL, Hospital
from tests.e2e.watch import Watch
from tests.waiting import until

PAYMENTS = "worker-payments"
SLOW = 8.0
"""Seconds that the gateway takes for what it was asked, though nobody waits for it any more."""
SOON = timedelta(seconds=20)
"""Then everything is due that falls into the outage."""
PATIENCE = 60.0
TWO_HOURS = timedelta(hours=2)


class Scenario(Protocol):
    async def prepare(self) -> None: ...

    async def begin(self) -> None:
        """Get as far as the worker is to be killed."""

    async def go_on(self) -> None:
        """Do what happens while payments are away."""

    async def end(self) -> None:
        """Wait until nothing of it is under way."""


@dataclass
class LateMoney:
    """Three visits whose holds have ended when their money is taken.

    To the slot of the first nobody comes, to the second somebody who lets it go again, to the third
    somebody who stays.
    """

    hospital: Hospital
    wishes: list[Wish] = field(default_factory=list)
    asked: list[asyncio.Task[Response]] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    async def prepare(self) -> None:
        self.wishes = [self.hospital.wish(card()) for _ in range(3)]

    async def begin(self) -> None:
        hospital = self.hospital
        await hospital.gateway.fail("capture", "slow", seconds=SLOW, times=len(self.wishes))
        async with hospital.settings(hold_minutes=0):
            self.asked = [asyncio.create_task(hospital.desk.settled(wish)) for wish in self.wishes]
            await until(lambda: is_all_used_up(hospital), seconds=PATIENCE)

    async def go_on(self) -> None:
        _, let_go, gone = self.wishes
        visit = await self.hospital.booked(LATER, slot=let_go.slot)
        why = {"by": "hospital", "reason": "closed"}
        await self.hospital.carry_out(f"{visit.path}/cancel", why)
        await self.hospital.booked(LATER, slot=gone.slot)

    async def end(self) -> None:
        self.answers = await asyncio.gather(*self.asked)


@dataclass
class StubbornRefund:
    """A refund that fails twice; the third time it is carried out, and nobody hears of it."""

    hospital: Hospital
    visit: Visit = field(init=False)
    watch: Watch = field(init=False)
    decided: Done = field(init=False)

    async def prepare(self) -> None:
        self.visit = await self.hospital.booked(card())
        self.watch = await Watch.begin(self.hospital, self.visit.id)

    async def begin(self) -> None:
        hospital = self.hospital
        payment = (await hospital.account_of(self.visit.id)).payment_id
        for kind, times in (("500-not-stored", 2), ("slow", 1)):
            await hospital.gateway.fail(
                "refund", kind, times=times, seconds=SLOW, payment_id=payment
            )
        body = {"payment_id": payment, "amount": pounds("20.00"), "reason": "a long wait"}
        self.decided = await hospital.desks["billing"].do("/v1/refunds", body)
        await until(lambda: is_all_used_up(hospital), seconds=PATIENCE)

    async def go_on(self) -> None:
        await until(self._is_given_back, seconds=PATIENCE)
        read = await self.hospital.desk.get(f"/v1/refunds/{self.decided.told['id']}")
        assert read.json()["status"] == "PENDING"

    async def _is_given_back(self) -> bool:
        return (await self.hospital.account_of(self.visit.id)).refunded == 20_00

    async def end(self) -> None:
        await self.hospital.end_of(self.decided.process)


@dataclass
class Deadlines:
    """Visits that are missed, cancelled or reminded of while payments are away."""

    hospital: Hospital
    unpaid: Visit = field(init=False)
    paid: Visit = field(init=False)
    reminded: Visit = field(init=False)
    given_up: Visit = field(init=False)
    watches: dict[str, Watch] = field(default_factory=dict)
    cancelled: Done = field(init=False)
    missed: dict[str, str] = field(default_factory=dict)
    """The processes that marked them, by visit."""

    async def prepare(self) -> None:
        hospital, over = self.hospital, {"no_show_grace_minutes": 0, "no_show_fee_percent": 50}
        self.unpaid = await hospital.long_booked(SOON - LENGTH, **over)
        self.paid = await hospital.long_booked(SOON - LENGTH, **over)
        self.reminded = await hospital.long_booked(TWO_HOURS + SOON, reminder_minutes=(120,))
        self.given_up = await hospital.booked(card())
        await hospital.pay(self.paid.bill, TOTAL)
        for visit in (self.unpaid, self.paid, self.reminded, self.given_up):
            self.watches[visit.id] = await Watch.begin(hospital, visit.id)

    async def begin(self) -> None:
        """Be still ahead of all of it."""
        assert datetime.now(UTC) < self.unpaid.slot + LENGTH

    async def go_on(self) -> None:
        hospital = self.hospital
        why = {"by": "patient", "reason": "feeling better"}
        self.cancelled = await hospital.desk.do(f"{self.given_up.path}/cancel", why)
        for visit in (self.unpaid, self.paid):
            assert await hospital.end_of(f"appointment-{visit.id}") == ("DONE", None)
            self.missed[visit.id] = await process_of(hospital, visit, "NO_SHOW")
        await until(lambda: is_reminded(hospital, self.reminded), seconds=PATIENCE)
        for visit in (self.paid, self.given_up):
            account = await hospital.account_of(visit.id)
            assert (account.refunded, account.refund_pending) == (0, 0)

    async def end(self) -> None:
        for process in (self.cancelled.process, *self.missed.values()):
            await self.hospital.end_of(process)


async def is_all_used_up(hospital: Hospital) -> bool:
    """Whether the gateway has met with everything that was to go wrong there."""
    return not await hospital.gateway.faults_left()


async def process_of(hospital: Hospital, visit: Visit, status: str) -> str:
    """Name the process that made a visit this."""
    (change,) = await hospital.databases.rows(
        "appointments",
        "SELECT workflow_id FROM app.appointment_changes"
        " WHERE appointment_id::text = $1 AND to_status = $2",
        *(visit.id, status),
    )
    return str(change["workflow_id"])


async def is_reminded(hospital: Hospital, visit: Visit) -> bool:
    rows = await hospital.rows_of("notifications", "notifications", visit.id)
    return any((row["event_type"], row["status"]) == ("reminder", "SENT") for row in rows)


@dataclass
class Outage:
    """What was lived through, all in one."""

    late_money: LateMoney
    refund: StubbornRefund
    deadlines: Deadlines

    async def live_through(self, hospital: Hospital) -> None:
        scenarios: tuple[Scenario, ...] = (self.deadlines, self.late_money, self.refund)
        for scenario in scenarios:
            await scenario.prepare()
        for scenario in scenarios:
            await scenario.begin()
        async with hospital.stack.without(PAYMENTS):
            await asyncio.gather(*(scenario.go_on() for scenario in scenarios))
        await asyncio.gather(*(scenario.end() for scenario in scenarios))
