"""Bookings: paid later, at once, or while the slot is held."""

from uuid_utils.compat import uuid7

from tests.histories.recorder import Recorder
from workflows.held_payment import Pay, Release

DECLINED = "pm_card_visa_chargeDeclined"
SHORT_HOLDS = "UPDATE app.hospital_settings SET hold_minutes = 1, version = version + 1"


async def bookings(recorder: Recorder) -> None:
    visit = recorder.visit(1)
    await recorder.record_booking("book-pay-later", visit)
    await recorder.keep("lifecycle-open", f"appointment-{visit.appointment_id}")
    same = recorder.visit(2, slot=visit.slot_start)
    await recorder.record_booking("book-slot-taken", same)
    await recorder.record_booking("book-prepaid", recorder.visit(3), "pm_card_visa")
    await recorder.record_booking("book-prepaid-declined", recorder.visit(4), DECLINED)
    stranger = recorder.visit(1).model_copy(update={"patient_id": uuid7()})
    await recorder.record_booking("book-unknown-patient", stranger)


async def holds(recorder: Recorder) -> None:
    await recorder.record_hold("book-held-paid", 5, pay(DECLINED), pay("pm_card_visa"))
    await recorder.record_hold("book-held-released", 6, Release(command=uuid7()))
    await recorder.change("doctors", SHORT_HOLDS)
    await recorder.record_hold("book-held-expired", 7)


def pay(card: str) -> Pay:
    return Pay(command=uuid7(), payment_method=card)
