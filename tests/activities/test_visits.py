"""The day of the visit: the patient comes, is seen, or is missed, each in its time."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from activities.appointments.contract import (
    AppointmentStatus,
    SlotOf,
    TooEarlyForNoShow,
    WaiveWindowClosed,
)
from activities.contract import UnknownReference, WrongState
from activities.offers import SlotOffer
from tests.activities.moving import (
    DAY,
    HOUR,
    LONDON,
    MICROSECOND,
    MINUTE,
    Ward,
    a_finding,
    a_move,
    an_offer_at,
    by,
    of,
)
from tests.examples import HALF_AN_HOUR, TOMORROW_NINE, a_patient, a_slot, a_visit

BOOKED, NO_SHOW = AppointmentStatus.BOOKED, AppointmentStatus.NO_SHOW
END_OF_GRACE = TOMORROW_NINE + HALF_AN_HOUR + 15 * MINUTE
OTHERS = (
    AppointmentStatus.CHECKED_IN,
    AppointmentStatus.COMPLETED,
    AppointmentStatus.NO_SHOW,
    AppointmentStatus.CANCELLED,
    AppointmentStatus.RELEASED,
)
DAYS = (
    (TOMORROW_NINE, "UTC", datetime(2026, 12, 2, tzinfo=UTC)),
    # Nine o'clock in London, where the clocks were put forward, and back, in that very night.
    (datetime(2027, 3, 28, 8, tzinfo=UTC), LONDON, datetime(2027, 3, 28, tzinfo=UTC)),
    (datetime(2027, 10, 31, 9, tzinfo=UTC), LONDON, datetime(2027, 10, 30, 23, tzinfo=UTC)),
    (datetime(2026, 12, 2, 22, tzinfo=UTC), "Asia/Tokyo", datetime(2026, 12, 2, 15, tzinfo=UTC)),
    (
        datetime(2026, 12, 2, 3, tzinfo=UTC),
        "America/New_York",
        datetime(2026, 12, 1, 5, tzinfo=UTC),
    ),
    # This day begins at one o'clock: at midnight the clocks are put forward.
    (datetime(2027, 9, 5, 13, tzinfo=UTC), "America/Santiago", datetime(2027, 9, 5, 4, tzinfo=UTC)),
)


def graceful(minutes: int) -> SlotOffer:
    offer = an_offer_at(TOMORROW_NINE)
    terms = offer.terms.model_copy(update={"no_show_grace_minutes": minutes, "waiver_days": 1})
    return offer.model_copy(update={"terms": terms})


async def test_a_visit_is_told_with_its_people_and_its_terms(ward: Ward) -> None:
    offer = an_offer_at(TOMORROW_NINE, LONDON)
    slot = await ward.book(offer=offer)

    now = await ward.now(slot)

    assert (now.visit, now.status, now.version) == (slot.visit, BOOKED, 1)
    assert (now.slot_end, now.timezone) == (offer.ends_at, LONDON)
    assert (now.local_start, now.department) == (offer.local_start, "Cardiology")
    assert (now.doctor_name, now.patient) == ("Ada Wong", a_patient())
    assert (now.terms, now.no_show_at) == (offer.terms, None)


async def test_a_visit_that_nobody_knows_is_not_told(ward: Ward) -> None:
    with pytest.raises(UnknownReference):
        await ward.appointments.read_visit(SlotOf(appointment_id=uuid4()))


@pytest.mark.parametrize(("start", "zone", "midnight"), DAYS)
async def test_a_patient_checks_in_on_the_doctors_day_of_the_visit(
    ward: Ward, start: datetime, zone: str, midnight: datetime
) -> None:
    slot = await ward.book(start=start, offer=an_offer_at(start, zone))
    changes = ward.appointments.changes

    with pytest.raises(WrongState) as refusal:
        await changes.check_in(by("checkin-1", midnight - MICROSECOND), of(slot))
    arrived = await changes.check_in(by("checkin-2", midnight), of(slot))

    assert refusal.value.details == {"status": BOOKED}
    assert arrived.status is AppointmentStatus.CHECKED_IN
    assert (await ward.row(slot.visit.appointment_id))["checked_in_at"] == midnight


async def test_a_moved_visit_has_the_day_to_which_it_was_moved(ward: Ward) -> None:
    slot = await ward.book()
    await ward.move(a_move(slot, TOMORROW_NINE + DAY))

    with pytest.raises(WrongState):
        await ward.appointments.changes.check_in(by("checkin-1", TOMORROW_NINE), of(slot))
    await ward.appointments.changes.check_in(by("checkin-2", TOMORROW_NINE + DAY), of(slot))


async def test_a_patient_checks_in_until_the_grace_is_over(ward: Ward) -> None:
    slot = await ward.book()
    changes = ward.appointments.changes

    for n, after in enumerate((timedelta(), MICROSECOND)):
        with pytest.raises(WrongState):
            await changes.check_in(by(f"checkin-{n}", END_OF_GRACE + after), of(slot))
    await changes.check_in(by("checkin-3", END_OF_GRACE - MICROSECOND), of(slot))


@pytest.mark.parametrize("status", OTHERS)
async def test_nobody_checks_in_to_what_is_not_booked(
    ward: Ward, status: AppointmentStatus
) -> None:
    slot = await ward.book()
    await ward.live_through(slot, status)

    with pytest.raises(WrongState) as refusal:
        await ward.appointments.changes.check_in(by("checkin-2", TOMORROW_NINE), of(slot))

    assert refusal.value.details == {"status": status}


async def test_a_completed_visit_keeps_what_was_found(ward: Ward) -> None:
    slot = await ward.book()
    await ward.live_through(slot, AppointmentStatus.CHECKED_IN)

    seen = await ward.appointments.changes.complete_visit(
        by("complete-1", TOMORROW_NINE), a_finding(slot)
    )

    assert seen.status is AppointmentStatus.COMPLETED
    row, finding = await ward.row(slot.visit.appointment_id), a_finding(slot)
    assert (row["diagnosis"], row["notes"]) == (finding.diagnosis, finding.notes)
    assert (row["follow_up_date"], row["completed_at"]) == (finding.follow_up_date, TOMORROW_NINE)


@pytest.mark.parametrize(
    "status", [BOOKED, *(s for s in OTHERS if s is not AppointmentStatus.CHECKED_IN)]
)
async def test_only_a_patient_who_has_come_was_seen(ward: Ward, status: AppointmentStatus) -> None:
    slot = await ward.book()
    if status is not BOOKED:
        await ward.live_through(slot, status)

    with pytest.raises(WrongState) as refusal:
        await ward.appointments.changes.complete_visit(by("complete-2"), a_finding(slot))

    assert refusal.value.details == {"status": status}


async def test_a_patient_who_has_not_come_by_the_end_of_the_grace_is_missed(ward: Ward) -> None:
    slot = await ward.book()
    changes = ward.appointments.changes

    with pytest.raises(TooEarlyForNoShow):
        await changes.mark_no_show(by("noshow-1", END_OF_GRACE - MICROSECOND), of(slot))
    missed = await changes.mark_no_show(by("noshow-2", END_OF_GRACE), of(slot))

    assert (missed.status, missed.no_show_at) == (NO_SHOW, END_OF_GRACE)


async def test_the_grace_is_the_one_that_was_accepted(ward: Ward) -> None:
    slot = await ward.book(offer=graceful(30))
    changes, end = ward.appointments.changes, TOMORROW_NINE + HOUR

    with pytest.raises(TooEarlyForNoShow):
        await changes.mark_no_show(by("noshow-1", end - MICROSECOND), of(slot))
    missed = await changes.mark_no_show(by("noshow-2", end), of(slot))

    assert missed.no_show_at == end


@pytest.mark.parametrize("status", OTHERS)
async def test_only_who_was_expected_is_missed(ward: Ward, status: AppointmentStatus) -> None:
    slot = await ward.book()
    await ward.live_through(slot, status)

    with pytest.raises(WrongState) as refusal:
        await ward.appointments.changes.mark_no_show(by("noshow-2", END_OF_GRACE), of(slot))

    assert refusal.value.details == {"status": status}


async def test_a_no_show_is_waived_for_seven_days(ward: Ward) -> None:
    slot = await ward.book()
    changes = ward.appointments.changes
    missed = await changes.mark_no_show(by("noshow-1", END_OF_GRACE), of(slot))

    told = await changes.check_waiver(by("waive-1", END_OF_GRACE + 7 * DAY), of(slot))
    with pytest.raises(WaiveWindowClosed):
        await changes.check_waiver(by("waive-2", END_OF_GRACE + 7 * DAY + MICROSECOND), of(slot))

    assert told == missed


async def test_the_days_to_waive_are_those_that_were_accepted(ward: Ward) -> None:
    slot = await ward.book(offer=graceful(15))
    changes = ward.appointments.changes
    await changes.mark_no_show(by("noshow-1", END_OF_GRACE), of(slot))

    await changes.check_waiver(by("waive-1", END_OF_GRACE + DAY), of(slot))
    with pytest.raises(WaiveWindowClosed):
        await changes.check_waiver(by("waive-2", END_OF_GRACE + DAY + MICROSECOND), of(slot))


@pytest.mark.parametrize(
    "status", [BOOKED, *(status for status in OTHERS if status is not NO_SHOW)]
)
async def test_only_a_no_show_is_waived(ward: Ward, status: AppointmentStatus) -> None:
    slot = await ward.book()
    if status is not BOOKED:
        await ward.live_through(slot, status)

    with pytest.raises(WrongState):
        await ward.appointments.changes.check_waiver(by("waive-1"), of(slot))


async def test_a_visit_that_nobody_knows_is_not_lived_through(ward: Ward) -> None:
    slot, changes = a_slot(a_visit()), ward.appointments.changes

    for step in (
        changes.check_in(by("checkin-1"), of(slot)),
        changes.complete_visit(by("complete-1"), a_finding(slot)),
        changes.mark_no_show(by("noshow-1"), of(slot)),
        changes.check_waiver(by("waive-1"), of(slot)),
    ):
        with pytest.raises(UnknownReference):
            await step
