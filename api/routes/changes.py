"""What becomes of booked visits: moved, cancelled, lived through, missed, forgiven."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from api import visit_commands as commands
from api.dependencies import AlternativesOf, AskedFor, ChangesOf, CommandsOf
from api.fields import Id
from api.problems import Code
from api.resources.appointments import Appointment, Nothing
from api.resources.changes import Cancellation, Findings, NewTime, Quote, QuoteQuery, Waiver
from api.routing import accepted, refusing, router, versioned

routes = router("Appointments", "/v1/appointments/{appointment_id}")


@routes.post(
    "/reschedule",
    operation_id="rescheduleAppointment",
    summary="Move a visit; what it costs more is paid before, what it costs less goes back",
    response_model=Appointment,
    responses={
        **versioned(200, "It is moved"),
        **accepted(),
        **refusing(
            Code.PAYMENT_DECLINED,
            Code.SLOT_TAKEN,
            Code.PATIENT_BUSY,
            Code.DOCTOR_DAY_FULL,
            Code.APPOINTMENT_BUSY,
            Code.WRONG_STATE,
            Code.RESCHEDULE_LIMIT,
            Code.TOO_LATE,
            Code.HOLD_EXPIRED,
            Code.VERSION_MISMATCH,
            Code.UNKNOWN_REFERENCE,
            Code.LEAD_TIME,
            Code.SLOT_NOT_OFFERED,
            Code.DOCTOR_UNAVAILABLE,
            Code.DEPARTMENT_MISMATCH,
        ),
    },
)
async def reschedule_appointment(  # noqa: PLR0913, PLR0917 - what a route asks for
    appointment_id: Id,
    body: NewTime,
    asked: AskedFor,
    door: CommandsOf,
    changes: ChangesOf,
    alternatives: AlternativesOf,
) -> Response:
    """Whatever it is refused for, the visit stands as it was."""
    visit = await changes.visits.get(appointment_id)
    return await door.start(
        asked,
        commands.reschedule(visit, body, changes.on_behalf(body.by)),
        changes.changed,
        explained=changes.explain_move(alternatives, visit, body),
        version=visit["version"],
    )


@routes.get(
    "/cancellation-quote",
    operation_id="quoteCancellation",
    summary="Tell what a cancellation would cost now",
    responses=refusing(Code.WRONG_STATE, Code.VISIT_STARTED, Code.UNKNOWN_FILTER),
)
async def quote_cancellation(
    appointment_id: Id, query: Annotated[QuoteQuery, Query()], changes: ChangesOf
) -> Quote:
    """Changes nothing: send its fee as `accept_fee`, and no cancellation costs more."""
    visit = await changes.visits.get(appointment_id)
    return await changes.quotes.of(visit, changes.on_behalf(query.by))


@routes.post(
    "/cancel",
    operation_id="cancelAppointment",
    summary="Cancel a visit: its slot is free at once, and what is due goes back",
    response_model=Appointment,
    responses={
        **versioned(200, "It is cancelled; what goes back may be pending"),
        **accepted(),
        **refusing(
            Code.APPOINTMENT_BUSY,
            Code.WRONG_STATE,
            Code.VISIT_STARTED,
            Code.QUOTE_CHANGED,
            Code.VERSION_MISMATCH,
        ),
    },
)
async def cancel_appointment(
    appointment_id: Id,
    body: Cancellation,
    asked: AskedFor,
    door: CommandsOf,
    changes: ChangesOf,
) -> Response:
    visit = await changes.visits.get(appointment_id)
    by = changes.on_behalf(body.by)
    return await door.start(
        asked,
        commands.cancel(visit, body, by),
        changes.cancelled,
        explained=changes.explain_cancellation(appointment_id, by),
        version=visit["version"],
    )


@routes.post(
    "/check-in",
    operation_id="checkIn",
    summary="Say that the patient has come",
    response_model=Appointment,
    responses={
        **versioned(200, "The patient waits"),
        **accepted(),
        **refusing(Code.APPOINTMENT_BUSY, Code.WRONG_STATE, Code.VERSION_MISMATCH),
    },
)
async def check_in(
    appointment_id: Id,
    asked: AskedFor,
    door: CommandsOf,
    changes: ChangesOf,
    body: Nothing | None = None,  # noqa: ARG001 - an empty object, or nothing
) -> Response:
    visit = await changes.visits.get(appointment_id)
    command = commands.check_in(visit)
    return await door.start(asked, command, changes.changed, version=visit["version"])


@routes.post(
    "/complete",
    operation_id="completeVisit",
    summary="Say that the patient was seen, and what was found",
    response_model=Appointment,
    responses={
        **versioned(200, "It is completed, and part of the patient's history"),
        **accepted(),
        **refusing(Code.APPOINTMENT_BUSY, Code.WRONG_STATE, Code.VERSION_MISMATCH),
    },
)
async def complete_visit(
    appointment_id: Id, body: Findings, asked: AskedFor, door: CommandsOf, changes: ChangesOf
) -> Response:
    visit = await changes.visits.get(appointment_id)
    command = commands.complete(visit, body)
    return await door.start(asked, command, changes.changed, version=visit["version"])


@routes.post(
    "/no-show",
    operation_id="markNoShow",
    summary="Say that the patient did not come: the consultation stays due, or paid",
    response_model=Appointment,
    responses={
        **versioned(200, "It is missed; what it does not cost goes back"),
        **accepted(),
        **refusing(Code.APPOINTMENT_BUSY, Code.WRONG_STATE, Code.TOO_EARLY, Code.VERSION_MISMATCH),
    },
)
async def mark_no_show(
    appointment_id: Id,
    asked: AskedFor,
    door: CommandsOf,
    changes: ChangesOf,
    body: Nothing | None = None,  # noqa: ARG001 - an empty object, or nothing
) -> Response:
    visit = await changes.visits.get(appointment_id)
    command = commands.mark_no_show(visit)
    return await door.start(asked, command, changes.changed, version=visit["version"])


@routes.post(
    "/waive",
    operation_id="waiveNoShow",
    summary="Forgive the fee of a missed visit",
    response_model=Appointment,
    responses={
        **versioned(200, "It is forgiven; what was paid of it goes back"),
        **accepted(),
        **refusing(Code.WRONG_STATE, Code.WAIVE_CLOSED, Code.VERSION_MISMATCH),
    },
)
async def waive_no_show(
    appointment_id: Id, body: Waiver, asked: AskedFor, door: CommandsOf, changes: ChangesOf
) -> Response:
    visit = await changes.visits.get(appointment_id)
    command = commands.waive(visit, body)
    return await door.start(asked, command, changes.changed, version=visit["version"])
