"""A doctor's hours as clients send and see them: wall time in the doctor's zone."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, model_validator

from activities.doctors.contract import HoursOfDay
from api.fields import Body, Line, Truth, WallDate, WallTime, Whole, like, string
from api.shown import Moment, Shown
from db.reading import Record

MIDNIGHT = time()
AHEAD = timedelta(days=90)
Minutes = Annotated[Whole, Field(ge=5, le=480)]


def hh_mm(wall: time) -> str:
    return wall.strftime("%H:%M")


Wall = Annotated[time, PlainSerializer(hh_mm), string(pattern="^[0-2][0-9]:[0-5][0-9]$")]


def check_span(start: time, end: time) -> None:
    """An end of 00:00 is the end of the day."""
    if end != MIDNIGHT and end <= start:
        raise ValueError("ends before it begins")


class HoursIn(Body):
    day_of_week: Annotated[Whole, Field(ge=1, le=7)]
    start_time: WallTime
    end_time: WallTime
    slot_duration: Minutes = 30
    buffer: Annotated[Whole, Field(ge=0, le=120)] = 0
    valid_from: WallDate | None = None
    valid_until: WallDate | None = None
    is_active: Truth = True

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        check_span(self.start_time, self.end_time)
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("is never valid")
        return self

    @property
    def message(self) -> HoursOfDay:
        return HoursOfDay(**self.model_dump())


class WeekIn(Body):
    """The whole week at once; a day that is not named has no hours."""

    model_config = like(
        week=[
            {"day_of_week": 1, "start_time": "09:00", "end_time": "12:30", "slot_duration": 30},
            {"day_of_week": 1, "start_time": "14:00", "end_time": "17:00", "slot_duration": 30},
        ]
    )

    week: Annotated[tuple[HoursIn, ...], Field(max_length=100)]


class OverrideIn(Body):
    """Time added to a date, or removed from it; without times it is the whole day."""

    model_config = like(
        date="2026-12-24", start_time="12:00", end_time="17:00", is_available=False, reason="party"
    )

    date: WallDate
    start_time: WallTime | None = None
    end_time: WallTime | None = None
    is_available: Truth
    slot_duration: Minutes | None = None
    reason: Line | None = None

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if (self.start_time is None) != (self.end_time is None):
            raise ValueError("one time is missing")
        if self.start_time and self.end_time:
            check_span(self.start_time, self.end_time)
        elif self.is_available and self.start_time is None:
            raise ValueError("added time is given")
        return self


class OverrideQuery(BaseModel):
    """Without dates: the next ninety days."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Annotated[WallDate | None, Field(alias="from")] = None
    until: Annotated[WallDate | None, Field(alias="to")] = None

    @property
    def days(self) -> tuple[date, date]:
        begin = self.since or datetime.now(UTC).date()
        return begin, self.until or begin + AHEAD


class Hours(Shown):
    id: UUID
    day_of_week: int
    start_time: Wall
    end_time: Wall
    slot_duration: int
    buffer: int
    valid_from: date | None
    valid_until: date | None
    is_active: bool


class Override(Shown):
    id: UUID
    date: date
    start_time: Wall | None
    end_time: Wall | None
    is_available: bool
    slot_duration: int | None
    reason: str | None = None
    created_at: Moment


class VisitOutside(Shown):
    """A booked visit at a time that the doctor no longer offers. Nobody has touched it."""

    appointment_id: UUID
    patient_id: UUID
    patient_name: str | None
    slot_start: Moment
    slot_end: Moment
    timezone: str
    service_type: str


class Schedule(Shown):
    model_config = like(
        doctor_id="01a1f8de-77b0-7a34-8c55-0d9e3b1a4f02",
        timezone="Europe/London",
        version=4,
        week=[{"day_of_week": 1, "start_time": "09:00", "end_time": "17:00"}],
        outside=[],
    )

    doctor_id: UUID
    timezone: str
    version: int
    week: list[Hours]
    outside: tuple[VisitOutside, ...] = ()


class Overrides(Shown):
    model_config = like(data=[{"date": "2026-12-24", "start_time": "12:00", "end_time": "17:00"}])

    data: list[Override]


class OverrideSet(Shown):
    """One change of a doctor's hours, and the visits that it leaves outside."""

    model_config = like(
        doctor_id="01a1f8de-77b0-7a34-8c55-0d9e3b1a4f02", version=5, override=None, outside=[]
    )

    doctor_id: UUID
    version: int
    override: Override | None
    outside: list[VisitOutside]


HOURS = tuple(name for name in Hours.model_fields if name != "id")
OVERRIDE = tuple(name for name in Override.model_fields if name not in {"id", "reason"})


def hours_of(row: Record) -> Hours:
    return Hours(id=row["schedule_id"], **{name: row[name] for name in HOURS})


def override_of(row: Record, *, with_reason: bool) -> Override:
    """Why a doctor is away is told to staff only."""
    copied: dict[str, Any] = {name: row[name] for name in OVERRIDE}
    return Override(id=row["override_id"], **copied, reason=row["reason"] if with_reason else None)
