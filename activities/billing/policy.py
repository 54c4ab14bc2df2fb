"""What it costs not to come: pure rules, by the moment that was asked at and the terms accepted.

The billing service charges by them, and the API quotes by them: the two never differ.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from activities.billing.amounts import half_up
from activities.billing.contract import CancellationAsked, CancellationRule
from activities.contract import By
from activities.offers import Terms

NOTHING = Decimal(0)
PAID_FOR = (CancellationRule.LATE_MOVE, CancellationRule.LATE_CANCELLATION)


@dataclass(frozen=True, slots=True)
class Charge:
    """What a bill says of a visit, tax included."""

    consultation: Decimal
    """Its lines, less what the visit became cheaper by: the base of every fee."""
    asked: Decimal
    """What the whole bill asks for, paid or not: its lines, less its credits."""
    received: Decimal
    """What was paid, less what went back or is on its way back."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What is kept of a charge, and what becomes of the rest."""

    fee: Decimal
    credit: Decimal
    refund: Decimal


def rule_of(asked: CancellationAsked, asked_at: datetime) -> CancellationRule:
    """Tell by which rule a cancellation is judged; that it comes too late is not said here."""
    if asked.by is By.HOSPITAL:
        return CancellationRule.HOSPITAL
    if asked.late_move:
        return CancellationRule.LATE_MOVE
    at, grace_ends = asked_at.astimezone(UTC), end_of_grace(asked)
    if grace_ends and at <= grace_ends:
        return CancellationRule.GRACE
    is_free = at < late_from(asked)
    return CancellationRule.FREE if is_free else CancellationRule.LATE_CANCELLATION


def percent_of(rule: CancellationRule, terms: Terms) -> Decimal:
    return terms.late_cancel_fee_percent if rule in PAID_FOR else NOTHING


def cost_of(charge: Charge, percent: Decimal, minor: int) -> Cost:
    """Keep a part of the consultation, credit the rest of the bill, give back what is too much.

    No fee is more than the bill still asks for: what was forgiven before stays forgiven.
    """
    fee = half_up(min(charge.consultation * percent / 100, charge.asked), minor)
    refund = max(charge.received - fee, NOTHING)
    return Cost(fee, charge.asked - fee, refund)


def free_until(asked: CancellationAsked) -> datetime | None:
    """Tell when a cancellation begins to cost something. `None`: it costs the same at any time."""
    if asked.by is By.HOSPITAL or asked.late_move:
        return None
    latest = max(late_from(asked), end_of_grace(asked) or late_from(asked))
    return min(latest, asked.slot_start.astimezone(UTC))


def refused_from(asked: CancellationAsked) -> datetime | None:
    """Tell from when on it is too late to cancel. `None`: never."""
    return None if asked.by is By.HOSPITAL else asked.slot_start.astimezone(UTC)


def late_from(asked: CancellationAsked) -> datetime:
    """Tell when it begins to be late, that moment included."""
    # In UTC: between two wall times of one zone Python forgets the changes of its clock.
    return asked.slot_start.astimezone(UTC) - timedelta(minutes=asked.terms.late_cancel_minutes)


def end_of_grace(asked: CancellationAsked) -> datetime | None:
    """Tell until when a fresh booking is free, that moment included. `None`: it is not."""
    minutes = asked.terms.cancel_grace_minutes
    return asked.booked_at.astimezone(UTC) + timedelta(minutes=minutes) if minutes > 0 else None
