"""Visits that move: what they cost more is paid before, what they cost less comes back after."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from ops.hospital import an_id
from tests.e2e.desk import LATER, Done, card
from tests.e2e.diary import Visit
from tests.e2e.hospital import Hospital
from tests.e2e.people import ALIKE, CHEAPER, DEARER, DOCTOR
from tests.e2e.watch import Watch
from tests.waiting import until

SLOW = 0.8
"""Seconds that the gateway takes, so that somebody can look meanwhile."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def move(
    hospital: Hospital, visit: Visit, to: datetime, doctor: UUID | None = None, **more: str
) -> Done:
    with_whom = {"doctor_id": str(doctor)} if doctor else {}
    wanted = {"slot_start": to.isoformat(), **with_whom, **more}
    return await hospital.carry_out(f"{visit.path}/reschedule", wanted)


async def read(hospital: Hospital, visit: Visit) -> dict[str, Any]:
    told: dict[str, Any] = (await hospital.desk.get(visit.path)).json()
    return told


async def is_free(hospital: Hospital, slot: datetime, doctor: UUID = DOCTOR) -> bool:
    """Try to book it."""
    answer = await hospital.desk.settled(hospital.wish(slot=slot, doctor=doctor))
    assert answer.status_code in {201, 409}
    return answer.status_code == 201


async def test_a_paid_visit_that_becomes_dearer_is_charged_before_it_moves(
    hospital: Hospital,
) -> None:
    visit, to = await hospital.booked(card()), hospital.slot()
    watch = await Watch.begin(hospital, visit.id)
    await hospital.gateway.fail("capture", "slow", seconds=SLOW)

    moving = asyncio.create_task(
        move(hospital, visit, to, doctor=DEARER, payment_method="pm_card_visa")
    )
    await until(lambda: is_captured_soon(hospital, visit))
    meanwhile = await read(hospital, visit)
    both_are_kept = not (await is_free(hospital, visit.slot) or await is_free(hospital, to, DEARER))
    moved = await moving

    assert (moved.answer.status_code, moved.told["status"]) == (200, "BOOKED")
    assert meanwhile["slot_start"] != moved.told["slot_start"]
    assert meanwhile["changed_by"] == moved.process
    assert both_are_kept
    assert (moved.told["doctor_id"], moved.told["reschedule_count"]) == (str(DEARER), 1)
    assert await watch.row(moved.process, total="168.00") == "O-11"
    accounts = await hospital.accounts_of(visit.id)
    assert sorted(account.captured for account in accounts) == [63_00, 105_00]
    assert {await hospital.gateway.captures(account.id) for account in accounts} == {1}
    assert await is_free(hospital, visit.slot)
    assert not await is_free(hospital, to, DEARER)
    await hospital.check_books()


async def is_captured_soon(hospital: Hospital, visit: Visit) -> bool:
    """Whether the difference is reserved; its capture takes its time."""
    accounts = await hospital.accounts_of(visit.id)
    return "requires_capture" in {account.status for account in accounts}


async def test_money_follows_a_visit_to_where_it_moves(hospital: Hospital) -> None:
    async def case(
        payment: Mapping[str, str], doctor: UUID, row: str, bill: str, *, total: str
    ) -> None:
        visit = await hospital.booked(payment)
        watch, to = await Watch.begin(hospital, visit.id), hospital.slot()

        moved = await move(hospital, visit, to, doctor=doctor)

        assert moved.answer.status_code == 200, moved.told
        assert await watch.row(moved.process, total=total) == row
        told = (await hospital.desk.get(f"/v1/bills/{visit.bill}")).json()
        assert (told["status"], owed(told)) == (bill, total)
        assert await is_free(hospital, visit.slot)

    await asyncio.gather(
        case(card(), CHEAPER, "O-12", "PARTIALLY_REFUNDED", total="63.00"),
        case(card(), ALIKE, "O-10", "PAID", total="105.00"),
        case(LATER, DEARER, "O-11", "OPEN", total="168.00"),
        case(LATER, CHEAPER, "O-12", "OPEN", total="63.00"),
        case(LATER, DOCTOR, "O-10", "OPEN", total="105.00"),
    )
    await hospital.check_books()


