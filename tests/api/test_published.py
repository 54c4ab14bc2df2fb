"""What is committed of the contract is what the routes say, and its page needs nobody else."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient

from api import policy
from api.app import Api, create_app
from api.parts import Parts
from api.policy import POLICY
from api.problems import markdown
from ops.commands import openapi
from tests.api.desk import Desk

ROOT = Path(__file__).parent.parent.parent
UI = ROOT / "api" / "ui"
SUM = re.compile(r"^\| `(static/[^`]+)` .* `([0-9a-f]{64})` \|$", re.MULTILINE)


@pytest.fixture
def contract(app: Api) -> dict[str, Any]:
    return app.openapi()


def test_the_committed_contract_is_that_of_the_routes() -> None:
    assert openapi.KEPT == ROOT / "api" / "openapi.json"
    assert openapi.KEPT.read_text() == openapi.written(), "hms openapi > api/openapi.json"


def test_the_committed_problems_are_those_of_the_code() -> None:
    assert (ROOT / "docs" / "problems.md").read_text() == markdown()


def test_a_change_of_rights_is_seen_in_the_committed_page() -> None:
    assert (ROOT / "docs" / "authorization.md").read_text() == policy.markdown()


def has_example(contract: dict[str, Any], body: dict[str, Any]) -> bool:
    if "example" in body:
        return True
    schema = body["schema"]
    while "$ref" in schema:
        schema = contract["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "examples" in schema:
        return True
    inner = schema.get("properties", {}).get("data", {}).get("items")
    either = [*schema.get("anyOf", []), *([inner] if inner else [])]
    return any(has_example(contract, {"schema": one}) for one in either)


@pytest.mark.parametrize("operation_id", POLICY)
def test_every_operation_shows_examples(contract: dict[str, Any], operation_id: str) -> None:
    (operation,) = [
        operation
        for path in contract["paths"].values()
        for operation in path.values()
        if operation["operationId"] == operation_id
    ]
    answers = [operation["responses"].get(str(status), {}) for status in (200, 201)]
    bodies = [operation.get("requestBody", {}), *answers]

    for body in filter(None, (body.get("content", {}).get("application/json") for body in bodies)):
        assert has_example(contract, body) or operation_id == "decodePayloads", body


async def test_the_page_of_the_contract_loads_nothing_from_outside(desk: Desk) -> None:
    page = await desk.get(None, "/docs")

    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "://" not in page.text
    for place in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        part = await desk.get(None, place)
        assert part.status_code == 200, place
        assert part.headers["x-content-type-options"] == "nosniff"
    assert (await desk.get(None, "/openapi.json")).json()["openapi"].startswith("3.1")


async def test_a_production_has_no_such_page(parts: Parts) -> None:
    app = create_app(replace(parts, is_production=True))
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://api.test") as http:
        answers = [await http.get(path) for path in ("/docs", "/docs/static/docs.js")]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_what_is_not_ours_is_as_it_was_published() -> None:
    vendored = dict(SUM.findall((UI / "VENDOR.md").read_text()))

    assert len(vendored) == 2
    for name, digest in vendored.items():
        assert hashlib.sha256((UI / name).read_bytes()).hexdigest() == digest
    assert "Apache License" in (UI / "static" / "swagger-ui.LICENSE.txt").read_text()
