"""The contract that the API publishes: OpenAPI 3.1, made of the routes and the policy."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.policy import POLICY, Rule
from api.problems import MEDIA_TYPE, Code
from api.routing import refusing

TITLE = "Hospital appointments"
BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
FOR_ALL = (Code.TOO_MANY_REQUESTS, Code.INTERNAL_ERROR, Code.UNAVAILABLE)
LOGGED_IN = (Code.NOT_AUTHENTICATED, Code.TOKEN_EXPIRED, Code.NOT_ALLOWED, Code.NOT_FOUND)
WITH_KEY = (Code.KEY_MALFORMED, Code.KEY_REUSED)
PROBLEM = {
    "title": "Problem",
    "type": "object",
    "description": "RFC 9457. It never repeats what was sent.",
    "required": ["type", "title", "status", "detail", "instance", "code", "retryable"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "enum": [code.text for code in Code]},
        "correlation_id": {"type": ["string", "null"]},
        "retryable": {"type": "boolean"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "parameter": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def document(app: FastAPI, version: str) -> dict[str, Any]:
    """Write the contract down; the same routes give the same document."""
    contract = get_openapi(title=TITLE, version=version, routes=app.routes)
    components = contract.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas["Problem"] = PROBLEM
    components["securitySchemes"] = {"bearer": BEARER}
    for path in contract["paths"].values():
        for operation in path.values():
            complete(operation, POLICY[operation["operationId"]])
    return contract


def complete(operation: dict[str, Any], rule: Rule) -> None:
    """Add what follows from the policy: security, and the problems that all have."""
    operation["security"] = [] if rule.is_public else [{"bearer": []}]
    has_input = "parameters" in operation or "requestBody" in operation
    codes = [*FOR_ALL, *(() if rule.is_public else LOGGED_IN)]
    codes += [Code.VALIDATION_FAILED] if has_input else []
    codes += [Code.MALFORMED_JSON, Code.NOT_JSON] if "requestBody" in operation else []
    codes += [Code.KEY_REQUIRED, *WITH_KEY] if rule.needs_key else []
    answers = operation["responses"]
    for status, common in refusing(*codes).items():
        own = answers.get(str(status), {})
        if MEDIA_TYPE not in own.get("content", {}):
            own = {}
        listed = list(dict.fromkeys([*own.get("x-codes", []), *common["x-codes"]]))
        answers[str(status)] = {
            **common,
            "x-codes": listed,
            "description": " · ".join(f"`{text}`" for text in listed),
        }
