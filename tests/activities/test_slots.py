"""The slot rules, asked as the slot list and as the booking ask them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import datetime_ambiguous, datetime_exists
from hypothesis import example, given, settings
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


def length_of(day: date, zone: ZoneInfo) -> timedelta:
    midnight = datetime.combine(day, time(), zone)
    return (midnight + timedelta(days=1)).astimezone(UTC) - midnight.astimezone(UTC)


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
ORDINARY_DAYS = [(timezone, MONDAY) for timezone in ZONES]
CLOCK_CHANGES = [
    (timezone, day)
    for timezone in ZONES
    for day in FIVE_YEARS
    if day.year == MONDAY.year and length_of(day, ZoneInfo(timezone)) != timedelta(hours=24)
]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOMENT = datetime.resolution
LIMITS = Limits(lead_time=2 * HOUR, horizon=180 * DAY)

every_zone = pytest.mark.parametrize("timezone", ZONES)
bounded = settings(derandomize=True, deadline=None, max_examples=75)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


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


def span_of(day: date, row: Hours | Override) -> tuple[datetime, datetime]:
    opens = datetime.combine(day, row.start_time or time())
    closes = datetime.combine(day, row.end_time or time())
    return opens, closes if opens < closes else closes + DAY


def is_removal(row: Hours | Override) -> bool:
    return isinstance(row, Override) and not row.is_available


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
def calendars(draw: st.DrawFn) -> tuple[Calendar, date]:
    """A calendar and its one day. Hours may overlap, which no database lets through."""
    timezone, day = draw(st.sampled_from(ORDINARY_DAYS) | st.sampled_from(CLOCK_CHANGES))
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
    return Calendar(timezone, tuple(week), tuple(overrides)), day


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
    # All of them change their clocks between eight in the evening and four in the morning.
    week = (
        *daily("00:00", "04:00", 30),
        *daily("04:00", "20:00", 480),
        *daily("20:00", "00:00", 30),
    )
    calendar = Calendar(timezone, week)
    free_from = datetime(2025, 12, 31, tzinfo=UTC)

    for day in FIVE_YEARS:
        slots = slots_on(calendar, day)

        for slot in slots:
            minutes = 480 if 4 <= slot.local_start.hour < 20 else 30
            assert slot.end - slot.start == minutes * MINUTE
            assert slot.start >= free_from
            free_from = slot.end
        opened = sum((slot.end - slot.start for slot in slots), timedelta())
        # What the clock skips is lost, and what it repeats is offered once.
        assert opened == min(24 * HOUR, length_of(day, zone))


@bounded
@given(calendars())
def test_every_slot_begins_at_the_first_time_that_its_wall_time_comes(
    case: tuple[Calendar, date],
) -> None:
    calendar, day = case
    zone = ZoneInfo(calendar.timezone)

    slots = slots_on(calendar, day)

    for slot in slots:
        assert datetime_exists(slot.local_start, zone)
        assert slot.start == slot.local_start.replace(tzinfo=zone, fold=0).astimezone(UTC)
    assert all(one.end <= after.start for one, after in pairwise(slots))


def test_a_slot_in_the_skipped_hour_is_neither_offered_nor_found() -> None:
    calendar = clinic("00:30", "04:30", 60, timezone="Europe/London")
    night = utc(2027, 3, 28)
    search = SlotSearch(calendar, LIMITS, night - DAY)

    offered = search.offered(night, night + 12 * HOUR, [])

    # The slot of 00:30 would last until 02:30, and 01:30 never comes.
    assert times(offered) == "02:30 03:30"
    assert offered[0].start == utc(2027, 3, 28, 1, 30)
    with pytest.raises(NotOffered):
        search.find(utc(2027, 3, 28, 0, 30))


def test_the_repeated_hour_is_offered_once() -> None:
    calendar = clinic("00:30", "03:00", timezone="Europe/London")
    search = SlotSearch(calendar, LIMITS, utc(2027, 10, 30))
    first, second = utc(2027, 10, 31, 0, 30), utc(2027, 10, 31, 1, 30)

    slots = slots_on(calendar, LONDON_FALLS_BACK)

    assert times(slots) == "00:30 01:00 01:30 02:00 02:30"
    assert datetime_ambiguous(slots[2].local_start, ZoneInfo("Europe/London"))
    assert search.find(first) == slots[2]
    with pytest.raises(NotOffered):
        search.find(second)


def test_a_slot_may_end_at_the_very_moment_of_the_change() -> None:
    spring = slots_on(clinic("00:30", "02:30", timezone="Europe/London"), LONDON_SPRINGS_FORWARD)
    fall = slots_on(clinic("01:30", "02:30", timezone="Europe/London"), LONDON_FALLS_BACK)

    assert times(spring) == "00:30 02:00"
    assert spring[0].end == spring[1].start == utc(2027, 3, 28, 1)
    assert times(fall) == "01:30 02:00"
    assert [fall[0].end, fall[1].start] == [utc(2027, 10, 31, 1), utc(2027, 10, 31, 2)]


def test_a_change_of_half_an_hour_skips_half_an_hour() -> None:
    calendar = clinic("01:00", "04:00", timezone="Australia/Lord_Howe")

    slots = slots_on(calendar, date(2027, 10, 3))

    assert times(slots) == "01:00 01:30 02:30 03:00 03:30"
    assert all(one.end == after.start for one, after in pairwise(slots))


def test_a_day_that_never_came_has_no_slots() -> None:
    calendar = clinic("00:00", "00:00", 60, timezone="Pacific/Apia")

    assert [len(slots_on(calendar, date(2011, 12, day))) for day in (29, 30, 31)] == [24, 0, 24]


@pytest.mark.parametrize(
    ("timezone", "hours", "starts"),
    [
        ("America/New_York", ("20:00", "21:00"), utc(2027, 3, 2, 1)),
        ("Pacific/Auckland", ("08:00", "09:00"), utc(2027, 2, 28, 19)),
        ("Asia/Kathmandu", ("05:00", "06:00"), utc(2027, 2, 28, 23, 15)),
    ],
)
def test_a_clinic_belongs_to_its_local_date(
    timezone: str, hours: tuple[str, str], starts: datetime
) -> None:
    calendar = clinic(*hours, 60, timezone=timezone)
    search = SlotSearch(calendar, LIMITS, utc(2027, 2, 20))

    (slot,) = slots_on(calendar, MONDAY)

    assert slot.local_start.date() == MONDAY
    assert slot.start == starts
    assert search.find(starts) == slot
    assert search.offered(starts, starts + MOMENT, []) == [slot]


@bounded
@given(st.data(), calendars())
def test_every_slot_that_is_offered_can_be_found_and_no_other(
    data: st.DataObject, case: tuple[Calendar, date]
) -> None:
    calendar, day = case
    midnight = datetime.combine(day, time(), UTC)
    asked_at = midnight + data.draw(st.integers(-48, 48)) * 15 * MINUTE
    limits = Limits(2 * HOUR, data.draw(st.sampled_from([6 * HOUR, DAY, 30 * DAY])))
    search = SlotSearch(calendar, limits, asked_at, slots=data.draw(st.integers(1, 4)))
    near = data.draw(st.integers(1, 90)) * MINUTE
    shifts = (timedelta(), MOMENT, -MOMENT, near, -near)
    starts = {slot.start + shift for slot in slots_on(calendar, day) for shift in shifts}

    offered = search.offered(midnight - DAY, midnight + 2 * DAY, [])

    assert [search.find(slot.start) for slot in offered] == offered
    assert {start for start in starts if is_found(search, start)} == {s.start for s in offered}


@bounded
@given(st.data(), calendars())
def test_every_slot_lies_in_open_time_and_touches_nothing_removed(
    data: st.DataObject, case: tuple[Calendar, date]
) -> None:
    calendar, day = case
    rows: list[Hours | Override] = [*calendar.week, *calendar.overrides]
    opened = [span_of(day, row) for row in rows if not is_removal(row)]
    taken = [span_of(day, row) for row in rows if is_removal(row)]

    slots = slots_on(calendar, day, data.draw(st.integers(1, 4)))

    for slot in slots:
        start, end = slot.local_start, slot.local_start + (slot.end - slot.start)
        assert any(opens <= start and end <= closes for opens, closes in opened)
        assert not any(since < end and start < until for since, until in taken)


def test_a_removal_beats_an_addition_and_an_addition_beats_the_week() -> None:
    overrides = (added("10:15", "12:45", 40), removed("11:00", "11:20"))
    calendar = replace(clinic("09:00", "13:00"), overrides=overrides)

    slots = slots_on(calendar, MONDAY)

    # Of the slots added at 10:15, 10:55 and 11:35, the second is removed again. What is left of
    # the added time is too short for another one, and the week keeps its slot of 12:30.
    assert times(slots) == "09:00 09:30 10:15 11:35 12:30"
    assert slots[2].end - slots[2].start == 40 * MINUTE
    assert (
        times(slots_on(calendar, MONDAY + DAY)) == "09:00 09:30 10:00 10:30 11:00 11:30 12:00 12:30"
    )


def test_a_removal_cuts_every_slot_that_it_overlaps_and_no_neighbour() -> None:
    calendar = replace(clinic("09:00", "12:00"), overrides=(removed("10:00", "10:31"),))

    assert times(slots_on(calendar, MONDAY)) == "09:00 09:30 11:00 11:30"


@pytest.mark.parametrize("hours", [("18:00", "20:00"), ("09:00", "10:00")])
def test_a_day_off_or_a_holiday_leaves_nothing(hours: tuple[str, str]) -> None:
    day_off = Override(MONDAY, None, None, is_available=False)
    week = clinic("09:00", "12:00")

    off = replace(week, overrides=(added(*hours), day_off))
    holiday = replace(week, overrides=(added(*hours),), holidays=frozenset([MONDAY]))

    assert slots_on(off, MONDAY) == slots_on(holiday, MONDAY) == []
    assert len(slots_on(off, MONDAY + DAY)) == len(slots_on(holiday, MONDAY + DAY)) == 6


def test_an_addition_takes_its_own_slot_length_or_that_of_the_day_or_half_an_hour() -> None:
    twenties = clinic("09:00", "10:00", 20)
    closed = Calendar("UTC", week=())

    own = slots_on(replace(twenties, overrides=(added("18:00", "19:00", 60),)), MONDAY)
    of_the_day = slots_on(replace(twenties, overrides=(added("18:00", "19:00"),)), MONDAY)
    usual = slots_on(replace(closed, overrides=(added("18:00", "19:00"),)), MONDAY)

    assert times(own) == "09:00 09:20 09:40 18:00"
    assert times(of_the_day) == "09:00 09:20 09:40 18:00 18:20 18:40"
    assert times(usual) == "18:00 18:30"


def test_a_buffer_follows_every_slot_but_need_not_fit_before_closing() -> None:
    slots = slots_on(clinic("09:00", "11:10", 30, buffer=20), MONDAY)

    assert times(slots) == "09:00 09:50 10:40"
    assert slots[-1].end == utc(2027, 3, 1, 11, 10)


def test_added_time_keeps_the_buffers_of_the_day() -> None:
    calendar = replace(
        clinic("09:00", "10:00", 30, buffer=10), overrides=(added("18:00", "20:00", 45),)
    )

    assert times(slots_on(calendar, MONDAY)) == "09:00 18:00 18:55"


def test_every_range_of_a_day_has_its_own_slot_length() -> None:
    week = (*daily("14:00", "15:30", 45), *daily("08:00", "08:50", 20))

    assert times(slots_on(Calendar("UTC", week), MONDAY)) == "08:00 08:20 14:00 14:45"


def test_hours_count_from_their_first_day_to_the_one_before_they_end() -> None:
    (hours, *_) = daily("09:00", "09:30")
    weekly = replace(hours, valid_from=MONDAY, valid_until=MONDAY + 14 * DAY)
    mondays = [MONDAY + weeks * 7 * DAY for weeks in (-1, 0, 1, 2)]

    opened = [bool(slots_on(Calendar("UTC", (weekly,)), monday)) for monday in mondays]

    assert opened == [False, True, True, False]


@bounded
@given(st.data(), calendars())
def test_the_order_of_rows_decides_nothing(
    data: st.DataObject, case: tuple[Calendar, date]
) -> None:
    calendar, day = case
    shuffled = Calendar(
        calendar.timezone,
        tuple(data.draw(st.permutations(calendar.week))),
        tuple(data.draw(st.permutations(calendar.overrides))),
    )

    assert slots_on(shuffled, day) == slots_on(calendar, day)


@pytest.mark.parametrize(
    ("start", "asked_from"),
    [
        (utc(2027, 3, 1, 10), "UTC"),
        # The clock goes from 01:00 to 02:00 in between, and back again in autumn.
        (utc(2027, 3, 28, 2, 30), "Europe/London"),
        (utc(2027, 10, 31, 2, 30), "Europe/London"),
    ],
)
def test_a_slot_exactly_the_lead_time_ahead_is_offered_and_a_moment_later_it_is_not(
    start: datetime, asked_from: str
) -> None:
    zone = ZoneInfo(asked_from)
    calendar = clinic("00:00", "12:00", timezone=asked_from)
    in_time = SlotSearch(calendar, LIMITS, (start - 2 * HOUR).astimezone(zone))
    late = SlotSearch(calendar, LIMITS, (start - 2 * HOUR + MOMENT).astimezone(zone))

    assert in_time.offered(start, start + MOMENT, []) == [in_time.find(start)]
    assert late.offered(start, start + MOMENT, []) == []
    with pytest.raises(TooSoon):
        late.find(start)


def test_a_slot_exactly_at_the_horizon_is_offered_and_none_beyond_it() -> None:
    calendar = clinic("00:00", "00:00")
    start = utc(2027, 3, 1, 10)
    within = SlotSearch(calendar, LIMITS, start - 180 * DAY)
    beyond = SlotSearch(calendar, LIMITS, start - 180 * DAY - MOMENT)

    assert within.offered(start, start + DAY, []) == [within.find(start)]
    assert beyond.offered(start, start + DAY, []) == []
    with pytest.raises(NotOffered):
        beyond.find(start)


def test_windows_side_by_side_show_every_slot_once() -> None:
    search = SlotSearch(clinic("00:00", "04:00"), LIMITS, utc(2027, 10, 20))
    # For who asks from London, the middle one is where the repeated hour ends.
    start, middle, end = (
        utc(2027, 10, 31, hour).astimezone(ZoneInfo("Europe/London")) for hour in (0, 2, 4)
    )

    halves = search.offered(start, middle, []) + search.offered(middle, end, [])

    assert halves == search.offered(start, end, []) == slots_on(search.calendar, LONDON_FALLS_BACK)


@bounded
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 90)), max_size=8), st.integers(1, 3))
@example([(20, 90), (30, 5)], 1)
def test_what_is_offered_overlaps_nothing_that_is_busy(
    visits: list[tuple[int, int]], slots: int
) -> None:
    eight = utc(2027, 3, 1, 8)
    busy = [(eight + start * MINUTE, eight + (start + length) * MINUTE) for start, length in visits]
    search = SlotSearch(clinic("08:00", "12:00", 20, 5), LIMITS, utc(2027, 2, 20), slots)

    offered = search.offered(eight, eight + DAY, iter(busy))

    assert offered == [
        slot
        for slot in slots_on(search.calendar, MONDAY, slots)
        if not any(overlap(slot, *visit) for visit in busy)
    ]


def test_a_long_visit_blocks_all_its_slots_and_ends_before_closing() -> None:
    calendar = clinic("09:00", "12:00", 30, buffer=10)
    asked_at = utc(2027, 2, 20)
    short, long = (SlotSearch(calendar, LIMITS, asked_at, slots) for slots in (1, 3))
    nine, noon = utc(2027, 3, 1, 9), utc(2027, 3, 1, 12)

    visits = long.offered(nine, noon, [])
    left = short.offered(nine, noon, [(visits[1].start, visits[1].end)])

    assert times(slots_on(calendar, MONDAY)) == "09:00 09:40 10:20 11:00"
    assert times(visits) == "09:00 09:40"
    assert [visit.end for visit in visits] == [utc(2027, 3, 1, 10, 50), utc(2027, 3, 1, 11, 30)]
    assert times(left) == "09:00"


@bounded
@given(calendars(), st.integers(2, 4))
def test_a_long_visit_is_made_of_slots_of_the_grid(case: tuple[Calendar, date], slots: int) -> None:
    calendar, day = case
    grid = slots_on(calendar, day)

    for visit in slots_on(calendar, day, slots):
        covered = [slot for slot in grid if overlap(slot, visit.start, visit.end)]

        assert len(covered) == slots
        assert (covered[0].start, covered[-1].end) == (visit.start, visit.end)


def test_nothing_is_offered_that_the_database_would_not_take() -> None:
    calendar = clinic("08:00", "20:00", 240)
    too_short = Calendar("UTC", (), (added("08:00", "09:00", 4),))

    assert times(slots_on(calendar, MONDAY, slots=2)) == "08:00 12:00"
    assert slots_on(calendar, MONDAY, slots=3) == []
    assert slots_on(too_short, MONDAY) == []
