"""What the API publishes of itself is true."""

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from activities.contract import Refusal
from api import policy
from api.app import Api
from api.parts import Parts
from api.problems import Code, Problem, markdown
from api.rates import Rates
from tests.api.desk import Desk
from tests.api.fakes import FakeProcesses

Contract = dict[str, Any]
ACTIVITIES = Path(__file__).parent.parent.parent / "activities"


@pytest.fixture
def contract(app: Api) -> Contract:
    return app.openapi()


def operations_of(contract: Contract) -> list[Contract]:
    return [operation for path in contract["paths"].values() for operation in path.values()]


OTHERS_FORMS = {"takePaymentEvent", "decodePayloads"}
"""The forms of these bodies are the gateway's and Temporal's, not ours."""
BOUNDS = {
    "string": {"maxLength", "pattern", "format", "enum", "const"},
    "integer": {"maximum", "enum", "const"},
    "number": {"enum", "const"},
    "array": {"maxItems"},
    "object": {"additionalProperties"},
}


def unbounded(contract: Contract, schema: Contract, at: str, seen: set[str]) -> Iterator[str]:
    """Name the fields of a request that take more than one form."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            target = contract["components"]["schemas"][name]
            yield from unbounded(contract, target, name, {*seen, name})
        return
    for part in ("anyOf", "oneOf", "allOf"):
        for inner in schema.get(part, []):
            yield from unbounded(contract, inner, at, seen)
    kind = schema.get("type")
    if kind in BOUNDS and not BOUNDS[kind] & set(schema):
        yield f"{at}: {kind}"
    for name, inner in schema.get("properties", {}).items():
        yield from unbounded(contract, inner, f"{at}.{name}", seen)
    if "items" in schema:
        yield from unbounded(contract, schema["items"], f"{at}[]", seen)


def refusals() -> set[type[Refusal]]:
    """Find every refusal of every contract."""
    found: set[type[Refusal]] = set()
    for path in sorted(ACTIVITIES.glob("**/contract.py")):
        module = importlib.import_module(
            ".".join(path.relative_to(ACTIVITIES.parent).with_suffix("").parts)
        )
        classes = inspect.getmembers(module, inspect.isclass)
        found |= {kind for _, kind in classes if issubclass(kind, Refusal) and kind is not Refusal}
    return found


def test_every_refusal_is_a_problem() -> None:
    unknown = {refusal for refusal in refusals() if Code.named(refusal.code) is None}

    assert not unknown
    assert len(refusals()) > 20


def test_no_code_is_used_twice() -> None:
    assert len({code.text for code in Code}) == len(Code)


def test_a_problem_has_the_members_of_its_standard() -> None:
    body = Problem(Code.SLOT_TAKEN, alternatives=[]).body("https://hms.example", "/v1/x")

    assert body["type"] == "https://hms.example/problems/slot-taken"
    assert (body["status"], body["code"], body["retryable"]) == (409, "slot-taken", False)
    assert body["alternatives"] == []


async def test_every_problem_is_explained(desk: Desk) -> None:
    for code in Code:
        told = (await desk.get(None, f"/problems/{code.text}")).json()
        assert (told["status"], told["title"]) == (code.status, code.title)
        assert f"`{code.text}`" in markdown()


def test_the_table_of_rights_can_be_read() -> None:
    assert "| `listAppointments` | any | own | own | any | any |  |" in policy.markdown()


def test_the_contract_is_valid(contract: Contract) -> None:
    validate(contract)
    assert contract["openapi"].startswith("3.1")


def test_every_operation_says_what_it_is(contract: Contract) -> None:
    for operation in operations_of(contract):
        assert operation["operationId"]
        assert operation["summary"]
        assert operation["tags"]
        assert "security" in operation


def test_every_field_of_a_request_takes_one_form(contract: Contract) -> None:
    found: list[str] = []
    for operation in operations_of(contract):
        name = operation["operationId"]
        if name in OTHERS_FORMS:
            continue
        for media in operation.get("requestBody", {}).get("content", {}).values():
            found += unbounded(contract, media["schema"], name, set())
        for parameter in operation.get("parameters", []):
            if parameter["in"] != "header":
                schema = parameter["schema"]
                found += unbounded(contract, schema, f"{name}?{parameter['name']}", set())

    assert found == []


def test_what_an_operation_answers_is_documented(contract: Contract) -> None:
    book = contract["paths"]["/v1/appointments"]["post"]

    assert "Location" in book["responses"]["201"]["headers"]
    assert "Location" in book["responses"]["202"]["headers"]
    assert "slot-taken" in book["responses"]["409"]["x-codes"]
    assert "idempotency-key-reused" in book["responses"]["422"]["x-codes"]
    assert book["security"] == [{"bearer": []}]
    assert not any("HTTPValidationError" in name for name in contract["components"]["schemas"])


async def test_whoever_asks_too_often_waits(desk: Desk, app: Api, parts: Parts) -> None:
    object.__setattr__(parts, "rates", Rates("3/minute"))

    answers = [await desk.get(None, "/problems/slot-taken") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"default";q=3;w=60'
    assert answers[2].headers["ratelimit"].startswith('"default";r=0;t=')
    assert int(answers[3].headers["retry-after"]) > 0
    assert answers[3].json()["retryable"] is True
    assert app.state.parts is parts


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
async def test_without_the_engine_it_is_alive_and_not_ready(
    desk: Desk, processes: FakeProcesses, path: str
) -> None:
    processes.is_away = True

    assert (await desk.get(None, "/health/live")).status_code == 200
    answer = await desk.get(None, path)
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


async def test_with_all_its_parts_it_is_ready(desk: Desk) -> None:
    answer = await desk.get(None, "/health/ready")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
