"""What becomes of a process → what the client gets: section 1 of the API's contract."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from starlette.responses import JSONResponse, Response

from activities.users.contract import Kept
from api.problems import MEDIA_TYPE, Code, Problem, field_error
from db.reading import Record
from workflows.saga_workflow import Outcome, Status

log = structlog.get_logger()

NEVER_KEPT = {202, 400, 401, 403, 404, 412, 429, 503}
NEVER_KEPT_CODES = {Code.VALIDATION_FAILED, Code.INTERNAL_ERROR, Code.APPOINTMENT_BUSY}
FORGOTTEN = {409, 422, 429}
FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body and headers: what is sent, and what is kept for whoever asks again."""

    status: int
    body: dict[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, **more: str) -> Response:
        headers = {**self.headers, **more}
        if self.body is None:
            return Response(status_code=self.status, headers=headers)
        kind = MEDIA_TYPE if self.status >= FIRST_ERROR else "application/json"
        return JSONResponse(self.body, self.status, headers, media_type=kind)

    @property
    def is_kept(self) -> bool:
        code = Code.named(str(self.body and self.body.get("code")))
        return self.status not in NEVER_KEPT and code not in NEVER_KEPT_CODES

    @property
    def is_forgotten(self) -> bool:
        """It leaves nothing behind: the same key begins anew."""
        return not self.is_kept and self.status in FORGOTTEN

    def kept(self) -> Kept:
        return Kept(status=self.status, headers=self.headers, body=self.body)


def etag(version: int) -> str:
    return f'"v{version}"'


def is_known(if_none_match: str | None, version: int) -> bool:
    """Whether the client has this very version already."""
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag(version) in tags or "*" in tags


def created(body: dict[str, Any], location: str, version: int) -> Answer:
    return Answer(201, body, {"Location": location, "ETag": etag(version)})


def done(body: dict[str, Any], version: int) -> Answer:
    return Answer(200, body, {"ETag": etag(version)})


def read(
    row: Record | None, if_none_match: str | None, show: Callable[[Record], dict[str, Any]]
) -> Response:
    """Answer a GET of one resource; what is not there, or not for the reader, is 404."""
    if row is None:
        raise Problem(Code.NOT_FOUND)
    if is_known(if_none_match, row["version"]):
        return Response(status_code=304, headers={"ETag": etag(row["version"])})
    return done(show(row), row["version"]).response()


def repeated(kept: Kept) -> Response:
    """Give an answer again, as it was."""
    answer = Answer(kept.status, kept.body, kept.headers)
    return answer.response(**{"Idempotency-Replayed": "true"})


def saga_path(workflow_id: str) -> str:
    return f"/v1/sagas/{workflow_id}"


def pending(workflow_id: str, type: str, state: str, resource: str | None) -> Answer:
    """Say where to follow a process that has no answer yet; a person may have to decide first."""
    path = saga_path(workflow_id)
    links = {"self": path}
    if resource:
        links["resource"] = resource
    body = {
        "workflow_id": workflow_id,
        "type": type,
        "state": state,
        "step": None,
        "outcome": None,
        "links": links,
    }
    return Answer(202, body, {"Location": path, "Retry-After": "1"})


def problem_of(outcome: Outcome[Any], workflow_id: str, *, is_staff: bool) -> Problem:
    """Say why it did not happen: a refusal by its own code, all else as a failure."""
    if outcome.status is not Status.REFUSED:
        if is_staff:
            return Problem(Code.PROCESS_FAILED, links={"saga": saga_path(workflow_id)})
        return Problem(Code.PROCESS_FAILED)
    code = Code.named(outcome.refusal)
    if code is None:
        log.error("refusal_without_problem", refusal=outcome.refusal, workflow_id=workflow_id)
        return Problem(Code.INTERNAL_ERROR)
    return Problem(code, **members_of(code, outcome.details))


def members_of(code: Code, details: Mapping[str, str]) -> dict[str, Any]:
    """Show of a refusal's details what its problem is documented to show."""
    members: dict[str, Any] = {}
    if code is Code.PAYMENT_DECLINED:
        members["decline_code"] = details.get("decline_code", "generic")
    if "status" in details:
        members["current_status"] = details["status"]
    if "field" in details:
        members["errors"] = [field_error(code, details["field"])]
    if "retry_after" in details:
        members["headers"] = {"Retry-After": details["retry_after"]}
    return members
