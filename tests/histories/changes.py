"""What becomes of booked visits: moved, cancelled, lived through, missed."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from activities.contract import By, Message, Visit
from ops.hospital import an_id
from tests.e2e.diary import LENGTH
from tests.e2e.people import CHEAPER, DEARER, DOCTOR
from tests.histories.bookings import DECLINED
from tests.histories.payments import VISA, pay
from tests.histories.recorder import Recorder
from workflows.cancel_appointment import Cancel, CancelAppointmentWorkflow
from workflows.check_in import CheckIn, CheckInWorkflow
from workflows.complete_visit import Complete, CompleteVisitWorkflow
from workflows.mark_no_show import MarkNoShow, MarkNoShowWorkflow
from workflows.reschedule_appointment import Reschedule, RescheduleAppointmentWorkflow
from workflows.waive_no_show import Waive, WaiveNoShowWorkflow

MOVE, CANCEL = RescheduleAppointmentWorkflow, CancelAppointmentWorkflow
LATE = timedelta(hours=1, minutes=59)
SOON = timedelta(seconds=6)
A_MINUTE = timedelta(minutes=1)


async def moves(recorder: Recorder) -> None:
    async def move(name: str, booked: Visit, doctor: UUID, card: str = VISA) -> None:
        wanted = {"doctor_id": doctor, "slot_start": recorder.slot()}
        await recorder.run(name, MOVE, *moving(booked.model_copy(update=wanted), card))

    async def prepaid(patient: int) -> Visit:
        return (await recorder.booked(recorder.visit(patient, DOCTOR), VISA)).visit

    later = recorder.visit(8, DOCTOR)
    await recorder.booked(later)
    await move("reschedule-same-price", later, DOCTOR)
    await move("reschedule-dearer", await prepaid(9), DEARER)
    await move("reschedule-cheaper", await prepaid(10), CHEAPER)
    await move("reschedule-declined", await prepaid(11), DEARER, DECLINED)

    other = recorder.visit(12, DOCTOR)
    await recorder.booked(other)
    taken = later.model_copy(update={"slot_start": other.slot_start})
    await recorder.run("reschedule-slot-taken", MOVE, *moving(taken, VISA))


def moving(visit: Visit, card: str) -> tuple[str, Reschedule]:
    request = Reschedule(
        visit=visit, hold_id=uuid7(), payment_id=uuid7(), payment_method=card, reason="recorded"
    )
    return named("reschedule", visit.appointment_id), request


async def cancellations(recorder: Recorder) -> None:
    unpaid = recorder.visit(13)
    await recorder.booked(unpaid)
    await recorder.run("cancel-unpaid", CANCEL, *cancelling(unpaid.appointment_id))

    late = await recorder.diary.write(an_id("patient", 14), datetime.now(UTC) + LATE)
    await pay(recorder, UUID(late.bill))
    await recorder.run("cancel-late-with-refund", CANCEL, *cancelling(UUID(late.id)))
    await recorder.run("cancel-refused", CANCEL, *cancelling(UUID(late.id)))


def cancelling(appointment_id: UUID) -> tuple[str, Cancel]:
    request = Cancel(appointment_id=appointment_id, by=By.PATIENT, reason="recorded")
    return named("cancel", appointment_id), request


async def days_of_visits(recorder: Recorder) -> None:
    async def run(name: str, kind: type, verb: str, request: Message, visit: UUID) -> None:
        await recorder.run(name, kind, named(verb, visit), request)

    seen = UUID((await recorder.diary.write(an_id("patient", 15), datetime.now(UTC) - LENGTH)).id)
    await run("check-in", CheckInWorkflow, "checkin", CheckIn(appointment_id=seen), seen)
    found = Complete(appointment_id=seen, diagnosis="bronchitis", treatment="rest and tea")
    await run("complete-visit", CompleteVisitWorkflow, "complete", found, seen)
    await recorder.end("lifecycle-completed", f"appointment-{seen}")

    soon = UUID(await missed(recorder, 16, SOON - LENGTH))
    early = MarkNoShow(appointment_id=soon)
    await run("no-show-too-early", MarkNoShowWorkflow, "noshow", early, soon)
    await recorder.end("lifecycle-missed", f"appointment-{soon}")
    by_itself = await recorder.begun_by(f"appointment-{soon}")
    await recorder.end("no-show-by-the-timer", by_itself)
    forgiven = Waive(appointment_id=soon, reason="the bus broke down")
    await run("waive-no-show", WaiveNoShowWorkflow, "waive", forgiven, soon)


async def missed(recorder: Recorder, patient: int, ahead: timedelta) -> str:
    start = datetime.now(UTC) + ahead
    visit = await recorder.diary.write(an_id("patient", patient), start, no_show_grace_minutes=0)
    return visit.id


async def reminders(recorder: Recorder) -> None:
    """Remind of a visit, and let its life end with it."""
    start = datetime.now(UTC) + A_MINUTE + SOON
    visit = await recorder.diary.write(an_id("patient", 17), start, reminder_minutes=(1,))
    await asyncio.sleep(2 * SOON.total_seconds())
    await recorder.ask(CANCEL, *cancelling(UUID(visit.id)))
    await recorder.end("lifecycle-reminded", f"appointment-{visit.id}")


def named(verb: str, appointment_id: UUID) -> str:
    return f"{verb}-{appointment_id}-{uuid7()}"
