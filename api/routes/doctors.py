"""Doctors: who they are, and taking one on."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import JSONResponse, Response

from activities.doctors.contract import RecordVersion
from api import answers
from api.answers import Answer
from api.dependencies import (
    AskedFor,
    CallerOf,
    CommandsOf,
    IfNoneMatch,
    ListsOf,
    ReadersOf,
)
from api.fields import Id
from api.idempotency import Ids
from api.problems import Code
from api.record_commands import onboard
from api.resources.doctors import Doctor, DoctorQuery, NewDoctor, path_of, show
from api.routing import accepted, refusing, router, unchanged, versioned
from api.schedules import Schedules
from api.shown import Listing
from db.reading import Record
from workflows.saga_workflow import Outcome

routes = router("Doctors", "/v1/doctors")


@routes.get(
    "",
    operation_id="listDoctors",
    summary="List doctors",
    response_model=Listing[Doctor],
    responses=refusing(Code.UNKNOWN_FILTER, Code.BAD_CURSOR),
)
async def list_doctors(
    query: Annotated[DoctorQuery, Query()], caller: CallerOf, lists: ListsOf, readers: ReadersOf
) -> JSONResponse:
    async def shown(rows: Sequence[Record]) -> list[dict[str, Any]]:
        return [show(row, caller) for row in rows]

    return await lists.answer(
        query,
        lambda limit, bookmark: readers.doctors.list(query.filter, query.sort, limit, bookmark),
        shown,
    )


@routes.get(
    "/{doctor_id}",
    operation_id="getDoctor",
    summary="Read a doctor",
    response_model=Doctor,
    responses={
        **versioned(200, "The doctor; how to reach them for staff only"),
        **unchanged(),
    },
)
async def get_doctor(
    doctor_id: Id, caller: CallerOf, readers: ReadersOf, if_none_match: IfNoneMatch = None
) -> Response:
    row = await readers.doctors.find(doctor_id)
    return answers.read(row, if_none_match, lambda row: show(row, caller))


@routes.post(
    "",
    operation_id="onboardDoctor",
    summary="Take on a doctor, with their specializations and their week",
    status_code=201,
    response_model=Doctor,
    responses={
        **versioned(201, "The doctor can be booked"),
        **accepted(),
        **refusing(Code.DOCTOR_EXISTS, Code.UNKNOWN_REFERENCE, Code.SCHEDULE_OVERLAPS),
    },
)
async def onboard_doctor(
    body: NewDoctor, asked: AskedFor, door: CommandsOf, readers: ReadersOf
) -> Response:
    async def told(_: Outcome[RecordVersion], ids: Ids) -> Answer:
        row = await Schedules(asked.caller, readers).get_doctor(ids["doctor_id"])
        return answers.created(show(row, asked.caller), path_of(row["doctor_id"]), row["version"])

    return await door.start(asked, onboard(body), told)
