"""The day of the visit: its reminders, who comes, and what becomes of those who do not."""

import asyncio
from datetime import UTC, datetime, timedelta

from tests.e2e.desk import Done, pounds
from tests.e2e.diary import LENGTH, Visit
from tests.e2e.hospital import Hospital
from tests.e2e.people import DOCTOR, IMOGEN
from tests.e2e.watch import Watch
from tests.waiting import until

TOTAL = "105.00"
SOON = timedelta(seconds=5)
"""Long enough to look at a visit, and to move another, before it is missed or reminded of."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def missed(hospital: Hospital, *, paid: bool = False, **terms: int) -> Visit:
    """Find a visit that ended a minute ago, and whose patient is not waited for any more."""
    visit = await hospital.long_booked(-LENGTH - MINUTE, no_show_grace_minutes=0, **terms)
    if paid:
        await hospital.pay(visit.bill, TOTAL)
    return visit


async def test_a_patient_who_comes_is_seen_and_it_is_written_up_once(hospital: Hospital) -> None:
    visit = await hospital.long_booked(-LENGTH, doctor=DOCTOR)
    watch = await Watch.begin(hospital, visit.id)
    found = {"diagnosis": "bronchitis", "treatment": "rest and tea"}
    doctor = IMOGEN.username

    too_soon = await hospital.carry_out(f"{visit.path}/complete", found, doctor)
    arrived = await hospital.carry_out(f"{visit.path}/check-in")
    assert await watch.row(arrived.process) == "O-60"
    here = await Watch.begin(hospital, visit.id)
    seen = await hospital.carry_out(f"{visit.path}/complete", found, doctor)
    again = await hospital.carry_out(f"{visit.path}/complete", found, doctor)

    assert too_soon.refused == again.refused == (409, "wrong-state")
    assert (arrived.told["status"], seen.told["status"]) == ("CHECKED_IN", "COMPLETED")
    assert await here.row(seen.process) == "O-60"
    (entry,) = await hospital.rows_of("patients", "visit_history", visit.id)
    assert (entry["diagnosis"], entry["treatment"]) == ("bronchitis", "rest and tea")
    assert await hospital.end_of(f"appointment-{visit.id}") == ("DONE", None)
    await hospital.check_books()


async def test_staff_say_who_did_not_come_and_forgive_it(hospital: Hospital) -> None:
    async def no_show(visit: Visit) -> Done:
        return await hospital.carry_out(f"{visit.path}/no-show")

    async def waive(visit: Visit) -> Done:
        return await hospital.carry_out(f"{visit.path}/waive", {"reason": "the bus broke down"})

    async def case(visit: Visit, bills: tuple[str, str], back: str, percent: str = TOTAL) -> None:
        watch, before = await Watch.begin(hospital, visit.id), await waive(visit)
        missed = await no_show(visit)
        marked = await watch.row(missed.process, fee=percent)
        status = (await hospital.desk.get(f"/v1/bills/{visit.bill}")).json()["status"]
        later = await Watch.begin(hospital, visit.id)
        waived = await waive(visit)
        again = await waive(visit)

        assert before.refused == again.refused == (409, "wrong-state")
        assert (missed.told["status"], marked) == ("NO_SHOW", "O-50")
        assert await later.row(waived.process) == "O-51"
        after = (await hospital.desk.get(f"/v1/bills/{visit.bill}")).json()["status"]
        assert (status, after) == bills
        assert [part["amount"] for part in waived.told.get("refunds", [])] == (
            [pounds(back)] if back else []
        )
        assert await hospital.end_of(f"appointment-{visit.id}") == ("DONE", None)

    paid, unpaid, half = await asyncio.gather(
        missed(hospital, paid=True),
        missed(hospital),
        missed(hospital, paid=True, no_show_fee_percent=50),
    )
    patient_may_come = await hospital.long_booked(-LENGTH - MINUTE)
    over = await missed(hospital, waiver_days=0)
    await asyncio.gather(
        case(paid, ("PAID", "REFUNDED"), TOTAL),
        case(unpaid, ("OPEN", "VOID"), ""),
        case(half, ("PARTIALLY_REFUNDED", "REFUNDED"), "52.50", percent="52.50"),
    )
    assert (await no_show(patient_may_come)).refused == (409, "too-early-for-no-show")
    await no_show(over)
    assert (await waive(over)).refused == (409, "waive-window-closed")
    await hospital.check_books()


async def test_who_does_not_come_is_marked_when_the_grace_is_over(hospital: Hospital) -> None:
    """By the visit's own life: nobody asks for it."""

    async def case(*, is_paid: bool, bill: str) -> None:
        ahead = SOON - LENGTH
        visit = await hospital.long_booked(ahead, is_paid=is_paid, no_show_grace_minutes=0)
        watch = await Watch.begin(hospital, visit.id)
        assert datetime.now(UTC) < visit.slot + LENGTH

        life = await hospital.end_of(f"appointment-{visit.id}")

        (change,) = await hospital.databases.rows(
            "appointments",
            "SELECT workflow_id, accepted_at FROM app.appointment_changes"
            " WHERE appointment_id::text = $1 AND to_status = 'NO_SHOW'",
            visit.id,
        )
        assert life == ("DONE", None)
        assert change["accepted_at"] >= visit.slot + LENGTH
        assert await watch.row(change["workflow_id"], fee=TOTAL) == "O-50"
        assert (await hospital.desk.get(f"/v1/bills/{visit.bill}")).json()["status"] == bill

    await asyncio.gather(case(is_paid=True, bill="PAID"), case(is_paid=False, bill="OPEN"))
    await hospital.check_books()


