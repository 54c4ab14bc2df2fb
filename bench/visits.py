"""Booked visits, for whatever is done with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from uuid import UUID

from uuid_utils.compat import uuid7

from activities.contract import Visit
from api.idempotency import typed
from api.processes import Wanted
from bench.contestant import Asked, Contestant
from bench.replies import DEARER, NIGHT, TELEMEDICINE
from ops.hospital import an_id
from workflows.book_appointment import BookAppointment, BookAppointmentWorkflow, PayNow

AHEAD = timedelta(days=2)
"""Nothing falls due while we measure: no reminder, no fee for being late."""
FIVE = timedelta(minutes=5)
CARD = "pm_card_visa"


@dataclass(frozen=True)
class Booked:
    visit: Visit
    bill_id: UUID


def free_slots() -> Iterator[datetime]:
    """Give slots of the doctors who work round the clock, each once: nobody is busy twice."""
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + AHEAD
    return (first + number * FIVE for number in count())


def everybody(patients: int) -> Iterator[UUID]:
    return cycle([an_id("patient", number) for number in range(1, patients + 1)])


def new_visit(contestant: Contestant) -> Visit:
    return Visit(
        appointment_id=uuid7(),
        patient_id=next(contestant.patients),
        doctor_id=NIGHT,
        department_id=TELEMEDICINE,
        slot_start=next(contestant.slots),
    )


def moved(visit: Visit, contestant: Contestant, *, is_dearer: bool) -> Visit:
    """Wish for another time, with the same doctor or with the dearer one."""
    place = {"doctor_id": DEARER if is_dearer else NIGHT, "slot_start": next(contestant.slots)}
    return visit.model_copy(update=place)


def booking_of(booked: Booked, *, is_prepaid: bool) -> Asked:
    pay = PayNow(payment_id=uuid7(), payment_method=CARD) if is_prepaid else None
    return Wanted(
        id=f"book-{booked.visit.appointment_id}",
        run=BookAppointmentWorkflow.run,
        outcome=typed(BookAppointmentWorkflow.outcome),
        request=BookAppointment(visit=booked.visit, bill_id=booked.bill_id, pay=pay),
        summary=f"Book {booked.visit.appointment_id}",
        about=about(booked.visit),
        correlation_id="bench",
    )


async def book(contestant: Contestant, number: int, *, is_prepaid: bool) -> list[Booked]:
    """Book so many visits, and wait until nothing is left to be done for any."""
    booked = [Booked(new_visit(contestant), uuid7()) for _ in range(number)]
    await contestant.ask_together([booking_of(one, is_prepaid=is_prepaid) for one in booked])
    return booked


def about(visit: Visit) -> dict[str, str]:
    return {
        "AppointmentId": str(visit.appointment_id),
        "PatientId": str(visit.patient_id),
        "DoctorId": str(visit.doctor_id),
    }
