"""Rows of hours, however they were read, as the slot rules see them.

The booking reads its own tables and the slot list reads published views: both come through here, so
that they cannot disagree.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Protocol
from uuid import UUID

from activities.doctors.slots import Calendar, Hours, Limits, Override


class Row(Protocol):
    """Columns by name."""

    def __getitem__(self, name: str, /) -> Any: ...  # noqa: ANN401 - each has its own type


def calendars_of(
    doctors: Iterable[Row],
    schedules: Iterable[Row],
    overrides: Iterable[Row],
    holidays: Iterable[date],
) -> dict[UUID, Calendar]:
    """Sort out whose hours are whose; `doctors` need an id and a timezone."""
    week: defaultdict[UUID, list[Hours]] = defaultdict(list)
    for row in schedules:
        if row["is_active"]:
            week[row["doctor_id"]].append(hours_of(row))
    changed: defaultdict[UUID, list[Override]] = defaultdict(list)
    for row in overrides:
        changed[row["doctor_id"]].append(override_of(row))
    closed = frozenset(holidays)
    return {
        doctor["doctor_id"]: Calendar(
            timezone=doctor["timezone"],
            week=tuple(week[doctor["doctor_id"]]),
            overrides=tuple(changed[doctor["doctor_id"]]),
            holidays=closed,
        )
        for doctor in doctors
    }


def hours_of(row: Row) -> Hours:
    return Hours(
        day_of_week=row["day_of_week"],
        start_time=row["start_time"],
        end_time=row["end_time"],
        slot_duration=row["slot_duration"],
        buffer=row["buffer"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
    )


def override_of(row: Row) -> Override:
    return Override(
        date=row["date"],
        start_time=row["start_time"],
        end_time=row["end_time"],
        is_available=row["is_available"],
        slot_duration=row["slot_duration"],
    )


def limits_of(settings: Row) -> Limits:
    return Limits(
        lead_time=timedelta(minutes=settings["lead_time_minutes"]),
        horizon=timedelta(days=settings["booking_horizon_days"]),
    )
