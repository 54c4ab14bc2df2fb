"""A cancelled visit lets its slot go at once; who may cancel depends on who asks, and when."""

from datetime import UTC, datetime, timedelta

import pytest

from activities.appointments.contract import AppointmentStatus, VisitStarted
from activities.contract import By, QuoteChanged, UnknownReference, WrongState
from tests.activities.moving import (
    HOUR,
    LONDON,
    MICROSECOND,
    Ward,
    a_cancellation,
    a_move,
    an_offer_at,
    by,
)
from tests.examples import NOW, TOMORROW_NINE, a_slot, a_visit

CHECKED_IN, CANCELLED = AppointmentStatus.CHECKED_IN, AppointmentStatus.CANCELLED
STARTS = (
    TOMORROW_NINE,
    # At one o'clock UTC clocks are put forward, and back: this is half an hour later.
    datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
    datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
)


async def test_the_slot_of_a_cancelled_visit_is_free_at_once(ward: Ward) -> None:
    slot = await ward.book()

    cancelled = await ward.appointments.changes.cancel(by("cancel-1"), a_cancellation(slot))
    await ward.book(a_visit(doctor=slot.visit.doctor_id))

    assert cancelled.status is CANCELLED
    assert cancelled == await ward.now(slot)


async def test_a_cancellation_tells_what_decides_its_cost(ward: Ward) -> None:
    slot = await ward.book(at=NOW - HOUR)
    moved = await ward.move(a_move(slot), by("move-1", TOMORROW_NINE - HOUR))

    cancelled = await ward.appointments.changes.cancel(by("cancel-1"), a_cancellation(slot))

    assert (cancelled.visit, cancelled.late_move) == (moved.visit, True)
    assert (cancelled.booked_at, cancelled.terms) == (NOW - HOUR, slot.offer.terms)


@pytest.mark.parametrize("whose", By)
async def test_a_cancelled_visit_says_who_cancelled_it_and_why(ward: Ward, whose: By) -> None:
    slot = await ward.book()

    await ward.appointments.changes.cancel(by("cancel-1"), a_cancellation(slot, whose))

    row = await ward.row(slot.visit.appointment_id)
    assert (row["cancelled_by"], row["cancel_reason"]) == (whose, "feels well")
    assert (await ward.history(slot.visit.appointment_id))[-1]["reason"] == "feels well"


@pytest.mark.parametrize("start", STARTS)
async def test_a_patient_cancels_until_the_visit_starts(ward: Ward, start: datetime) -> None:
    slot = await ward.book(start=start, offer=an_offer_at(start, LONDON))
    changes = ward.appointments.changes

    for n, after in enumerate((timedelta(), MICROSECOND)):
        with pytest.raises(VisitStarted):
            await changes.cancel(by(f"cancel-{n}", start + after), a_cancellation(slot))
    cancelled = await changes.cancel(by("cancel-3", start - MICROSECOND), a_cancellation(slot))

    assert cancelled.status is CANCELLED


async def test_the_hospital_cancels_after_the_start_too(ward: Ward) -> None:
    slot = await ward.book()
    request = a_cancellation(slot, By.HOSPITAL)

    cancelled = await ward.appointments.changes.cancel(by("cancel-1", TOMORROW_NINE), request)

    assert cancelled.status is CANCELLED


async def test_only_the_hospital_cancels_the_visit_of_a_patient_who_has_come(ward: Ward) -> None:
    slot = await ward.book()
    await ward.live_through(slot, CHECKED_IN)
    changes = ward.appointments.changes

    with pytest.raises(WrongState) as refusal:
        await changes.cancel(by("cancel-1"), a_cancellation(slot))
    cancelled = await changes.cancel(by("cancel-2"), a_cancellation(slot, By.HOSPITAL))

    assert refusal.value.details == {"status": CHECKED_IN}
    assert cancelled.status is CANCELLED


@pytest.mark.parametrize("whose", By)
@pytest.mark.parametrize(
    "status",
    [
        AppointmentStatus.COMPLETED,
        AppointmentStatus.NO_SHOW,
        AppointmentStatus.CANCELLED,
        AppointmentStatus.RELEASED,
    ],
)
async def test_what_is_over_is_not_cancelled(
    ward: Ward, status: AppointmentStatus, whose: By
) -> None:
    slot = await ward.book()
    await ward.live_through(slot, status)

    with pytest.raises(WrongState) as refusal:
        await ward.appointments.changes.cancel(by("cancel-2"), a_cancellation(slot, whose))

    assert refusal.value.details == {"status": status}


@pytest.mark.parametrize("whose", By)
async def test_what_is_only_held_is_let_go_not_cancelled(ward: Ward, whose: By) -> None:
    slot = a_slot(held=True)
    await ward.appointments.hold_slot(by("book-1"), slot)

    with pytest.raises(WrongState):
        await ward.appointments.changes.cancel(by("cancel-1"), a_cancellation(slot, whose))


async def test_a_cost_that_was_told_of_another_version_is_not_agreed_to(ward: Ward) -> None:
    slot = await ward.book()
    told = (await ward.now(slot)).version
    await ward.move(a_move(slot))
    changes, now = ward.appointments.changes, (await ward.now(slot)).version

    with pytest.raises(QuoteChanged):
        await changes.cancel(by("cancel-1"), a_cancellation(slot, version=told))
    cancelled = await changes.cancel(by("cancel-2"), a_cancellation(slot, version=now))

    assert cancelled.status is CANCELLED


async def test_a_visit_that_nobody_knows_is_not_cancelled(ward: Ward) -> None:
    with pytest.raises(UnknownReference):
        await ward.appointments.changes.cancel(by("cancel-1"), a_cancellation(a_slot()))


async def test_a_cancellation_asked_for_again_gets_its_first_answer(ward: Ward) -> None:
    slot = await ward.book()
    request = a_cancellation(slot)

    first, again = [
        await ward.appointments.changes.cancel(by("cancel-1"), request) for _ in range(2)
    ]

    assert first == again
