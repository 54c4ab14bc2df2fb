"""What a visit costs, and on which terms it is booked."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

from activities.contract import Money
from activities.doctors.calendars import Row
from activities.doctors.slots import Slot
from activities.offers import DoctorCard, SlotOffer, Terms


def fee_of(row: Row) -> Money:
    """The doctor's fee, as far as this kind of service is charged for."""
    smallest = Decimal(1).scaleb(-get_currency_precision(row["currency"]))
    charged: Decimal = row["consultation_fee"] * row["fee_percent"] / 100
    return Money(amount=charged.quantize(smallest, ROUND_HALF_UP), currency=row["currency"])


def offer_of(row: Row, slot: Slot) -> SlotOffer:
    """The slot with everything that will be judged by what was accepted."""
    return SlotOffer(
        ends_at=slot.end,
        timezone=row["timezone"],
        local_start=slot.local_start,
        fee=fee_of(row),
        tax_rate=row["tax_rate"],
        due_days=row["bill_due_days"],
        hold_for=timedelta(minutes=row["hold_minutes"]),
        settings_version=row["settings_version"],
        terms=Terms(
            late_cancel_minutes=row["late_cancel_minutes"],
            late_cancel_fee_percent=row["late_cancel_fee_percent"],
            no_show_fee_percent=row["no_show_fee_percent"],
            cancel_grace_minutes=row["cancel_grace_minutes"],
            no_show_grace_minutes=row["no_show_grace_minutes"],
            waiver_days=row["waiver_days"],
            reminder_minutes=tuple(row["reminder_minutes"]),
        ),
        doctor=DoctorCard(
            name=row["name"],
            department=row["department"],
            specialization=row["specialization"],
            source_version=row["source_version"],
        ),
        max_daily_appts=row["max_daily_appts"],
        max_live_holds=row["max_live_holds"],
        max_bookings_per_hour=row["max_bookings_per_hour"],
        max_reschedules=row["max_reschedules"],
        reschedule_cutoff_minutes=row["reschedule_cutoff_minutes"],
    )
