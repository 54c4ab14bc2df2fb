"""The contract that the API publishes: OpenAPI 3.1, made of the routes and the policy."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.policy import POLICY, Rule
from api.problems import Code
from api.routing import described, refusing

TITLE = "Hospital appointments"
BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
GENERATED = "Validation Error"
"""What FastAPI says of every 422 that nobody described."""
LOGGED_IN = (Code.NOT_AUTHENTICATED, Code.TOKEN_EXPIRED, Code.NOT_ALLOWED, Code.NOT_FOUND)
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
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "idempotency-key":
            parameter["required"] = rule.needs_key
    answers = operation["responses"]
    for status, common in refusing(*codes_of(operation, rule)).items():
        own = answers.get(str(status), {})
        if own.get("description") == GENERATED:
            own = {}
        listed = list(dict.fromkeys([*own.get("x-codes", []), *common["x-codes"]]))
        answers[str(status)] = {
            **common,
            "content": {**own.get("content", {}), **common["content"]},
            "x-codes": listed,
            "description": own.get("description") or described(listed),
        }
        if "x-codes" in own:
            answers[str(status)]["description"] = described(listed)


def codes_of(operation: dict[str, Any], rule: Rule) -> list[Code]:
    codes = [Code.INTERNAL_ERROR, Code.UNAVAILABLE]
    codes += [Code.TOO_MANY_REQUESTS] if rule.is_counted else []
    codes += [] if rule.is_public else LOGGED_IN
    if "parameters" in operation or "requestBody" in operation:
        codes.append(Code.VALIDATION_FAILED)
    if "requestBody" in operation:
        codes += [Code.MALFORMED_JSON, Code.BODY_TOO_LARGE, Code.NOT_JSON]
    if "202" in operation["responses"]:
        codes += [Code.PROCESS_FAILED, Code.KEY_MALFORMED, Code.KEY_REUSED]
    codes += [Code.KEY_REQUIRED] if rule.needs_key else []
    return codes