async def test_a_reminder_is_sent_once_and_none_for_a_time_that_is_no_more(
    hospital: Hospital,
) -> None:
    async def reminders(visit: Visit) -> list[str]:
        rows = await hospital.rows_of("notifications", "notifications", visit.id)
        ours = {str(row["notification_id"]) for row in rows if row["event_type"] == "reminder"}
        mails = await hospital.mailbox.mails()
        return [mail["about"] for mail in mails if mail["about"] in ours]

    async def due(*minutes: int) -> Visit:
        """Find a visit that its patient is soon reminded of, and that begins in two hours."""
        return await hospital.long_booked(2 * HOUR + SOON, reminder_minutes=minutes)

    stays, moves, ends = await asyncio.gather(due(1440, 120, 30), due(120, 119), due(120))
    to = hospital.slot()
    moved = await hospital.carry_out(f"{moves.path}/reschedule", {"slot_start": to.isoformat()})
    await hospital.carry_out(f"{ends.path}/cancel", {"by": "patient", "reason": "well again"})
    is_in_time = datetime.now(UTC) < min(moves.slot, ends.slot) - 2 * HOUR

    reminded = await until(lambda: reminders(stays), seconds=20)
    await asyncio.sleep(1)

    assert moved.answer.status_code == 200
    assert is_in_time
    assert await reminders(stays) == reminded
    assert len(reminded) == 1
    assert await reminders(moves) == await reminders(ends) == []
    assert await hospital.end_of(f"appointment-{ends.id}") == ("DONE", None)
    assert abs(await next_due(hospital, stays) - (stays.slot - 30 * MINUTE)) < MINUTE
    assert abs(await next_due(hospital, moves) - (to - DAY)) < MINUTE
    await hospital.check_books()


async def next_due(hospital: Hospital, visit: Visit) -> datetime:
    """Tell what the life of a visit waits for now."""
    life = hospital.temporal.get_workflow_handle(f"appointment-{visit.id}")
    *_, timer = [
        event
        for event in (await life.fetch_history()).events
        if event.HasField("timer_started_event_attributes")
    ]
    begun = timer.event_time.ToDatetime(UTC)
    return begun + timer.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
