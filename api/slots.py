"""The slots that are free, found by the very rules that a booking is judged by."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from activities.doctors.calendars import calendars_of, limits_of
from activities.doctors.slots import Interval, Slot, SlotSearch
from api.alternatives import FreeSlot
from api.problems import Code, Problem
from db.appointments.queries import AppointmentQueries
from db.doctors.queries import DoctorQueries

DAY = timedelta(days=1)
LONGEST = timedelta(days=31)
USUAL = timedelta(days=7)
CONSULTATION = "CONSULTATION"
MANY, FEW = 2000, 5


class OfferedSlot(FreeSlot):
    """A slot that may be booked now, in UTC, with the zone that its doctor lives in."""

    timezone: str


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when slots are asked for; a start at `until` is outside."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, since: datetime | None, until: datetime | None, now: datetime) -> "Window":
        """Take the next week where nothing is said. Raises `range-too-long` above 31 days."""
        begin = since or now
        end = until or begin + USUAL
        if end - begin > LONGEST:
            raise Problem(Code.RANGE_TOO_LONG)
        return cls(begin, end)


@dataclass(frozen=True, slots=True)
class Search:
    """One doctor's slots: their rules, and when they are taken."""

    doctor_id: UUID
    rules: SlotSearch
    busy: Sequence[Interval]

    def offered(self, window: Window) -> list[OfferedSlot]:
        found = self.rules.offered(window.since, window.until, self.busy)
        return [self._told(slot) for slot in found]

    def _told(self, slot: Slot) -> OfferedSlot:
        return OfferedSlot(
            doctor_id=self.doctor_id,
            slot_start=slot.start,
            slot_end=slot.end,
            timezone=self.rules.calendar.timezone,
        )


class FreeSlots:
    """Reads two databases, one after the other: a slot may be gone when it is booked."""

    def __init__(self, doctors: DoctorQueries, visits: AppointmentQueries) -> None:
        self._doctors = doctors
        self._visits = visits

    async def find(
        self,
        doctor_ids: Sequence[UUID],
        window: Window,
        service_type: str = CONSULTATION,
        most: int = MANY,
    ) -> list[OfferedSlot]:
        """Find the earliest slots of these doctors, at most so many."""
        searches = await self._searches(doctor_ids, window, service_type)
        found: list[OfferedSlot] = []
        begin = window.since
        # A day at a time: whoever wants the next slots does not wait for those of a month.
        while begin < window.until and len(found) < most:
            end = min(begin + DAY, window.until)
            of_day = [slot for one in searches for slot in one.offered(Window(begin, end))]
            found += sorted(of_day, key=lambda slot: (slot.slot_start, slot.doctor_id))
            begin = end
        return found[:most]

    async def after(
        self, doctor_id: UUID, slot_start: datetime, service_type: str = CONSULTATION
    ) -> Sequence[FreeSlot]:
        """Find what to offer instead of a slot that is taken."""
        window = Window(slot_start, slot_start + LONGEST)
        return await self.find([doctor_id], window, service_type, FEW)

    async def _searches(
        self, doctor_ids: Sequence[UUID], window: Window, service_type: str
    ) -> list[Search]:
        # Wherever a doctor is, their local day is within one of the day in UTC.
        first, last = window.since.date() - DAY, window.until.date() + DAY
        numbers = await self._doctors.settings()
        kinds = {row["code"]: row for row in await self._doctors.service_types()}
        if numbers is None or service_type not in kinds or not kinds[service_type]["is_active"]:
            raise Problem(Code.UNKNOWN_REFERENCE)
        rows = await self._doctors.calendars(doctor_ids, first, last)
        busy: defaultdict[UUID, list[Interval]] = defaultdict(list)
        # A slot of the last day may end after it, and meet a visit there.
        for row in await self._visits.busy(doctor_ids, window.since, window.until + DAY):
            busy[row["doctor_id"]].append((row["slot_start"], row["slot_end"]))
        limits, now = limits_of(numbers), datetime.now(UTC)
        calendars = calendars_of(rows.doctors, rows.schedules, rows.overrides, rows.holidays)
        slots = kinds[service_type]["slots"]
        return [
            Search(doctor_id, SlotSearch(calendar, limits, now, slots), busy[doctor_id])
            for doctor_id, calendar in calendars.items()
        ]
