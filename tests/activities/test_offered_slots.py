"""The slot list and the booking never disagree."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.appointments.contract import TakeSlot
from activities.appointments.service import AppointmentService
from activities.contract import Refusal, Visit
from activities.doctors.calendars import calendars_of, limits_of
from activities.doctors.contract import AddOverride, HoursOfDay
from activities.doctors.slots import Calendar, SlotSearch, slots_on
from db.appointments.queries import AppointmentQueries
from db.doctors.queries import DoctorQueries
from db.settings import connect, database
from ops.postgres import Postgres
from tests.activities.clinic import Clinic, close_on
from tests.examples import a_patient, a_process, a_slot, a_visit, an_offer

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
QUARTERS = 24 * 4

# Most of these days have a change of the clock, or are next to one.
PLACES = [
    ("UTC", date(2027, 3, 1)),
    ("Asia/Kathmandu", date(2027, 2, 28)),
    ("America/New_York", date(2027, 3, 13)),
    ("Europe/London", date(2027, 3, 28)),
    ("Australia/Lord_Howe", date(2027, 4, 3)),
    ("America/Havana", date(2027, 11, 7)),
    ("Pacific/Auckland", date(2027, 4, 4)),
]
SLOTS = {"CONSULTATION": 1, "LONG": 2}


@dataclass(frozen=True)
class Case:
    """Two days of a doctor, a moment at which somebody asks, and what was booked before."""

    timezone: str
    day: date
    asked_at: datetime
    service: str
    lead_minutes: int
    horizon_days: int
    week: tuple[HoursOfDay, ...]
    overrides: tuple[tuple[date, time, time, bool], ...]
    is_holiday: bool
    visits: tuple[tuple[datetime, str], ...]

    @property
    def window(self) -> tuple[datetime, datetime]:
        midnight = datetime.combine(self.day, time(), UTC)
        return midnight - DAY, midnight + 2 * DAY


@st.composite
def ranges(draw: st.DrawFn, least: int = 0) -> list[tuple[time, time]]:
    """Some ranges of one day that do not overlap; the last may end with the day."""
    quarters = st.lists(st.integers(0, QUARTERS), min_size=least, max_size=4, unique=True)
    cuts = sorted(draw(quarters))
    walls = [time(cut // 4 % 24, cut % 4 * 15) for cut in cuts]
    return list(zip(walls[::2], walls[1::2], strict=False))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    timezone, day = draw(st.sampled_from(PLACES))
    midnight = datetime.combine(day, time(), UTC)
    days = (day, day + DAY)
    lengths, buffers = st.sampled_from([45, 60, 95]), st.sampled_from([0, 10])
    return Case(
        timezone=timezone,
        day=day,
        asked_at=midnight + draw(st.integers(-2 * QUARTERS, QUARTERS // 2)) * 15 * MINUTE,
        service=draw(st.sampled_from(list(SLOTS))),
        lead_minutes=draw(st.sampled_from([0, 120])),
        horizon_days=draw(st.sampled_from([180, 180, 1])),
        week=tuple(
            HoursOfDay(
                day_of_week=at.isoweekday(),
                start_time=start,
                end_time=end,
                slot_duration=draw(lengths),
                buffer=draw(buffers),
                valid_until=draw(st.sampled_from([None, None, day + DAY])),
                is_active=draw(st.sampled_from([True, True, False])),
            )
            for at in days
            for start, end in draw(ranges(least=2))
        ),
        overrides=tuple(
            (at, start, end, draw(st.booleans())) for at in days for start, end in draw(ranges())
        ),
        is_holiday=draw(st.sampled_from([False, False, False, True])),
        visits=tuple(
            (midnight + at * 15 * MINUTE, draw(st.sampled_from(["booked", "held", "released"])))
            for at in draw(st.lists(st.integers(-QUARTERS // 2, 2 * QUARTERS), max_size=6))
        ),
    )


@dataclass(frozen=True)
class Hospital:
    """Doctors and appointments, written by their services and read as the API reads them."""

    clinic: Clinic
    appointments: AppointmentService
    doctors_read: DoctorQueries
    visits_read: AppointmentQueries
    superuser: asyncpg.Connection

    async def arrange(self, case: Case) -> UUID:
        """Employ the doctor of a case, and book what was booked before."""
        await self.superuser.execute("DELETE FROM app.holidays")
        await self.superuser.execute(
            "UPDATE app.hospital_settings SET lead_time_minutes = $1, booking_horizon_days = $2",
            case.lead_minutes,
            case.horizon_days,
        )
        if case.is_holiday:
            await close_on(self.superuser, case.day)
        doctor_id = await self.clinic.employ(self.clinic.doctor(*case.week, timezone=case.timezone))
        for day, opens, closes, is_available in case.overrides:
            override = AddOverride(
                doctor_id=doctor_id,
                override_id=uuid4(),
                date=day,
                start_time=opens,
                end_time=closes,
                is_available=is_available,
            )
            await self.clinic.doctors.add_override(a_process(f"override-{uuid4()}"), override)
        for start, state in case.visits:
            # Visits of before may lie anywhere, but not on each other.
            with suppress(Refusal):
                await self._visit(case, doctor_id, start, state)
        return doctor_id

    async def _visit(self, case: Case, doctor_id: UUID, start: datetime, state: str) -> None:
        process = a_process(f"book-{uuid4()}", case.asked_at)
        visit = a_slot(a_visit(doctor=doctor_id, start=start), offer=an_offer(start))
        if state == "held":
            until = case.asked_at + 10 * MINUTE
            await self.appointments.hold_slot(
                process, visit.model_copy(update={"hold_until": until})
            )
            return
        await self.appointments.book_slot(process, visit)
        if state == "released":
            await self.appointments.release_slot(process, visit)

    async def search(self, case: Case, doctor_id: UUID) -> SlotSearch:
        rows = await self.doctors_read.calendars([doctor_id], case.day - DAY, case.day + 2 * DAY)
        numbers = await self.doctors_read.settings()
        assert numbers
        calendars = calendars_of(rows.doctors, rows.schedules, rows.overrides, rows.holidays)
        return SlotSearch(
            calendars[doctor_id], limits_of(numbers), case.asked_at, SLOTS[case.service]
        )

    async def busy(self, case: Case, doctor_id: UUID) -> list[tuple[datetime, datetime]]:
        rows = await self.visits_read.busy([doctor_id], *case.window)
        return [(row["slot_start"], row["slot_end"]) for row in rows]

    async def can_book(self, case: Case, doctor_id: UUID, start: datetime) -> bool:
        """Try it, and leave no trace."""
        process = a_process(f"book-{uuid4()}", case.asked_at)
        visit = Visit(
            appointment_id=uuid4(),
            patient_id=uuid4(),
            doctor_id=doctor_id,
            department_id=self.clinic.department_id,
            slot_start=start,
            service_type=case.service,
        )
        try:
            offer = await self.clinic.check(doctor_id, start, case.asked_at, service=case.service)
            slot = TakeSlot(visit=visit, offer=offer, patient=a_patient())
            await self.appointments.book_slot(process, slot)
        except Refusal:
            return False
        await self.appointments.release_slot(process, slot)
        return True


def starts_to_try(search: SlotSearch, case: Case) -> Iterator[datetime]:
    """Every slot, those that there would be without any exception, and starts beside them."""
    calendar = search.calendar
    always = tuple(replace(hours, valid_until=None) for hours in calendar.week)
    for days in range(-1, 3):
        for hours in (calendar, Calendar(calendar.timezone, always)):
            for slot in slots_on(hours, case.day + days * DAY, search.slots):
                yield slot.start
                yield slot.start + 5 * MINUTE
                yield slot.start - datetime.resolution


@pytest.fixture
async def hospital(
    clinic: Clinic,
    appointments: AppointmentService,
    published_doctors: DoctorQueries,
    superuser: dict[str, asyncpg.Connection],
    cluster: Postgres,
) -> AsyncIterator[Hospital]:
    assert cluster.child
    reader = connect(database("appointments").reader_url, 4, "readers of appointments")
    yield Hospital(
        clinic, appointments, published_doctors, AppointmentQueries(reader), superuser["doctors"]
    )
    await reader.dispose()


@settings(
    derandomize=True,
    deadline=None,
    max_examples=25,
    # Every example has a doctor of its own, so that nothing must be emptied in between.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=cases())
async def test_every_slot_that_is_offered_can_be_booked(hospital: Hospital, case: Case) -> None:
    doctor_id = await hospital.arrange(case)
    search = await hospital.search(case, doctor_id)
    since, until = case.window
    starts = {start for start in starts_to_try(search, case) if since <= start < until}

    offered = search.offered(since, until, await hospital.busy(case, doctor_id))

    can_be_booked = {
        start for start in sorted(starts) if await hospital.can_book(case, doctor_id, start)
    }
    assert can_be_booked == {slot.start for slot in offered}
