"""The slot rules, asked as the slot list and as the booking ask them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import datetime_ambiguous, datetime_exists
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.doctors.slots import (
    Calendar,
    Hours,
    Limits,
    NotOffered,
    Override,
    Slot,
    SlotSearch,
    TooSoon,
    slots_on,
)

ZONES = [
    "UTC",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
]
FIVE_YEARS = [date(2026, 1, 1) + timedelta(days=day) for day in range(5 * 365 + 1)]

MONDAY = date(2027, 3, 1)
LONDON_SPRINGS_FORWARD = date(2027, 3, 28)
LONDON_FALLS_BACK = date(2027, 10, 31)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOMENT = datetime.resolution
LIMITS = Limits(lead_time=2 * HOUR, horizon=180 * DAY)
NO_LIMITS = Limits(lead_time=-1000 * DAY, horizon=1000 * DAY)

every_zone = pytest.mark.parametrize("timezone", ZONES)
bounded = settings(derandomize=True, deadline=None, max_examples=75)


def daily(start: str, end: str, minutes: int = 30, buffer: int = 0) -> tuple[Hours, ...]:
    opens, closes = time.fromisoformat(start), time.fromisoformat(end)
    return tuple(Hours(day, opens, closes, minutes, buffer) for day in range(1, 8))


def clinic(
    start: str, end: str, minutes: int = 30, buffer: int = 0, timezone: str = "UTC"
) -> Calendar:
    return Calendar(timezone, daily(start, end, minutes, buffer))


def added(start: str, end: str, minutes: int | None = None) -> Override:
    opens, closes = time.fromisoformat(start), time.fromisoformat(end)
    return Override(MONDAY, opens, closes, is_available=True, slot_duration=minutes)


def removed(start: str, end: str) -> Override:
    opens, closes = time.fromisoformat(start), time.fromisoformat(end)
    return Override(MONDAY, opens, closes, is_available=False)


def times(slots: list[Slot]) -> str:
    return " ".join(slot.local_start.strftime("%H:%M") for slot in slots)


def overlap(slot: Slot, start: datetime, end: datetime) -> bool:
    return slot.start < end and start < slot.end


def is_found(search: SlotSearch, start: datetime) -> bool:
    try:
        return search.find(start).start == start
    except (NotOffered, TooSoon):
        return False


@st.composite
def wall_ranges(draw: st.DrawFn) -> tuple[time, time]:
    opens = draw(st.integers(0, 280))
    closes = draw(st.integers(opens + 1, 288))
    start, end = (time(five // 12 % 24, five % 12 * 5) for five in (opens, closes))
    return start, end


@st.composite
def calendars(draw: st.DrawFn, day: date) -> Calendar:
    """Hours of that weekday may overlap here, which no database lets through."""
    lengths = st.sampled_from([20, 30, 45, 60, 95, 240])
    week = [
        Hours(day.isoweekday(), *span, draw(lengths), draw(st.sampled_from([0, 0, 5, 10])))
        for span in draw(st.lists(wall_ranges(), max_size=3))
    ]
    overrides = [
        Override(day, *span, is_available, draw(lengths | st.none()) if is_available else None)
        for span, is_available in draw(
            st.lists(st.tuples(wall_ranges(), st.booleans()), max_size=3)
        )
    ]
    return Calendar(draw(st.sampled_from(ZONES)), tuple(week), tuple(overrides))


# Ordinary days, and those on which a clock of the zones above is changed.
some_days = st.sampled_from(
    [MONDAY, LONDON_SPRINGS_FORWARD, LONDON_FALLS_BACK, date(2027, 3, 14), date(2027, 4, 4)]
)


@every_zone
def test_a_nine_o_clock_clinic_stays_at_nine_across_both_clock_changes(timezone: str) -> None:
    zone = ZoneInfo(timezone)
    calendar = clinic("09:00", "10:00", 60, timezone=timezone)

    for day in FIVE_YEARS:
        (slot,) = slots_on(calendar, day)

        assert slot.local_start == datetime.combine(day, time(9))
        assert slot.start.astimezone(zone).replace(tzinfo=None) == slot.local_start
        assert slot.end - slot.start == HOUR


@every_zone
def test_slots_of_every_day_never_overlap_and_fill_the_open_time(timezone: str) -> None:
    zone = ZoneInfo(timezone)
    week = daily("00:00", "04:00", 30) + daily("04:00", "00:00", 300)
    calendar = Calendar(timezone, week)
    free_from = datetime(2025, 12, 31, tzinfo=UTC)

    for day in FIVE_YEARS:
        slots = slots_on(calendar, day)

        for slot in slots:
            minutes = 30 if slot.local_start.hour < 4 else 300
            assert slot.end - slot.start == minutes * MINUTE
            assert slot.start >= free_from
            free_from = slot.end
        opened = sum((slot.end - slot.start for slot in slots), timedelta())
        assert opened == 24 * HOUR - skipped_on(day, zone)


def skipped_on(day: date, zone: ZoneInfo) -> timedelta:
    """What the clock leaves out. What it repeats is offered once, so that counts for nothing."""
    halves = (datetime.combine(day, time()) + n * 30 * MINUTE for n in range(48))
    return sum((30 * MINUTE for half in halves if not datetime_exists(half, zone)), timedelta())


@bounded
@given(st.data(), some_days)
def test_every_slot_begins_at_the_first_time_that_its_wall_time_comes(
    data: st.DataObject, day: date
) -> None:
    calendar = data.draw(calendars(day))
    zone = ZoneInfo(calendar.timezone)

    slots = slots_on(calendar, day)

    for slot in slots:
        assert datetime_exists(slot.local_start, zone)
        assert slot.start == slot.local_start.replace(tzinfo=zone, fold=0).astimezone(UTC)
    assert all(one.end <= after.start for one, after in pairwise(slots))


def test_a_slot_in_the_skipped_hour_is_neither_offered_nor_found() -> None:
    calendar = clinic("00:30", "04:30", 60, timezone="Europe/London")
    skipped = datetime(2027, 3, 28, 1, 30, tzinfo=ZoneInfo("Europe/London"))
    search = SlotSearch(calendar, LIMITS, skipped - 3 * DAY)

    offered = search.offered(skipped - DAY, skipped + DAY, [])

    # The slot of 00:30 would last until 02:30, and half of the hour is missing.
    assert times(slots_on(calendar, LONDON_SPRINGS_FORWARD)) == "02:30 03:30"
    assert all(slot.end - slot.start == HOUR for slot in offered)
    assert search.find(skipped).local_start == datetime(2027, 3, 28, 2, 30)  # noqa: DTZ001


def test_a_slot_may_end_at_the_very_moment_of_the_change() -> None:
    spring = slots_on(clinic("00:30", "02:30", timezone="Europe/London"), LONDON_SPRINGS_FORWARD)
    fall = slots_on(clinic("01:00", "02:30", timezone="Europe/London"), LONDON_FALLS_BACK)

    assert times(spring) == "00:30 02:00"
    assert spring[0].end == spring[1].start == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert times(fall) == "01:00 01:30 02:00"
    assert fall[1].end == datetime(2027, 10, 31, 1, tzinfo=UTC)
    assert fall[2].start == datetime(2027, 10, 31, 2, tzinfo=UTC)
