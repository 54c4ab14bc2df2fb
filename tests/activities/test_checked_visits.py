"""What becomes of visits in time, and is told as it is, is right; what is not, is found."""

from datetime import timedelta
from uuid import UUID

import pytest

from activities.appointments.contract import CancelVisit, HoldMove, Move, SlotOf
from activities.contract import By
from tests.activities.whole import OTHER, PAID, UNPAID, Whole, a_visit
from tests.examples import a_slot, an_offer

MINUTE = timedelta(minutes=1)
REMINDED = """
    UPDATE app.notifications SET status = 'SENT',
      sent_at = clock_timestamp() + interval '{seconds} s' WHERE event_type = 'reminder';
    UPDATE app.notification_changes SET to_status = 'SENT'
    WHERE to_status = 'SUPPRESSED' AND notification_id IN (
      SELECT notification_id FROM app.notifications WHERE event_type = 'reminder')
"""


async def test_what_was_booked_and_moved_at_the_last_moment_is_right(whole: Whole) -> None:
    slot = a_slot(a_visit(OTHER, 3))
    starts = slot.visit.slot_start
    await whole.appointments.book_slot(await whole.process("book-c", starts - 120 * MINUTE), slot)
    for number in range(2):
        process = await whole.process(f"reschedule-{number}", starts - 60 * MINUTE)
        starts = process.accepted_at + 120 * MINUTE
        visit = slot.visit.model_copy(update={"slot_start": starts})
        hold = UUID(int=OTHER.int + number + 1)
        move = HoldMove(hold_id=hold, visit=visit, offer=an_offer(starts), hold_until=starts)
        await whole.appointments.changes.hold_move(process, move)
        await whole.appointments.changes.move(process, Move(move=move))
        await whole.tell("moved", OTHER, occurrence=str(hold))
    await whole.tell("booked", OTHER)
    await whole.bill(OTHER)

    assert await whole.found() == set()


@pytest.mark.parametrize(
    ("process", "told", "is_found"),
    [
        ("book-c", (), True),
        ("book-c", ("hold-expired",), False),
        # Whoever swept it up told nobody, and its own process was no more.
        ("sweep-1", (), False),
    ],
)
async def test_who_waited_for_a_payment_hears_that_it_did_not_come(
    whole: Whole, process: str, told: tuple[str, ...], *, is_found: bool
) -> None:
    held = a_slot(a_visit(OTHER, 3), held=True)
    await whole.appointments.hold_slot(await whole.process("book-c"), held)
    await whole.appointments.expire_slot(await whole.process(process), SlotOf(appointment_id=OTHER))
    for event in told:
        await whole.tell(event, OTHER)

    assert await whole.found() == ({("I-42 told at all", str(OTHER))} if is_found else set())


@pytest.mark.parametrize(("seconds", "is_found"), [(50, False), (70, True)])
async def test_nobody_is_reminded_of_what_was_cancelled(
    whole: Whole, seconds: int, *, is_found: bool
) -> None:
    await whole.tell("reminder", UNPAID, occurrence="120")
    request = CancelVisit(appointment_id=UNPAID, by=By.HOSPITAL, reason="the doctor is ill")
    await whole.appointments.changes.cancel(await whole.process("cancel-1"), request)
    await whole.tell("cancelled", UNPAID)

    await whole.plant("notifications", REMINDED.format(seconds=seconds))

    late = {("I-41 reminded of what was over", str(UNPAID))} if is_found else set()
    assert await whole.found() == {("I-36 settled once", str(UNPAID))} | late


@pytest.mark.parametrize(
    ("event", "check"),
    [
        ("booked", "I-40 told once"),
        ("moved", "I-40 told once"),
        ("cancelled", "I-41 told as it was"),
        ("no-show", "I-41 told as it was"),
        ("hold-expired", "I-41 told as it was"),
    ],
)
async def test_what_did_not_happen_to_a_visit_is_not_told(
    whole: Whole, event: str, check: str
) -> None:
    await whole.tell(event, UNPAID, occurrence="again")

    assert await whole.found() == {(check, str(UNPAID))}


async def test_what_is_no_change_of_a_visit_may_be_told_as_often_as_it_happens(
    whole: Whole,
) -> None:
    for number in range(2):
        await whole.tell("receipt", PAID, occurrence=str(number))
        await whole.tell("reminder", PAID, occurrence=str(number))

    assert await whole.found() == set()
