"""When a doctor can be booked: the week, and what is different on a date."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from activities.doctors.contract import ScheduleSet
from api import answers
from api.answers import Answer
from api.dependencies import AskedFor, CallerOf, CommandsOf, IfNoneMatch, ReadersOf
from api.fields import Id
from api.idempotency import Ids
from api.problems import Code, Problem
from api.record_commands import add_override, set_week, withdraw_override
from api.resources.hours import (
    OverrideIn,
    OverrideQuery,
    Overrides,
    OverrideSet,
    Schedule,
    WeekIn,
    override_of,
)
from api.routing import accepted, refusing, router, unchanged, versioned
from api.schedules import Schedules
from workflows.saga_workflow import Outcome

routes = router("Doctors", "/v1/doctors/{doctor_id}")


@routes.get(
    "/schedules",
    operation_id="getSchedule",
    summary="Read a doctor's week",
    response_model=Schedule,
    responses={
        **versioned(200, "The week, in wall time of the doctor's zone"),
        **unchanged(),
    },
)
async def get_schedule(
    doctor_id: Id, caller: CallerOf, readers: ReadersOf, if_none_match: IfNoneMatch = None
) -> Response:
    schedules = Schedules(caller, readers)
    doctor = await schedules.get_doctor(doctor_id)
    if answers.is_known(if_none_match, doctor["version"]):
        return Response(status_code=304, headers={"ETag": answers.etag(doctor["version"])})
    shown = (await schedules.show(doctor)).model_dump(mode="json", exclude={"outside"})
    return answers.done(shown, doctor["version"]).response()


@routes.put(
    "/schedules",
    operation_id="setSchedule",
    summary="Replace a doctor's whole week",
    response_model=Schedule,
    responses={
        **versioned(200, "The new week, and the booked visits that lie outside of it"),
        **accepted(),
        **refusing(Code.SCHEDULE_OVERLAPS, Code.VERSION_MISMATCH, Code.IF_MATCH_REQUIRED),
    },
)
async def set_schedule(
    doctor_id: Id, body: WeekIn, asked: AskedFor, door: CommandsOf, readers: ReadersOf
) -> Response:
    """Visits that are booked stay as they are; `outside` lists those that need a person."""
    schedules = Schedules(asked.caller, readers)
    doctor = await schedules.get_own(doctor_id)
    if asked.if_match is None:
        raise Problem(Code.IF_MATCH_REQUIRED)

    async def told(outcome: Outcome[ScheduleSet], _: Ids) -> Answer:
        return await schedules.week_set(doctor_id, outcome)

    is_any = asked.if_match.strip() == "*"
    command = set_week(doctor_id, body, None if is_any else doctor["version"])
    return await door.start(asked, command, told, version=doctor["version"])


@routes.get(
    "/overrides",
    operation_id="listOverrides",
    summary="List what is different on some dates",
    responses=refusing(Code.UNKNOWN_FILTER),
)
async def list_overrides(
    doctor_id: Id,
    query: Annotated[OverrideQuery, Query()],
    caller: CallerOf,
    readers: ReadersOf,
) -> Overrides:
    schedules = Schedules(caller, readers)
    await schedules.get_doctor(doctor_id)
    rows = await readers.doctors.overrides(doctor_id, *query.days)
    with_reason = schedules.may_see_reasons
    return Overrides(data=[override_of(row, with_reason=with_reason) for row in rows])


@routes.post(
    "/overrides",
    operation_id="addOverride",
    summary="Add time to a date, or remove it",
    status_code=201,
    response_model=OverrideSet,
    responses={
        **versioned(201, "The change, and the booked visits that lie outside now"),
        **accepted(),
        **refusing(Code.SCHEDULE_OVERLAPS, Code.VERSION_MISMATCH),
    },
)
async def create_override(
    doctor_id: Id, body: OverrideIn, asked: AskedFor, door: CommandsOf, readers: ReadersOf
) -> Response:
    schedules = Schedules(asked.caller, readers)
    doctor = await schedules.get_own(doctor_id)

    async def told(outcome: Outcome[ScheduleSet], ids: Ids) -> Answer:
        return await schedules.override_added(doctor_id, outcome, ids)

    command = add_override(doctor_id, body)
    return await door.start(asked, command, told, version=doctor["version"])


@routes.delete(
    "/overrides/{override_id}",
    operation_id="withdrawOverride",
    summary="Take back what was added to a date or removed from it",
    response_model=OverrideSet,
    responses={
        **versioned(200, "It does not count any more"),
        **accepted(),
        **refusing(Code.VERSION_MISMATCH),
    },
)
async def delete_override(
    doctor_id: Id, override_id: Id, asked: AskedFor, door: CommandsOf, readers: ReadersOf
) -> Response:
    schedules = Schedules(asked.caller, readers)
    doctor = await schedules.get_own(doctor_id)
    if await readers.doctors.find_override(doctor_id, override_id) is None:
        raise Problem(Code.NOT_FOUND)

    async def told(outcome: Outcome[ScheduleSet], _: Ids) -> Answer:
        return await schedules.override_withdrawn(doctor_id, outcome)

    command = withdraw_override(doctor_id, override_id)
    return await door.start(asked, command, told, version=doctor["version"])
