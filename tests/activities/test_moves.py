"""A visit moves to a slot that is held for it: both at once, or neither."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from activities.appointments.contract import (
    AppointmentBusy,
    AppointmentStatus,
    DoctorDayFull,
    HoldExpired,
    HoldMove,
    Move,
    PatientBusy,
    ReleaseStale,
    RescheduleLimitReached,
    SameSlot,
    SlotOf,
    SlotTaken,
    StaleKind,
    TakeSlot,
    TooLateToReschedule,
)
from activities.contract import By, Refusal, UnknownReference, WrongState
from tests.activities.moving import (
    DAY,
    HOLD_ENDS,
    HOUR,
    LONDON,
    MICROSECOND,
    MINUTE,
    NOON,
    Ward,
    a_cancellation,
    a_finding,
    a_move,
    an_offer_at,
    by,
    of,
)
from tests.examples import HALF_AN_HOUR, NOW, TOMORROW_NINE, a_slot, a_visit

STARTS = (
    TOMORROW_NINE,
    # At one o'clock UTC clocks are put forward, and back: an hour is an hour.
    datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
    datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
)
OVER = (
    AppointmentStatus.CHECKED_IN,
    AppointmentStatus.COMPLETED,
    AppointmentStatus.NO_SHOW,
    AppointmentStatus.CANCELLED,
    AppointmentStatus.RELEASED,
)


async def test_a_visit_moves_with_all_that_was_accepted_for_it(ward: Ward) -> None:
    slot = await ward.book()
    elsewhere = an_offer_at(NOON, LONDON, settings_version=2)
    move = a_move(slot, doctor=uuid4(), offer=elsewhere)

    before = await ward.hold(move, by("move-1"))
    moved = await ward.appointments.changes.move(by("move-1"), Move(move=move))

    assert before.visit == slot.visit
    assert moved.now.visit == move.visit
    assert (moved.now.timezone, moved.now.local_start) == (LONDON, elsewhere.local_start)
    assert (moved.now.status, moved.now.reschedule_count) == (AppointmentStatus.BOOKED, 1)
    assert not moved.is_lost
    assert moved.now == await ward.now(slot)
    row = await ward.row(slot.visit.appointment_id)
    assert (row["changed_by"], row["settings_version"]) == (None, 2)
    assert (await ward.row(move.hold_id))["status"] == "RELEASED"


async def test_the_history_says_where_a_visit_was_and_why_it_moved(ward: Ward) -> None:
    slot = await ward.book()

    await ward.move(a_move(slot))

    booked, moved = await ward.history(slot.visit.appointment_id)
    assert (booked["slot"].lower, moved["slot"].lower) == (TOMORROW_NINE, NOON)
    assert (moved["from_status"], moved["to_status"]) == ("BOOKED", "BOOKED")
    assert moved["reason"] == "a better time"


async def test_a_move_to_another_doctor_at_the_same_hour_is_in_the_history(ward: Ward) -> None:
    slot = await ward.book()
    another = uuid4()

    await ward.move(a_move(slot, TOMORROW_NINE, doctor=another))

    booked, moved = await ward.history(slot.visit.appointment_id)
    assert (booked["doctor_id"], moved["doctor_id"]) == (slot.visit.doctor_id, another)
    assert moved["reason"] == "a better time"


async def test_an_appointment_never_stands_in_the_way_of_its_own_move(ward: Ward) -> None:
    slot = await ward.book()

    moved = await ward.move(a_move(slot, TOMORROW_NINE + HALF_AN_HOUR / 2))

    assert moved.visit.slot_start == TOMORROW_NINE + HALF_AN_HOUR / 2


async def test_the_old_slot_of_a_moved_visit_is_free_again(ward: Ward) -> None:
    slot = await ward.book()
    doctor = slot.visit.doctor_id
    await ward.move(a_move(slot))

    other = await ward.book(a_visit(doctor=doctor))

    assert (await ward.now(other)).status is AppointmentStatus.BOOKED


async def test_after_a_refused_move_the_old_slot_is_still_taken(ward: Ward) -> None:
    slot = await ward.book()
    doctor = slot.visit.doctor_id
    await ward.book(a_visit(doctor=doctor, start=NOON))

    with pytest.raises(SlotTaken):
        await ward.hold(a_move(slot))
    with pytest.raises(SlotTaken):
        await ward.book(a_visit(doctor=doctor))


async def test_both_slots_are_taken_while_a_visit_is_being_moved(ward: Ward) -> None:
    slot = await ward.book()
    await ward.hold(a_move(slot))

    for start in (TOMORROW_NINE, NOON):
        with pytest.raises(SlotTaken):
            await ward.book(a_visit(doctor=slot.visit.doctor_id, start=start))


async def test_a_visit_that_nobody_knows_does_not_move(ward: Ward) -> None:
    with pytest.raises(UnknownReference) as refusal:
        await ward.hold(a_move(a_slot()))

    assert refusal.value.details == {"field": "appointment_id"}


async def test_the_hold_of_a_move_is_no_visit(ward: Ward) -> None:
    move = a_move(await ward.book())
    await ward.hold(move)
    hold = a_slot(move.visit.model_copy(update={"appointment_id": move.hold_id}))

    with pytest.raises(UnknownReference):
        await ward.appointments.read_visit(of(hold))
    with pytest.raises(UnknownReference):
        await ward.appointments.changes.cancel(by("cancel-1"), a_cancellation(hold))


async def test_what_is_being_moved_is_busy(ward: Ward) -> None:
    slot = await ward.book()
    await ward.hold(a_move(slot), by("move-1"))
    changes, late = ward.appointments.changes, by("late-1", TOMORROW_NINE + HOUR)

    for step in (
        changes.hold_move(by("move-2"), a_move(slot, NOON + HOUR)),
        changes.cancel(by("cancel-1"), a_cancellation(slot)),
        changes.cancel(by("cancel-2"), a_cancellation(slot, By.HOSPITAL)),
        changes.check_in(by("checkin-1", TOMORROW_NINE), of(slot)),
        changes.complete_visit(late, a_finding(slot)),
        changes.mark_no_show(late, of(slot)),
    ):
        with pytest.raises(AppointmentBusy):
            await step


async def test_a_visit_stays_busy_after_its_move_until_its_bill_has_followed(ward: Ward) -> None:
    slot, process = await ward.book(), by("move-1")
    move, changes = a_move(slot), ward.appointments.changes
    await ward.hold(move, process)

    moved = await changes.move(process, Move(move=move, keeps_claim=True))
    with pytest.raises(AppointmentBusy):
        await changes.cancel(by("cancel-1"), a_cancellation(slot))
    of_another = await changes.end_move(by("move-2"), of(slot))
    with pytest.raises(AppointmentBusy):
        await changes.cancel(by("cancel-2"), a_cancellation(slot))
    ended = await changes.end_move(process, of(slot))
    cancelled = await changes.cancel(by("cancel-3"), a_cancellation(slot))

    assert moved.now.visit.slot_start == NOON
    assert of_another.version == moved.now.version
    assert ended.version == moved.now.version + 1
    assert cancelled.status is AppointmentStatus.CANCELLED


@pytest.mark.parametrize("status", OVER)
async def test_only_what_is_booked_moves(ward: Ward, status: AppointmentStatus) -> None:
    slot = await ward.book()
    await ward.live_through(slot, status)

    with pytest.raises(WrongState) as refusal:
        await ward.hold(a_move(slot))

    assert refusal.value.details == {"status": status}


async def test_what_is_only_held_does_not_move(ward: Ward) -> None:
    slot = a_slot(held=True)
    await ward.appointments.hold_slot(by("book-1"), slot)

    with pytest.raises(WrongState):
        await ward.hold(a_move(slot))


async def test_a_visit_does_not_move_to_where_it_is(ward: Ward) -> None:
    slot = await ward.book()

    with pytest.raises(SameSlot) as refusal:
        await ward.hold(a_move(slot, TOMORROW_NINE))
    moved = await ward.move(a_move(slot, TOMORROW_NINE, doctor=uuid4()))

    assert refusal.value.details == {"field": "slot_start"}
    assert moved.visit.slot_start == TOMORROW_NINE


@pytest.mark.parametrize("whose", By)
async def test_a_visit_moves_twice_at_most(ward: Ward, whose: By) -> None:
    slot = await ward.book()
    for n in range(2):
        await ward.move(a_move(slot, NOON + n * HOUR, by=whose))

    with pytest.raises(RescheduleLimitReached):
        await ward.hold(a_move(slot, NOON + 2 * HOUR, by=whose))


async def test_a_move_that_did_not_happen_does_not_count(ward: Ward) -> None:
    slot = await ward.book()
    for n in range(3):
        move = a_move(slot, NOON + n * HOUR)
        await ward.hold(move, by(f"move-{n}"))
        await ward.appointments.changes.drop_move(by(f"move-{n}"), move)

    moved = await ward.move(a_move(slot))

    assert moved.reschedule_count == 1


@pytest.mark.parametrize("whose", By)
@pytest.mark.parametrize("start", STARTS)
async def test_a_visit_moves_until_exactly_an_hour_before_its_start(
    ward: Ward, start: datetime, whose: By
) -> None:
    slot = await ward.book(start=start, offer=an_offer_at(start, LONDON))
    move = a_move(slot, start + DAY, by=whose)

    with pytest.raises(TooLateToReschedule):
        await ward.hold(move, by("move-1", start - HOUR + MICROSECOND))
    await ward.hold(move, by("move-2", start - HOUR))


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(
    ("ahead", "whose", "is_late"),
    [
        (2 * HOUR + MICROSECOND, By.PATIENT, False),
        (2 * HOUR, By.PATIENT, True),
        (2 * HOUR - MICROSECOND, By.PATIENT, True),
        (2 * HOUR, By.HOSPITAL, False),
    ],
)
async def test_a_patients_move_two_hours_before_the_start_or_later_is_a_late_one(
    ward: Ward, start: datetime, ahead: timedelta, whose: By, *, is_late: bool
) -> None:
    slot = await ward.book(start=start, offer=an_offer_at(start, LONDON))

    moved = await ward.move(a_move(slot, start + DAY, by=whose), by("move-1", start - ahead))

    assert moved.late_move is is_late


async def test_a_late_move_is_never_forgotten(ward: Ward) -> None:
    slot = await ward.book()
    await ward.move(a_move(slot, NOON + DAY), by("move-1", TOMORROW_NINE - 2 * HOUR))

    moved = await ward.move(a_move(slot, NOON + 2 * DAY), by("move-2", TOMORROW_NINE))

    assert moved.late_move


async def test_a_patient_is_in_one_place_at_a_time_after_a_move_too(ward: Ward) -> None:
    slot = await ward.book()
    await ward.book(a_visit(patient=slot.visit.patient_id, start=NOON))

    with pytest.raises(PatientBusy):
        await ward.hold(a_move(slot, NOON + HALF_AN_HOUR / 2))


async def test_a_visit_does_not_move_into_that_of_another_patient(ward: Ward) -> None:
    slot, at_that_time = await ward.book(), TOMORROW_NINE + HALF_AN_HOUR / 2
    other = await ward.book(start=at_that_time)

    with pytest.raises(SlotTaken):
        await ward.hold(a_move(slot, at_that_time, doctor=other.visit.doctor_id))


async def test_a_full_day_takes_no_visit_of_another_day(ward: Ward) -> None:
    slot = await ward.book(start=TOMORROW_NINE - DAY + 12 * HOUR)
    await ward.book(a_visit(doctor=slot.visit.doctor_id))
    full = an_offer_at(NOON, max_daily_appts=1)

    with pytest.raises(DoctorDayFull):
        await ward.hold(a_move(slot, offer=full))


async def test_a_visit_moves_within_a_full_day(ward: Ward) -> None:
    slot = await ward.book()

    moved = await ward.move(a_move(slot, offer=an_offer_at(NOON, max_daily_appts=1)))

    assert moved.visit.slot_start == NOON


async def test_a_hold_that_is_over_stands_in_nobodys_way(ward: Ward) -> None:
    slot = await ward.book()
    held = a_slot(a_visit(doctor=slot.visit.doctor_id, start=NOON), held=True)
    await ward.appointments.hold_slot(by("book-1"), held)

    with pytest.raises(SlotTaken):
        await ward.hold(a_move(slot), by("move-1", HOLD_ENDS))
    await ward.hold(a_move(slot), by("move-2", HOLD_ENDS + MICROSECOND))

    assert (await ward.row(held.visit.appointment_id))["status"] == "EXPIRED"


async def test_a_doctor_who_was_never_seen_here_is_known_after_the_move(ward: Ward) -> None:
    slot = await ward.book()
    move = a_move(slot, doctor=uuid4())
    card = move.offer.doctor.model_copy(update={"name": "Grace Hall"})
    move = move.model_copy(update={"offer": move.offer.model_copy(update={"doctor": card})})

    moved = await ward.move(move)

    assert moved.doctor_name == "Grace Hall"


async def test_the_hold_of_a_move_is_no_booking_of_the_last_hour(ward: Ward) -> None:
    slot = await ward.book()
    await ward.move(a_move(slot))
    few = an_offer_at(TOMORROW_NINE, max_bookings_per_hour=2)

    again = await ward.book(a_visit(patient=slot.visit.patient_id), offer=few)

    assert (await ward.now(again)).status is AppointmentStatus.BOOKED


@pytest.mark.parametrize("to", [NOON, TOMORROW_NINE + HALF_AN_HOUR / 2])
async def test_a_hold_that_ended_while_its_slot_stayed_free_is_still_good(
    ward: Ward, to: datetime
) -> None:
    slot = await ward.book()
    move = a_move(slot, to)
    await ward.hold(move)
    await ward.appointments.expire_slot(by("sweep-1"), of_hold(move))

    moved = await ward.appointments.changes.move(by("move-1"), Move(move=move))

    assert moved.now.visit.slot_start == to
    assert (await ward.row(move.hold_id))["status"] == "EXPIRED"


async def test_an_unpaid_move_to_a_slot_that_is_gone_is_refused(ward: Ward) -> None:
    slot, move = await lose_slot(ward)
    before = await ward.now(slot)

    with pytest.raises(HoldExpired):
        await ward.appointments.changes.move(by("move-1"), Move(move=move))

    assert await ward.now(slot) == before


async def test_a_paid_move_to_a_slot_that_is_gone_keeps_the_visit_until_its_money_is_back(
    ward: Ward,
) -> None:
    slot, move = await lose_slot(ward)
    before = await ward.now(slot)

    moved = await ward.appointments.changes.move(by("move-1"), Move(move=move, is_paid=True))
    with pytest.raises(AppointmentBusy):
        await ward.appointments.changes.cancel(by("cancel-1"), a_cancellation(slot))
    await ward.appointments.changes.drop_move(by("move-1"), move)
    await ward.appointments.changes.cancel(by("cancel-2"), a_cancellation(slot))

    assert moved.is_lost
    assert moved.now == before


@pytest.mark.parametrize(("after", "is_lost"), [(-MICROSECOND, False), (0 * MINUTE, True)])
async def test_a_hold_that_ended_is_not_taken_again_for_the_past(
    ward: Ward, after: timedelta, *, is_lost: bool
) -> None:
    slot = await ward.book(start=NOON + DAY)
    move = a_move(slot)
    late = by("move-1", NOON + after)
    await ward.hold(move, late)
    await ward.appointments.expire_slot(by("sweep-1"), of_hold(move))

    moved = await ward.appointments.changes.move(late, Move(move=move, is_paid=True))

    assert moved.is_lost is is_lost


async def test_a_move_that_was_let_go_does_not_happen_any_more(ward: Ward) -> None:
    slot = await ward.book()
    move = a_move(slot)
    await ward.hold(move)
    await ward.appointments.changes.drop_move(by("move-1"), move)

    with pytest.raises(HoldExpired):
        await ward.appointments.changes.move(by("move-1"), Move(move=move))


async def test_a_move_whose_claim_was_swept_does_not_happen_any_more(ward: Ward) -> None:
    slot = await ward.book()
    swept, next_move = a_move(slot), a_move(slot, NOON + HOUR)
    await ward.hold(swept, by("move-1"))
    left_behind = ReleaseStale(
        appointment_id=slot.visit.appointment_id, kind=StaleKind.CHANGE, workflow_id="move-1"
    )
    await ward.appointments.stale.release_stale(by("sweep-1", NOW + HOUR), left_behind)
    await ward.hold(next_move, by("move-2"))

    with pytest.raises(HoldExpired):
        await ward.appointments.changes.move(by("move-1"), Move(move=swept))


async def test_a_claim_that_comes_after_its_end_is_refused(ward: Ward) -> None:
    slot = await ward.book()
    move = a_move(slot)
    await ward.appointments.changes.drop_move(by("move-1"), move)

    with pytest.raises(Refusal) as refusal:
        await ward.hold(move)

    assert refusal.value.code == "undone"
    await ward.book(a_visit(doctor=slot.visit.doctor_id, start=NOON))


async def test_what_was_let_go_is_as_it_was(ward: Ward) -> None:
    slot = await ward.book()
    move = a_move(slot)
    await ward.hold(move)

    for _ in range(2):
        await ward.appointments.changes.drop_move(by("move-1"), move)

    assert (await ward.now(slot)).visit == slot.visit
    assert (await ward.row(slot.visit.appointment_id))["changed_by"] is None
    assert (await ward.row(move.hold_id))["status"] == "RELEASED"
    await ward.book(a_visit(doctor=slot.visit.doctor_id, start=NOON))


async def test_a_move_that_happened_is_not_let_go(ward: Ward) -> None:
    slot = await ward.book()
    move = a_move(slot)
    moved = await ward.move(move, by("move-1"))
    await ward.hold(a_move(slot, NOON + HOUR), by("move-2"))

    await ward.appointments.changes.drop_move(by("move-1"), move)

    assert (await ward.now(slot)).visit == moved.visit
    assert (await ward.row(slot.visit.appointment_id))["changed_by"] == "move-2"


async def test_a_move_asked_for_again_gets_its_first_answer(ward: Ward) -> None:
    slot = await ward.book()
    move = a_move(slot)

    held = [await ward.hold(move, by("move-1")) for _ in range(2)]
    moved = [await ward.appointments.changes.move(by("move-1"), Move(move=move)) for _ in range(2)]

    assert held[0] == held[1]
    assert moved[0] == moved[1]
    assert (await ward.now(slot)).reschedule_count == 1


async def lose_slot(ward: Ward) -> tuple[TakeSlot, HoldMove]:
    """Let the hold of a move end, and another patient take its slot."""
    slot = await ward.book()
    move = a_move(slot)
    await ward.hold(move, by("move-1"))
    await ward.appointments.expire_slot(by("sweep-1"), of_hold(move))
    await ward.book(a_visit(doctor=slot.visit.doctor_id, start=NOON))
    return slot, move


def of_hold(move: HoldMove) -> SlotOf:
    return SlotOf(appointment_id=move.hold_id)
