"""Requests and processes as tests need them: valid, and each one different."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from activities.appointments.contract import TakeSlot
from activities.contract import Money, Visit
from activities.offers import DoctorCard, PatientOffer, SlotOffer, Terms
from activities.process import Origin, Process

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
TOMORROW_NINE = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


def a_process(id: str = "book-1", at: datetime = NOW) -> Process:
    return Process(id=id, origin=Origin(role="RECEPTIONIST", correlation_id="test", accepted_at=at))


def a_visit(
    *, doctor: UUID | None = None, patient: UUID | None = None, start: datetime = TOMORROW_NINE
) -> Visit:
    return Visit(
        appointment_id=uuid4(),
        patient_id=patient or uuid4(),
        doctor_id=doctor or uuid4(),
        department_id=uuid4(),
        slot_start=start,
    )


def an_offer(start: datetime = TOMORROW_NINE, *, daily: int = 20, holds: int = 3) -> SlotOffer:
    return SlotOffer(
        ends_at=start + HALF_AN_HOUR,
        timezone="UTC",
        local_start=start.replace(tzinfo=None),
        fee=Money(amount=Decimal("100.00"), currency="GBP"),
        tax_rate=Decimal("0.05"),
        due_days=30,
        hold_for=timedelta(minutes=10),
        settings_version=1,
        terms=Terms(
            late_cancel_minutes=120,
            late_cancel_fee_percent=Decimal(50),
            no_show_fee_percent=Decimal(100),
            reminder_minutes=(1440, 120),
        ),
        doctor=DoctorCard(name="Ada Wong", department="Cardiology", source_version=1),
        max_daily_appts=daily,
        max_live_holds=holds,
        max_bookings_per_hour=10,
    )


def a_patient() -> PatientOffer:
    return PatientOffer(
        name="Jo Doe", email="jo@example.org", contact_channel="EMAIL", source_version=1
    )


def a_slot(
    visit: Visit | None = None, *, held: bool = False, offer: SlotOffer | None = None
) -> TakeSlot:
    visit = visit or a_visit()
    return TakeSlot(
        visit=visit,
        offer=offer or an_offer(visit.slot_start),
        patient=a_patient(),
        hold_until=NOW + timedelta(minutes=10) if held else None,
    )
