"""Which slots a doctor offers: the one rule engine of the slot list and of the booking."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

MINUTE = 60
DAY = 24 * 60 * MINUTE
MIDNIGHT = time()
USUAL_DURATION, USUAL_BUFFER = 30, 0

# The database takes no other visit, so nothing else may be offered.
SHORTEST_VISIT = 5 * MINUTE
LONGEST_VISIT = 8 * 60 * MINUTE

Interval = tuple[datetime, datetime]


class NotOffered(Exception):
    """No slot of the doctor starts then, or only beyond the horizon."""


class TooSoon(Exception):
    """The slot starts before the lead time has passed."""


@dataclass(frozen=True, slots=True)
class Hours:
    """One range of a weekday, 1 is Monday. An `end_time` of 00:00 is the end of the day."""

    day_of_week: int
    start_time: time
    end_time: time
    slot_duration: int
    buffer: int = 0
    valid_from: date | None = None
    valid_until: date | None = None

    def is_open_on(self, day: date) -> bool:
        return (
            day.isoweekday() == self.day_of_week
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_until is None or day < self.valid_until)
        )


@dataclass(frozen=True, slots=True)
class Override:
    """Time added to a day or removed from it; without times it is the whole day."""

    date: date
    start_time: time | None
    end_time: time | None
    is_available: bool
    slot_duration: int | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a doctor works. A removal beats an addition, and an addition beats the week."""

    timezone: str
    week: tuple[Hours, ...]
    overrides: tuple[Override, ...] = ()
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Limits:
    """How far ahead a visit is booked at least, and at most. Both may be met exactly."""

    lead_time: timedelta
    horizon: timedelta


@dataclass(frozen=True, slots=True)
class Slot:
    """In UTC, with the wall time that the patient is promised."""

    start: datetime
    end: datetime
    local_start: datetime


@dataclass(frozen=True, slots=True)
class SlotSearch:
    """What may be booked by who asks at this moment: each slot offered is found, and no other."""

    calendar: Calendar
    limits: Limits
    asked_at: datetime
    slots: int = 1

    def offered(self, since: datetime, until: datetime, busy: Iterable[Interval]) -> list[Slot]:
        """Those that start before `until`, without those that overlap a busy interval."""
        first = max(since, self._earliest)
        last = min(until.astimezone(UTC) - datetime.resolution, self._latest)
        is_free = _free_of(busy)
        return [slot for slot in self._between(first, last) if is_free(slot)]

    def find(self, start: datetime) -> Slot:
        """Raise `NotOffered` or `TooSoon`. Whether somebody else has the slot is not asked here."""
        if start > self._latest:
            raise NotOffered
        slot = next(self._between(start, start), None)
        if slot is None:
            raise NotOffered
        if slot.start < self._earliest:
            raise TooSoon
        return slot

    @property
    def _earliest(self) -> datetime:
        return self.asked_at.astimezone(UTC) + self.limits.lead_time

    @property
    def _latest(self) -> datetime:
        return self.asked_at.astimezone(UTC) + self.limits.horizon

    def _between(self, first: datetime, last: datetime) -> Iterator[Slot]:
        zone = ZoneInfo(self.calendar.timezone)
        day, last_day = first.astimezone(zone).date(), last.astimezone(zone).date()
        while day <= last_day:
            for slot in _slots_on(self.calendar, day, self.slots):
                if first <= slot.start <= last:
                    yield slot
            day += timedelta(days=1)


def slots_on(calendar: Calendar, day: date, slots: int = 1) -> list[Slot]:
    """The grid of a local day, or the visits of several slots: one may start at every slot.

    Such a visit covers the buffers between its slots, and stays inside one range of hours.
    """
    return list(_slots_on(calendar, day, slots))


def _slots_on(calendar: Calendar, day: date, slots: int) -> Iterator[Slot]:
    """In their order, as far as somebody asks."""
    midnight = datetime.combine(day, MIDNIGHT, ZoneInfo(calendar.timezone))
    placed = (
        _placed(midnight + timedelta(seconds=at), timedelta(seconds=length))
        for at, length in sorted(_visits(calendar, day, slots))
    )
    return (slot for slot in placed if slot is not None)


def _placed(local: datetime, length: timedelta) -> Slot | None:
    """Nothing, if the clock skips the start or is changed before the end.

    So a slot always lasts as long as it says, and what is apart on the wall is apart in UTC.
    """
    start = local.astimezone(UTC)
    # The end may be the very moment of the change, so the moment before it is compared.
    lasting = length - datetime.resolution
    # Arithmetic and comparison within one zone are those of a wall clock.
    if (start + lasting).astimezone(local.tzinfo) != local + lasting:
        return None
    return Slot(start, start + length, local.replace(tzinfo=None))


def _visits(calendar: Calendar, day: date, slots: int) -> Iterator[tuple[int, int]]:
    """Start and length in seconds of wall time since midnight."""
    if day in calendar.holidays:
        return
    overrides = [override for override in calendar.overrides if override.date == day]
    taken = [_span(o.start_time, o.end_time) for o in overrides if not o.is_available]
    for opens, closes, duration, buffer in _ranges(calendar, day, overrides):
        length, step = duration * MINUTE, (duration + buffer) * MINUTE
        visit = length + (slots - 1) * step
        if length < SHORTEST_VISIT:
            continue
        grid = range(opens, closes - length + 1, step)
        for at in grid if visit <= LONGEST_VISIT else ():
            end = at + visit
            if end <= closes and not any(at < until and since < end for since, until in taken):
                yield at, visit
        if grid:
            # Weaker hours give way to the slots of this range, but keep what it cannot fill.
            taken.append((grid[0], grid[-1] + length))


def _ranges(
    calendar: Calendar, day: date, overrides: list[Override]
) -> list[tuple[int, int, int, int]]:
    """Opening, closing, duration and buffer; additions first. The order of rows decides nothing."""
    week = sorted(
        (*_span(hours.start_time, hours.end_time), hours.slot_duration, hours.buffer)
        for hours in calendar.week
        if hours.is_open_on(day)
    )
    *_, duration, buffer = week[0] if week else (USUAL_DURATION, USUAL_BUFFER)
    added = sorted(
        (*_span(extra.start_time, extra.end_time), extra.slot_duration or duration, buffer)
        for extra in overrides
        if extra.is_available
    )
    return added + week


def _span(start: time | None, end: time | None) -> tuple[int, int]:
    opens, closes = (
        (wall.hour * 60 + wall.minute) * MINUTE + wall.second
        for wall in (start or MIDNIGHT, end or MIDNIGHT)
    )
    return opens, closes or DAY


def _free_of(busy: Iterable[Interval]) -> Callable[[Slot], bool]:
    intervals = sorted(busy)
    starts = [start for start, _ in intervals]
    # Visits may overlap each other (staff overbook): what counts is the latest end so far.
    ends = list(accumulate((end for _, end in intervals), max))

    def is_free(slot: Slot) -> bool:
        earlier = bisect_left(starts, slot.end)
        return earlier == 0 or ends[earlier - 1] <= slot.start

    return is_free
