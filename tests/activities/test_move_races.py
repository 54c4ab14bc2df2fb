"""Who moves, books or cancels at the same time: one wins, and nothing is left of the others."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import uuid4

from activities.appointments.contract import (
    AppointmentBusy,
    AppointmentStatus,
    DoctorDayFull,
    HoldExpired,
    Move,
    Moved,
    SlotOf,
    SlotState,
    SlotTaken,
    VisitNow,
)
from activities.contract import Undone, WrongState
from activities.database import DatabaseBug, DatabaseFault
from tests.activities.moving import (
    DAY,
    HOUR,
    NOON,
    Ward,
    a_cancellation,
    a_move,
    an_offer_at,
    by,
)
from tests.examples import TOMORROW_NINE, a_process, a_slot, a_visit

RACERS = 20
LIVE = """
    SELECT count(*) FROM app.appointments
    WHERE status IN ('HELD', 'BOOKED') AND doctor_id = $1 AND slot_start = $2
"""


async def race(*racers: Callable[[], Awaitable[object]]) -> list[object]:
    turns = asyncio.Semaphore(8)

    async def run(racer: Callable[[], Awaitable[object]]) -> object:
        async with turns:
            while True:
                try:
                    return await racer()
                except DatabaseBug:
                    raise
                except DatabaseFault:
                    continue  # Its time box ran out: the engine would ask again.

    async with asyncio.timeout(60):
        return list(await asyncio.gather(*map(run, racers), return_exceptions=True))


def count(outcomes: list[object], kind: type[object]) -> int:
    return sum(isinstance(outcome, kind) for outcome in outcomes)


async def test_of_many_visits_that_move_into_one_slot_one_gets_it(ward: Ward) -> None:
    doctor = uuid4()
    moves = [a_move(await ward.book(), doctor=doctor) for _ in range(RACERS)]

    outcomes = await race(
        *(partial(ward.move, move, by(f"move-{n}")) for n, move in enumerate(moves)),
    )

    assert (count(outcomes, VisitNow), count(outcomes, SlotTaken)) == (1, RACERS - 1)
    assert await ward.superuser.fetchval(LIVE, doctor, NOON) == 1


async def test_of_moves_and_bookings_of_one_slot_one_gets_it(ward: Ward) -> None:
    doctor = uuid4()
    moves = [a_move(await ward.book(), doctor=doctor) for _ in range(RACERS // 2)]
    bookings = [a_slot(a_visit(doctor=doctor, start=NOON)) for _ in range(RACERS // 2)]

    outcomes = await race(
        *(partial(ward.move, move, by(f"move-{n}")) for n, move in enumerate(moves)),
        *(
            partial(ward.appointments.book_slot, a_process(f"race-{n}"), booking)
            for n, booking in enumerate(bookings)
        ),
    )

    assert count(outcomes, SlotTaken) == RACERS - 1
    assert await ward.superuser.fetchval(LIVE, doctor, NOON) == 1


async def test_of_many_moves_of_one_visit_one_is_under_way(ward: Ward) -> None:
    slot = await ward.book()
    moves = [a_move(slot, NOON + n * HOUR) for n in range(8)]

    outcomes = await race(
        *(partial(ward.hold, move, by(f"move-{n}")) for n, move in enumerate(moves))
    )

    assert (count(outcomes, VisitNow), count(outcomes, AppointmentBusy)) == (1, 7)


async def test_a_visit_is_moved_or_cancelled_never_both(ward: Ward) -> None:
    slots = [await ward.book() for _ in range(RACERS)]

    outcomes = await race(
        *(
            racer
            for n, slot in enumerate(slots)
            for racer in (
                partial(ward.hold, a_move(slot), by(f"move-{n}")),
                partial(ward.appointments.changes.cancel, by(f"cancel-{n}"), a_cancellation(slot)),
            )
        ),
    )

    rows = [await ward.row(slot.visit.appointment_id) for slot in slots]
    assert count(outcomes, VisitNow) == RACERS
    assert count(outcomes, AppointmentBusy) + count(outcomes, WrongState) == RACERS
    assert all((row["status"] == "CANCELLED") is (row["changed_by"] is None) for row in rows)


async def test_visits_that_move_past_each_other_do_not_wait_for_ever(ward: Ward) -> None:
    doctors = [uuid4(), uuid4()]
    starts = [TOMORROW_NINE, TOMORROW_NINE + DAY]
    moves = []
    for n in range(RACERS):
        here, there = (starts[n % 2] + n * HOUR / 2, starts[1 - n % 2] + n * HOUR / 2)
        slot = await ward.book(a_visit(doctor=doctors[n % 2], start=here))
        moves.append(a_move(slot, there, doctor=doctors[1 - n % 2]))

    outcomes = await race(
        *(partial(ward.move, move, by(f"move-{n}")) for n, move in enumerate(moves))
    )

    assert count(outcomes, VisitNow) == RACERS


async def test_no_more_visits_move_into_a_day_than_it_takes(ward: Ward) -> None:
    doctor = uuid4()
    moves = []
    for n in range(8):
        to = TOMORROW_NINE + DAY + n * HOUR
        offer = an_offer_at(to, max_daily_appts=3)
        moves.append(a_move(await ward.book(), to, doctor=doctor, offer=offer))

    outcomes = await race(
        *(partial(ward.move, move, by(f"move-{n}")) for n, move in enumerate(moves))
    )

    assert (count(outcomes, VisitNow), count(outcomes, DoctorDayFull)) == (3, 5)


async def test_a_slot_whose_hold_ended_goes_to_the_move_or_to_somebody_else(ward: Ward) -> None:
    moves = [a_move(await ward.book()) for _ in range(RACERS)]
    for n, move in enumerate(moves):
        await ward.hold(move, by(f"move-{n}"))
        await ward.appointments.expire_slot(by(f"move-{n}"), SlotOf(appointment_id=move.hold_id))
    doctors = [move.visit.doctor_id for move in moves]

    outcomes = await race(
        *(
            racer
            for n, move in enumerate(moves)
            for racer in (
                partial(ward.appointments.changes.move, by(f"move-{n}"), Move(move=move)),
                partial(
                    ward.appointments.book_slot,
                    a_process(f"race-{n}"),
                    a_slot(a_visit(doctor=doctors[n], start=NOON)),
                ),
            )
        )
    )

    for n, doctor in enumerate(doctors):
        moved, booked = outcomes[2 * n : 2 * n + 2]
        assert isinstance(booked, SlotTaken if isinstance(moved, Moved) else SlotState)
        assert isinstance(moved, Moved | HoldExpired)
        assert await ward.superuser.fetchval(LIVE, doctor, NOON) == 1


async def test_a_claim_and_its_end_at_once_leave_nothing_claimed(ward: Ward) -> None:
    slots = [await ward.book() for _ in range(RACERS)]
    moves = [a_move(slot) for slot in slots]

    outcomes = await race(
        *(
            racer
            for n, move in enumerate(moves)
            for racer in (
                partial(ward.hold, move, by(f"move-{n}")),
                partial(ward.appointments.changes.drop_move, by(f"move-{n}"), move),
            )
        )
    )

    assert all(isinstance(outcome, VisitNow | Undone) for outcome in outcomes[::2])
    for slot, move in zip(slots, moves, strict=True):
        row = await ward.row(slot.visit.appointment_id)
        assert (row["status"], row["changed_by"]) == ("BOOKED", None)
        assert await ward.superuser.fetchval(LIVE, move.visit.doctor_id, NOON) == 0


async def test_a_move_and_its_end_at_once_move_it_or_do_not(ward: Ward) -> None:
    slots = [await ward.book() for _ in range(RACERS)]
    moves = [a_move(slot) for slot in slots]
    for n, move in enumerate(moves):
        await ward.hold(move, by(f"move-{n}"))

    outcomes = await race(
        *(
            racer
            for n, move in enumerate(moves)
            for racer in (
                partial(ward.appointments.changes.move, by(f"move-{n}"), Move(move=move)),
                partial(ward.appointments.changes.drop_move, by(f"move-{n}"), move),
            )
        )
    )

    for slot, moved in zip(slots, outcomes[::2], strict=True):
        now = await ward.now(slot)
        is_moved = now.visit.slot_start == NOON
        assert is_moved is not isinstance(moved, HoldExpired)
        assert now.status is AppointmentStatus.BOOKED
        assert (await ward.row(slot.visit.appointment_id))["changed_by"] is None