def owed(bill: dict[str, Any]) -> str:
    return f"{float(bill['total']['amount']) - float(bill['credited']['amount']):.2f}"


async def test_who_can_not_pay_the_difference_keeps_the_old_visit(hospital: Hospital) -> None:
    async def case(code: str, **paid_with: str) -> None:
        visit, to = await hospital.booked(card()), hospital.slot()
        watch, before = await Watch.begin(hospital, visit.id), await read(hospital, visit)

        declined = await move(hospital, visit, to, doctor=DEARER, **paid_with)

        assert declined.refused == (402, "payment-declined")
        assert declined.told["decline_code"] == code
        assert await watch.row(declined.process) == "O-14"
        assert stands(await read(hospital, visit)) == stands(before)
        assert await is_free(hospital, to, DEARER)
        assert not await is_free(hospital, visit.slot)

    await asyncio.gather(
        case("insufficient_funds", payment_method="pm_card_visa_chargeDeclinedInsufficientFunds"),
        case("authentication_failed", payment_method="pm_card_authenticationRequired"),
        case("generic"),
    )
    await hospital.check_books()


def stands(told: dict[str, Any]) -> dict[str, Any]:
    """Leave out how often it was touched."""
    return {name: told[name] for name in told if name not in {"version", "updated_at"}}


async def test_a_move_that_is_refused_changes_nothing(hospital: Hospital) -> None:
    async def case(
        visit: Visit, refused: tuple[int, str], to: datetime | None = None, doctor: UUID = DOCTOR
    ) -> None:
        watch, before = await Watch.begin(hospital, visit.id), await read(hospital, visit)

        answer = await move(hospital, visit, to or hospital.slot(), doctor)

        assert answer.refused == refused
        assert await watch.row(answer.process) == "O-13"
        assert await read(hospital, visit) == before

    async def often_moved() -> Visit:
        visit = await hospital.booked()
        for _ in range(2):
            assert (await move(hospital, visit, hospital.slot())).answer.status_code == 200
        return visit

    async def cancelled() -> Visit:
        visit = await hospital.booked()
        why = {"by": "patient", "reason": "well again"}
        await hospital.carry_out(f"{visit.path}/cancel", why)
        return visit

    async def busy_at(slot: datetime) -> Visit:
        """Find somebody who sees another doctor then."""
        patient = hospital.patient()
        await hospital.booked(patient=patient, slot=slot, doctor=ALIKE)
        return await hospital.booked(patient=patient)

    taken, then = await hospital.booked(), hospital.slot()
    often, over, busy, soon, booked, paid = await asyncio.gather(
        often_moved(),
        cancelled(),
        busy_at(then),
        hospital.long_booked(HOUR - MINUTE),
        hospital.booked(),
        hospital.booked(card()),
    )
    await asyncio.gather(
        case(often, (409, "reschedule-limit-reached")),
        case(over, (409, "wrong-state")),
        case(busy, (409, "patient-busy"), then),
        case(soon, (409, "too-late-to-reschedule")),
        case(taken, (422, "validation-failed"), taken.slot),
    )
    for refused, to in (
        ((409, "slot-taken"), taken.slot),
        ((422, "lead-time"), next_slot(timedelta())),
        ((422, "slot-not-offered"), hospital.slot() + MINUTE),
        ((422, "lead-time"), next_slot(-HOUR)),
    ):
        await case(booked, refused, to)
    await case(paid, (422, "department-mismatch"), doctor=an_id("doctor", "Okafor"))
    await hospital.check_books()


def next_slot(ahead: timedelta) -> datetime:
    """Find a time on the grid of the always open."""
    start = datetime.now(UTC) + ahead
    return start.replace(minute=start.minute // 5 * 5, second=0, microsecond=0)
