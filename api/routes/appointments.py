"""Appointments: booked, paid for, let go, read."""

from typing import Annotated

from fastapi import Query
from starlette.responses import JSONResponse, Response

from api import answers, commands
from api.answers import Answer
from api.dependencies import (
    AccountsOf,
    AlternativesOf,
    AskedFor,
    CallerOf,
    CommandsOf,
    IfNoneMatch,
    ListsOf,
    ProcessesOf,
    ReadersOf,
)
from api.fields import Id
from api.idempotency import Ids
from api.problems import Code, Problem
from api.resources.appointments import (
    Appointment,
    AppointmentQuery,
    NewAppointment,
    Nothing,
    PaymentOfHold,
)
from api.resources.expansions import expanded, expansions_of
from api.resources.timelines import Timeline
from api.routing import accepted, refusing, router, versioned
from api.shown import Listing
from api.visits import Visits, with_alternatives
from workflows.held_payment import Booking
from workflows.saga_workflow import Outcome, Status

routes = router("Appointments", "/v1/appointments")


@routes.post(
    "",
    operation_id="bookAppointment",
    summary="Book a visit: paid later, at once, or while the slot is held",
    status_code=201,
    response_model=Appointment,
    responses={
        **versioned(201, "It is booked, or held until it is paid"),
        **accepted(),
        **refusing(
            Code.PAYMENT_DECLINED,
            Code.SLOT_TAKEN,
            Code.PATIENT_BUSY,
            Code.DOCTOR_DAY_FULL,
            Code.TOO_MANY_HOLDS,
            Code.UNKNOWN_REFERENCE,
            Code.LEAD_TIME,
            Code.SLOT_NOT_OFFERED,
            Code.PATIENT_INACTIVE,
            Code.DOCTOR_UNAVAILABLE,
            Code.DEPARTMENT_MISMATCH,
        ),
    },
)
async def book_appointment(  # noqa: PLR0913, PLR0917 - what a route asks for
    body: NewAppointment,
    caller: CallerOf,
    asked: AskedFor,
    door: CommandsOf,
    readers: ReadersOf,
    alternatives: AlternativesOf,
) -> Response:
    if not caller.owns_patient(body.patient_id):
        raise Problem.unknown("patient_id")
    visits = Visits(caller, readers)
    return await door.start(
        asked,
        commands.book(body),
        visits.booked,
        explained=with_alternatives(
            alternatives, body.doctor_id, body.slot_start, body.service_type
        ),
    )


@routes.get(
    "",
    operation_id="listAppointments",
    summary="List visits",
    response_model=Listing[Appointment],
    responses=refusing(Code.UNKNOWN_FILTER, Code.BAD_CURSOR),
)
async def list_appointments(
    query: Annotated[AppointmentQuery, Query()],
    caller: CallerOf,
    lists: ListsOf,
    readers: ReadersOf,
) -> JSONResponse:
    visits = readers.appointments
    return await lists.answer(
        query,
        lambda limit, bookmark: visits.list(
            query.filter, caller.sight, query.sort, limit, bookmark
        ),
        Visits(caller, readers).show,
    )


@routes.get(
    "/{appointment_id}",
    operation_id="getAppointment",
    summary="Read a visit",
    response_model=Appointment,
    responses={
        **versioned(200, "The visit; clinical fields for whoever may see them"),
        304: {"description": "It is still the version that was named"},
        **refusing(Code.UNKNOWN_FILTER),
    },
)
async def get_appointment(  # noqa: PLR0913, PLR0917 - what a route asks for
    appointment_id: Id,
    caller: CallerOf,
    readers: ReadersOf,
    accounts: AccountsOf,
    expand: Annotated[str, Query(pattern="^[a-z,]{0,40}$")] = "",
    if_none_match: IfNoneMatch = None,
) -> Response:
    visits = Visits(caller, readers)
    row = await visits.get(appointment_id)
    wanted = expansions_of(expand)
    if not wanted and answers.is_known(if_none_match, row["version"]):
        return Response(status_code=304, headers={"ETag": answers.etag(row["version"])})
    (body,) = await visits.show([row])
    body |= await visits.clinical(appointment_id, accounts)
    body |= await expanded(wanted, readers, row, caller)
    return answers.done(body, row["version"]).response()


@routes.post(
    "/{appointment_id}/pay",
    operation_id="payAppointment",
    summary="Pay for a held visit: it is booked",
    response_model=Appointment,
    responses={
        **versioned(200, "It is booked, or held until a further step is taken"),
        **accepted(),
        **refusing(
            Code.PAYMENT_DECLINED,
            Code.NOT_HELD,
            Code.RELEASED,
            Code.HOLD_EXPIRED,
            Code.VERSION_MISMATCH,
        ),
    },
)
async def pay_appointment(
    appointment_id: Id,
    body: PaymentOfHold,
    asked: AskedFor,
    door: CommandsOf,
    readers: ReadersOf,
) -> Response:
    visits = Visits(asked.caller, readers)
    row = await visits.get(appointment_id)

    async def told(outcome: Outcome[Booking], _: Ids) -> Answer:
        return await visits.changed(appointment_id, outcome.result)

    return await door.update(
        asked,
        commands.pay(appointment_id, body),
        told,
        closed=lambda: visits.why_not_held(appointment_id),
        version=row["version"],
    )


@routes.post(
    "/{appointment_id}/release",
    operation_id="releaseAppointment",
    summary="Let a held slot go: nothing is charged",
    response_model=Appointment,
    responses={
        **versioned(200, "The slot is free again"),
        **accepted(),
        **refusing(Code.NOT_HELD, Code.HOLD_EXPIRED, Code.VERSION_MISMATCH),
    },
)
async def release_appointment(
    appointment_id: Id,
    asked: AskedFor,
    door: CommandsOf,
    readers: ReadersOf,
    body: Nothing | None = None,  # noqa: ARG001 - an empty object, or nothing
) -> Response:
    visits = Visits(asked.caller, readers)
    row = await visits.get(appointment_id)

    async def told(outcome: Outcome[Booking], _: Ids) -> Answer:
        if outcome.status is Status.DONE:  # It was paid for meanwhile.
            raise Problem(Code.NOT_HELD)
        return await visits.changed(appointment_id)

    return await door.update(
        asked,
        commands.release(appointment_id),
        told,
        closed=lambda: visits.why_not_held(appointment_id),
        version=row["version"],
    )


@routes.get(
    "/{appointment_id}/timeline",
    operation_id="getAppointmentTimeline",
    summary="Tell what happened to a visit, and which processes touch it",
)
async def get_appointment_timeline(
    appointment_id: Id, caller: CallerOf, readers: ReadersOf, processes: ProcessesOf
) -> Timeline:
    return await Visits(caller, readers).timeline(appointment_id, processes)
