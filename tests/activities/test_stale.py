"""What a process left behind is found and freed; what another one has by now is not."""

from datetime import timedelta

import pytest

from activities.appointments.contract import (
    ReleaseStale,
    Stale,
    StaleKind,
    StaleOf,
    TakeSlot,
)
from tests.activities.moving import (
    HOLD_ENDS,
    HOUR,
    MICROSECOND,
    MINUTE,
    NOON,
    Ward,
    a_move,
    by,
    of,
)
from tests.examples import NOW, a_slot

OVERDUE = HOLD_ENDS + 60 * timedelta(seconds=1)
ABANDONED = NOW + 15 * MINUTE
LATER = NOW + HOUR


async def stale_at(ward: Ward, at: timedelta | None = None) -> tuple[Stale, ...]:
    process = by("sweep-1", NOW + at if at else LATER)
    return (await ward.appointments.stale.list_stale(process, StaleOf())).stale


async def a_hold(ward: Ward, process: str = "book-1") -> TakeSlot:
    slot = a_slot(held=True)
    await ward.appointments.hold_slot(by(process), slot)
    return slot


async def release(ward: Ward, stale: Stale, sweep: str = "sweep-1") -> bool:
    request = ReleaseStale(
        appointment_id=stale.appointment_id, kind=stale.kind, workflow_id=stale.workflow_id
    )
    return (await ward.appointments.stale.release_stale(by(sweep, LATER), request)).was_stale


async def test_a_hold_is_left_behind_a_minute_after_its_end(ward: Ward) -> None:
    slot = await a_hold(ward)
    hold = Stale(
        appointment_id=slot.visit.appointment_id, workflow_id="book-1", kind=StaleKind.HOLD
    )

    assert await stale_at(ward, OVERDUE - NOW) == ()
    assert await stale_at(ward, OVERDUE - NOW + MICROSECOND) == (hold,)


async def test_a_change_is_left_behind_after_a_quarter_of_an_hour(ward: Ward) -> None:
    slot = await ward.book()
    move = a_move(slot)
    await ward.hold(move, by("move-1"))
    change = Stale(
        appointment_id=slot.visit.appointment_id, workflow_id="move-1", kind=StaleKind.CHANGE
    )
    hold = Stale(appointment_id=move.hold_id, workflow_id="move-1", kind=StaleKind.MOVE)

    assert await stale_at(ward, ABANDONED - NOW) == (hold,)
    assert {*await stale_at(ward, ABANDONED - NOW + MICROSECOND)} == {hold, change}


async def test_what_is_booked_or_let_go_is_not_left_behind(ward: Ward) -> None:
    await ward.book()
    released, expired = await a_hold(ward, "book-1"), await a_hold(ward, "book-2")
    await ward.appointments.release_slot(by("book-1"), released)
    await ward.appointments.expire_slot(by("book-2"), of(expired))
    await ward.move(a_move(await ward.book()))

    assert await stale_at(ward) == ()


async def test_pages_tell_everything_once(ward: Ward) -> None:
    held = {(await a_hold(ward, f"book-{n}")).visit.appointment_id for n in range(5)}
    told, after = [], None

    while page := (
        await ward.appointments.stale.list_stale(
            by("sweep-1", LATER), StaleOf(limit=2, after=after)
        )
    ).stale:
        assert len(page) <= 2
        assert after is None or page[0].appointment_id > after
        told += [stale.appointment_id for stale in page]
        after = told[-1]

    assert told == sorted(held)


@pytest.mark.parametrize(
    ("kind", "becomes"), [(StaleKind.HOLD, "EXPIRED"), (StaleKind.MOVE, "RELEASED")]
)
async def test_a_hold_that_is_left_behind_ends(ward: Ward, kind: StaleKind, becomes: str) -> None:
    await a_hold(ward)
    await ward.hold(a_move(await ward.book(start=NOON + HOUR)))
    [stale] = [stale for stale in await stale_at(ward) if stale.kind is kind]

    assert await release(ward, stale)
    assert (await ward.row(stale.appointment_id))["status"] == becomes
    assert stale not in await stale_at(ward)


async def test_a_visit_whose_change_is_left_behind_may_be_changed_again(ward: Ward) -> None:
    slot = await ward.book()
    await ward.hold(a_move(slot), by("move-1"))
    [change] = [stale for stale in await stale_at(ward) if stale.kind is StaleKind.CHANGE]

    assert await release(ward, change)
    await ward.hold(a_move(slot, NOON + HOUR), by("move-2", LATER))


async def test_a_hold_that_was_confirmed_meanwhile_stays(ward: Ward) -> None:
    slot = await a_hold(ward)
    [stale] = await stale_at(ward)
    await ward.appointments.confirm_slot(by("book-1"), of(slot))

    assert not await release(ward, stale)
    assert (await ward.row(slot.visit.appointment_id))["status"] == "BOOKED"


async def test_a_change_of_another_process_stays(ward: Ward) -> None:
    slot = await ward.book()
    first = a_move(slot)
    await ward.hold(first, by("move-1"))
    [change] = [stale for stale in await stale_at(ward) if stale.kind is StaleKind.CHANGE]
    await ward.appointments.changes.drop_move(by("move-1"), first)
    await ward.hold(a_move(slot, NOON + HOUR), by("move-2"))

    assert not await release(ward, change)
    assert (await ward.row(slot.visit.appointment_id))["changed_by"] == "move-2"


async def test_a_hold_that_is_not_overdue_any_more_stays(ward: Ward) -> None:
    slot = await a_hold(ward)
    [stale] = await stale_at(ward)
    request = ReleaseStale(**stale.model_dump())

    early = await ward.appointments.stale.release_stale(by("sweep-1", OVERDUE), request)

    assert not early.was_stale
    assert (await ward.row(slot.visit.appointment_id))["status"] == "HELD"
