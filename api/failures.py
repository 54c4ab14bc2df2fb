"""What goes wrong on the way → a problem. Nothing of a request is ever in an answer or a log."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from asgi_correlation_id import correlation_id
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from activities.contract import Refusal
from activities.users.contract import Entry
from api.admission import parts_of
from api.answers import members_of
from api.callers import Caller
from api.engine import EngineAwayError, NoSuchProcessError
from api.forms import WHY
from api.problems import Code, Problem, rendered

log = structlog.get_logger()

BY_STATUS = {404: Code.NOT_FOUND, 405: Code.METHOD_NOT_ALLOWED, 413: Code.BODY_TOO_LARGE}
LONGEST_ID = 120
DENIALS = {Code.NOT_ALLOWED, Code.NOT_FOUND}
OUTAGES = ("08", "53", "57", "55P03", "25P03", "25P04")
"""Classes of SQLSTATE: the database can't now, and may be able to soon."""

SAID = {
    **WHY,
    "missing": "This field is needed.",
    "extra-forbidden": "There is a field that is not known here.",
    "string-too-long": "The text is too long.",
    "string-too-short": "The text is too short.",
    "too-long": "There are too many.",
    "enum": "This is none of the listed values.",
    "literal-error": "This is none of the listed values.",
}


def install(app: FastAPI) -> None:
    """Make one renderer answer for everything that is raised."""
    for kind in (
        Problem,
        Refusal,
        RequestValidationError,
        HTTPException,
        EngineAwayError,
        NoSuchProcessError,
        SQLAlchemyError,
        OSError,
        Exception,
    ):
        app.add_exception_handler(kind, answer)


async def answer(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem.code is Code.INTERNAL_ERROR:
        log.error("request_failed", error=type(error).__name__, path=template_of(request))
    if problem.code in DENIALS and (caller := getattr(request.state, "caller", None)):
        await record_denial(request, caller, problem.code)
    return rendered(problem, parts_of(request).public_url, template_of(request))


def problem_of(error: Exception) -> Problem:
    code = Code.INTERNAL_ERROR
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return invalid(error.errors())
        case Refusal():
            code = Code.named(error.code) or code
            return Problem(code, **members_of(code, error.details))
        case HTTPException():
            code = BY_STATUS.get(error.status_code, Code.BAD_HEADER)
        case NoSuchProcessError():
            code = Code.NOT_FOUND
        case EngineAwayError() | PoolTimeoutError() | InterfaceError() | OSError():
            code = Code.UNAVAILABLE
        case DBAPIError() if is_outage(error):
            code = Code.UNAVAILABLE
    return Problem(code)


def is_outage(error: DBAPIError) -> bool:
    cause = error.orig and (error.orig.__cause__ or error.orig)
    state = str(getattr(cause, "sqlstate", None) or "")
    return error.connection_invalidated or state.startswith(OUTAGES)


def invalid(errors: Sequence[Any]) -> Problem:
    """Say which fields are wrong and why: by name and rule, never by what was sent."""
    kinds = {kind_of(error) for error in errors}
    if "json-invalid" in kinds:
        return Problem(Code.MALFORMED_JSON)
    if "card-number" in kinds:
        return Problem(Code.CARD_NUMBER_REFUSED)
    in_query = [error for error in errors if error["loc"][0] == "query"]
    names = {"extra-forbidden", "literal-error", "enum"}
    code = Code.VALIDATION_FAILED
    if in_query and all(kind_of(error) in names for error in errors):
        code = Code.UNKNOWN_FILTER
    return Problem(code, errors=[told(error) for error in errors[:20]])


def kind_of(error: Mapping[str, Any]) -> str:
    return str(error["type"]).replace("_", "-")


def told(error: Mapping[str, Any]) -> dict[str, str]:
    place, *path = error["loc"]
    kind = kind_of(error)
    if kind == "extra-forbidden":
        path = path[:-1]  # Its name is the client's own, and may say anything.
    where = (
        {"pointer": "".join(f"/{part}" for part in path)}
        if place == "body"
        else {"parameter": ".".join(map(str, path))}
    )
    return {**where, "code": kind, "detail": SAID.get(kind, "This value is not acceptable.")}


def template_of(request: Request) -> str:
    """Name the place without what was sent: two ids that are not there look the same."""
    route = request.scope.get("route")
    return str(getattr(route, "path_format", "/"))


async def record_denial(request: Request, caller: Caller, code: Code) -> None:
    """Leave a trace of what somebody may not do, or may not see."""
    ids = [value for value in request.path_params.values() if len(str(value)) <= LONGEST_ID]
    await parts_of(request).accounts.record(
        Entry(
            action=getattr(request.state, "operation", "unknown"),
            outcome="DENIED",
            actor_id=caller.account_id,
            actor_role=caller.role,
            object_type="route",
            object_id=str(ids[0]) if ids else None,
            correlation_id=correlation_id.get(),
            details={"code": code.text},
        )
    )
