"""What is offered: it travels from the services that check to the one that takes the slot."""

from datetime import datetime, timedelta
from decimal import Decimal

from activities.contract import Message, Money


class Terms(Message):
    """What holds for a visit once it is booked: the hospital's numbers, as they were accepted."""

    late_cancel_minutes: int
    late_cancel_fee_percent: Decimal
    no_show_fee_percent: Decimal
    cancel_grace_minutes: int = 0
    no_show_grace_minutes: int = 15
    waiver_days: int = 7
    reminder_minutes: tuple[int, ...] = ()


class DoctorCard(Message):
    """The doctor as other services keep them; a newer `source_version` wins."""

    name: str
    department: str
    specialization: str | None = None
    source_version: int


class PatientOffer(Message):
    """The patient as other services keep them; a newer `source_version` wins."""

    name: str
    email: str | None = None
    phone: str | None = None
    contact_channel: str
    source_version: int


class SlotOffer(Message):
    """The slot, its price and the terms, as they were when the booking was accepted."""

    ends_at: datetime
    timezone: str
    local_start: datetime
    """Wall time at the doctor's, without zone: what the patient was promised."""
    fee: Money
    tax_rate: Decimal
    due_days: int
    hold_for: timedelta
    settings_version: int
    terms: Terms
    doctor: DoctorCard
    max_daily_appts: int
    max_live_holds: int
    max_bookings_per_hour: int
    max_reschedules: int = 2
    reschedule_cutoff_minutes: int = 60
