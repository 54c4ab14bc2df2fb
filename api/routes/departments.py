"""Departments and specializations: short lists, given whole."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import JSONResponse, Response

from activities.doctors.contract import RecordVersion
from api import answers
from api.answers import Answer
from api.dependencies import AskedFor, CommandsOf, ReadersOf
from api.fields import Id
from api.idempotency import Ids
from api.parts import Readers
from api.problems import Code, Problem
from api.record_commands import make_department, make_specialization
from api.resources.departments import (
    Department,
    NewDepartment,
    NewSpecialization,
    NoFilter,
    Specialization,
    department_of,
    specialization_of,
)
from api.routing import accepted, refusing, router, versioned
from api.shown import Listing
from db.reading import Record
from workflows.saga_workflow import Outcome

routes = router("Departments", "/v1")


@routes.get(
    "/departments",
    operation_id="listDepartments",
    summary="List all departments",
    response_model=Listing[Department],
    responses=refusing(Code.UNKNOWN_FILTER),
)
async def list_departments(_: Annotated[NoFilter, Query()], readers: ReadersOf) -> JSONResponse:
    rows = await readers.doctors.departments()
    return whole([department_of(row) for row in rows])


@routes.get(
    "/departments/{department_id}",
    operation_id="getDepartment",
    summary="Read a department",
    response_model=Department,
    responses=versioned(200, "The department"),
)
async def get_department(department_id: Id, readers: ReadersOf) -> Response:
    row = await find_department(readers, department_id)
    return answers.done(department_of(row), row["version"]).response()


@routes.post(
    "/departments",
    operation_id="makeDepartment",
    summary="Make a department",
    status_code=201,
    response_model=Department,
    responses={
        **versioned(201, "Doctors can work in it"),
        **accepted(),
        **refusing(Code.DEPARTMENT_EXISTS, Code.UNKNOWN_REFERENCE),
    },
)
async def create_department(
    body: NewDepartment, asked: AskedFor, door: CommandsOf, readers: ReadersOf
) -> Response:
    async def told(_: Outcome[RecordVersion], ids: Ids) -> Answer:
        row = await find_department(readers, ids["department_id"])
        place = f"/v1/departments/{row['department_id']}"
        return answers.created(department_of(row), place, row["version"])

    return await door.start(asked, make_department(body), told)


@routes.get(
    "/specializations",
    operation_id="listSpecializations",
    summary="List all specializations",
    response_model=Listing[Specialization],
    responses=refusing(Code.UNKNOWN_FILTER),
)
async def list_specializations(_: Annotated[NoFilter, Query()], readers: ReadersOf) -> JSONResponse:
    rows = await readers.doctors.specializations()
    return whole([specialization_of(row) for row in rows])


@routes.get(
    "/specializations/{specialization_id}",
    operation_id="getSpecialization",
    summary="Read a specialization",
    response_model=Specialization,
    responses=versioned(200, "The specialization"),
)
async def get_specialization(specialization_id: Id, readers: ReadersOf) -> Response:
    row = await find_specialization(readers, specialization_id)
    return answers.done(specialization_of(row), row["version"]).response()


@routes.post(
    "/specializations",
    operation_id="makeSpecialization",
    summary="Make a specialization",
    status_code=201,
    response_model=Specialization,
    responses={
        **versioned(201, "Doctors can have it"),
        **accepted(),
        **refusing(Code.SPECIALIZATION_EXISTS),
    },
)
async def create_specialization(
    body: NewSpecialization, asked: AskedFor, door: CommandsOf, readers: ReadersOf
) -> Response:
    async def told(_: Outcome[RecordVersion], ids: Ids) -> Answer:
        row = await find_specialization(readers, ids["specialization_id"])
        place = f"/v1/specializations/{row['specialization_id']}"
        return answers.created(specialization_of(row), place, row["version"])

    return await door.start(asked, make_specialization(body), told)


async def find_department(readers: Readers, department_id: UUID) -> Record:
    for row in await readers.doctors.departments():
        if row["department_id"] == department_id:
            return row
    raise Problem(Code.NOT_FOUND)


async def find_specialization(readers: Readers, specialization_id: UUID) -> Record:
    for row in await readers.doctors.specializations():
        if row["specialization_id"] == specialization_id:
            return row
    raise Problem(Code.NOT_FOUND)


def whole(shown: list[dict[str, object]]) -> JSONResponse:
    return JSONResponse({"data": shown, "has_more": False, "next_cursor": None})
