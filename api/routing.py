"""How a route is made: guarded by the policy, its body read strictly, its problems named."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from api.admission import admit
from api.policy import POLICY
from api.problems import MEDIA_TYPE, Code, Problem
from api.shown import Shown

JSON_TYPES = {"application/json", "application/merge-patch+json"}
CREATED = 201


class Pending(Shown):
    """A process without an answer yet: follow its links."""

    workflow_id: str
    type: str
    state: str
    step: str | None
    outcome: None
    links: dict[str, str]


class StrictRequest(Request):
    """Its body is one JSON value in UTF-8; of two equal keys no one is believed."""

    @override
    async def json(self) -> Any:
        if not hasattr(self, "_strict_json"):
            self._strict_json = read_json(await self.body())
        return self._strict_json


def read_json(body: bytes) -> Any:  # noqa: ANN401 - it is JSON
    try:
        return json.loads(
            body.decode("utf-8"), object_pairs_hook=without_repetition, parse_constant=refuse
        )
    # Deep nesting ends in RecursionError, numbers without end in ValueError.
    except (ValueError, RecursionError):
        raise Problem(Code.MALFORMED_JSON) from None


def without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError
    return members


def refuse(constant: str) -> None:
    """NaN and the infinities are no JSON."""
    raise ValueError(constant)


class GuardedRoute(APIRoute):
    """A route that the policy knows; without an entry there the program does not start."""

    @override
    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()
        operation = self.operation_id or self.path
        rule = POLICY[operation]
        has_body = self.body_field is not None

        async def guarded(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            await admit(strict, operation, rule)
            if has_body and await strict.body():
                kind = strict.headers.get("content-type", "").partition(";")[0].strip().lower()
                if kind not in JSON_TYPES:
                    raise Problem(Code.NOT_JSON)
                await strict.json()
            response: Response = await handle(strict)
            return response

        return guarded


def router(tag: str, prefix: str = "") -> APIRouter:
    """Begin the routes of one resource."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=GuardedRoute)


def refusing(*codes: Code) -> dict[int | str, dict[str, Any]]:
    """Document the problems of an operation that are its own; those of all are added to each."""
    answers: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        known = answers.setdefault(code.status, {"description": "", "x-codes": []})
        known["x-codes"].append(code.text)
        known["description"] = described(known["x-codes"])
        known["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return answers


def described(codes: Iterable[str]) -> str:
    return " · ".join(f"`{code}`" for code in codes)


def header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


def accepted() -> dict[int | str, dict[str, Any]]:
    """Document the answer of a command whose outcome is not known yet."""
    headers = {"Location": header("The process to follow"), "Retry-After": header("Seconds")}
    return {202: {"description": "It is under way", "model": Pending, "headers": headers}}


def versioned(status: int, what: str) -> dict[int | str, dict[str, Any]]:
    """Document the headers of an answer that shows one version of a resource."""
    headers = {"ETag": header('The version, as `"v7"`')}
    if status == CREATED:
        headers["Location"] = header("Where it is read")
    return {status: {"description": what, "headers": headers}}


def unchanged() -> dict[int | str, dict[str, Any]]:
    return {304: {"description": "It is still the version that was named"}}
