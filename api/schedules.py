"""Reads when doctors can be booked, and finds the visits that a change leaves outside."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from activities.appointments.contract import AppointmentStatus
from activities.doctors.calendars import calendars_of
from activities.doctors.contract import ScheduleSet
from activities.doctors.slots import Calendar, slots_on
from activities.users.contract import Role
from api import answers
from api.answers import Answer
from api.callers import Caller
from api.idempotency import Ids
from api.parts import Readers
from api.problems import Code, Problem
from api.resources.doctors import STAFF, path_of
from api.resources.hours import (
    Hours,
    OverrideSet,
    Schedule,
    VisitOutside,
    hours_of,
    override_of,
)
from db.appointments.queries import AppointmentFilter
from db.reading import EVERYTHING, Record
from workflows.saga_workflow import Outcome

FAR = timedelta(days=400)
"""Further ahead than any hospital takes bookings."""
MOST_VISITS = 10_000


class Schedules:
    """The hours of doctors, as one caller sees and may change them."""

    def __init__(self, caller: Caller, readers: Readers) -> None:
        self._caller = caller
        self._readers = readers

    async def get_doctor(self, doctor_id: UUID) -> Record:
        found = await self._readers.doctors.find(doctor_id)
        if found is None:
            raise Problem(Code.NOT_FOUND)
        return found

    async def get_own(self, doctor_id: UUID) -> Record:
        """Get a doctor whose hours the caller may change; another's is not there."""
        if self._caller.role is Role.DOCTOR and self._caller.doctor_id != doctor_id:
            raise Problem(Code.NOT_FOUND)
        return await self.get_doctor(doctor_id)

    async def show(self, doctor: Record) -> Schedule:
        rows = await self._readers.doctors.schedules(doctor["doctor_id"])
        return self._schedule(doctor, [hours_of(row) for row in rows])

    async def week_set(self, doctor_id: UUID, outcome: Outcome[ScheduleSet]) -> Answer:
        doctor = await self.get_doctor(doctor_id)
        shown = await self.show(doctor)
        told = shown.model_copy(update={"outside": tuple(await self.outside(doctor))})
        return answers.done(told.model_dump(mode="json"), version_of(outcome, doctor))

    async def override_added(
        self, doctor_id: UUID, outcome: Outcome[ScheduleSet], ids: Ids
    ) -> Answer:
        override_id = ids["override_id"]
        body, version = await self._override_set(doctor_id, outcome, override_id)
        return answers.created(body, f"{path_of(doctor_id)}/overrides/{override_id}", version)

    async def override_withdrawn(self, doctor_id: UUID, outcome: Outcome[ScheduleSet]) -> Answer:
        return answers.done(*await self._override_set(doctor_id, outcome, None))

    async def outside(self, doctor: Record) -> list[VisitOutside]:
        """List the booked visits ahead that the doctor's hours no longer have room for."""
        now = datetime.now(UTC)
        doctor_id: UUID = doctor["doctor_id"]
        wanted = AppointmentFilter(
            doctor_id=doctor_id, status=(AppointmentStatus.BOOKED,), since=now
        )
        page = await self._readers.appointments.list(
            wanted, EVERYTHING, "slot_start", MOST_VISITS, None
        )
        calendar = await self._calendar(doctor, now)
        kinds = {row["code"]: row for row in await self._readers.doctors.service_types()}
        return [
            outside_of(visit)
            for visit in page.rows
            if not has_room(calendar, visit, slots_of(kinds, visit["service_type"]))
        ]

    async def _calendar(self, doctor: Record, now: datetime) -> Calendar:
        doctor_id: UUID = doctor["doctor_id"]
        rows = await self._readers.doctors.calendars(
            [doctor_id], now.date() - timedelta(days=1), (now + FAR).date()
        )
        # Hours count here even when the doctor takes no bookings now.
        return calendars_of([doctor], rows.schedules, rows.overrides, rows.holidays)[doctor_id]

    async def _override_set(
        self, doctor_id: UUID, outcome: Outcome[ScheduleSet], override_id: UUID | None
    ) -> tuple[dict[str, Any], int]:
        doctor = await self.get_doctor(doctor_id)
        version = version_of(outcome, doctor)
        found = override_id and await self._readers.doctors.find_override(doctor_id, override_id)
        shown = OverrideSet(
            doctor_id=doctor_id,
            version=version,
            override=override_of(found, with_reason=True) if found else None,
            outside=await self.outside(doctor),
        )
        return shown.model_dump(mode="json"), version

    def _schedule(self, doctor: Record, week: Sequence[Hours]) -> Schedule:
        return Schedule(
            doctor_id=doctor["doctor_id"],
            timezone=doctor["timezone"],
            version=doctor["version"],
            week=list(week),
        )

    @property
    def may_see_reasons(self) -> bool:
        return self._caller.role in STAFF


def version_of(outcome: Outcome[ScheduleSet], doctor: Record) -> int:
    version: int = outcome.result.version if outcome.result else doctor["version"]
    return version


def slots_of(kinds: Mapping[str, Record], service_type: str) -> int:
    count: int = kinds[service_type]["slots"] if service_type in kinds else 1
    return count


def has_room(calendar: Calendar, visit: Record, slots: int) -> bool:
    """Tell whether the visit begins where one is offered, or lies within slots without a gap.

    The second holds for visits of before a change of the slots' length.
    """
    start: datetime = visit["slot_start"]
    day = start.astimezone(ZoneInfo(calendar.timezone)).date()
    if any(slot.start == start for slot in slots_on(calendar, day, slots)):
        return True
    covered = start
    for slot in slots_on(calendar, day):
        if slot.start <= covered < slot.end:
            covered = slot.end
    return bool(covered >= visit["slot_end"])


def outside_of(visit: Record) -> VisitOutside:
    return VisitOutside(**{name: visit[name] for name in VisitOutside.model_fields})
