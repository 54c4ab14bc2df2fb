"""Patients: registered, found, read."""

from typing import Annotated

from fastapi import Query
from starlette.responses import JSONResponse, Response

from activities.patients.contract import PatientRecord
from api import answers
from api.answers import Answer
from api.dependencies import AskedFor, CallerOf, CommandsOf, IfNoneMatch, ListsOf, ReadersOf
from api.fields import Id
from api.idempotency import Ids
from api.patients import Patients
from api.problems import Code
from api.record_commands import register
from api.resources.patients import (
    NewPatient,
    Patient,
    PatientQuery,
    PatientSearchIn,
    path_of,
    show,
)
from api.routing import accepted, refusing, router, unchanged, versioned
from api.shown import Listing
from workflows.saga_workflow import Outcome

routes = router("Patients", "/v1/patients")


@routes.post(
    "",
    operation_id="registerPatient",
    summary="Register a patient; an account is not needed",
    status_code=201,
    response_model=Patient,
    responses={
        **versioned(201, "The patient can be booked for"),
        **accepted(),
        **refusing(Code.PATIENT_EXISTS),
    },
)
async def register_patient(
    body: NewPatient, asked: AskedFor, door: CommandsOf, readers: ReadersOf
) -> Response:
    async def told(_: Outcome[PatientRecord], ids: Ids) -> Answer:
        row = await Patients(asked.caller, readers).get(ids["patient_id"])
        return answers.created(show(row, asked.caller), path_of(row["patient_id"]), row["version"])

    return await door.start(asked, register(body), told)


@routes.get(
    "",
    operation_id="listPatients",
    summary="List patients; a doctor sees those they treat",
    response_model=Listing[Patient],
    responses=refusing(Code.UNKNOWN_FILTER, Code.BAD_CURSOR),
)
async def list_patients(
    query: Annotated[PatientQuery, Query()], caller: CallerOf, lists: ListsOf, readers: ReadersOf
) -> JSONResponse:
    patients = Patients(caller, readers)
    only = await patients.only()
    return await lists.answer(
        query,
        lambda limit, bookmark: readers.patients.list(
            query.filter, only, query.sort, limit, bookmark
        ),
        patients.show,
    )


@routes.post(
    "/search",
    operation_id="searchPatients",
    summary="Find patients by name, phone, e-mail or date of birth",
    response_model=Listing[Patient],
    responses=refusing(Code.BAD_CURSOR),
)
async def search_patients(
    body: PatientSearchIn, caller: CallerOf, lists: ListsOf, readers: ReadersOf
) -> JSONResponse:
    """What is looked for stands in the body: it is in no URL, and so in no log."""
    patients = Patients(caller, readers)
    only = await patients.only()
    page = await lists.answer(
        body,
        lambda limit, bookmark: readers.patients.search(body.wanted, only, limit, bookmark),
        patients.show,
    )
    # The next page is asked for in a body, too.
    del page.headers["Link"]
    return page


@routes.get(
    "/{patient_id}",
    operation_id="getPatient",
    summary="Read a patient",
    response_model=Patient,
    responses={
        **versioned(200, "The patient; masked for whoever may not reach them"),
        **unchanged(),
    },
)
async def get_patient(
    patient_id: Id, caller: CallerOf, readers: ReadersOf, if_none_match: IfNoneMatch = None
) -> Response:
    row = await Patients(caller, readers).get(patient_id)
    return answers.read(row, if_none_match, lambda row: show(row, caller))
