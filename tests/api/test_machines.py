"""What machines say: believed when it is signed, shown when it is allowed."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from google.protobuf import json_format
from httpx2 import ASGITransport, AsyncClient, Response
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload
from temporalio.api.common.v1 import Payloads as Sealed
from typing_extensions import override

from activities.appointments.service import AppointmentService
from activities.payments.contract import GatewayEvent
from activities.users.contract import Role
from api.app import Api, create_app
from api.engine import EngineAwayError
from api.gateway import Gateway
from api.parts import Parts
from api.payloads import Payloads
from api.processes import Begun
from deploy.peers.payments.webhooks import signature
from tests.api.desk import Desk, Person
from tests.api.fakes import FakeProcesses, Result
from tests.conftest import EngineOf
from workflows.connection import Keyring, converter
from workflows.saga_workflow import Outcome

SECRET = "whsec_only_for_tests"  # noqa: S105
UI = "http://127.0.0.1:8233"
OTHER_PAGE = "http://evil.example"
SAID = b'{"last_name":"Doe"}'
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,x-namespace,authorization",
}


def machines_of(parts: Parts, **more: Any) -> Parts:  # noqa: ANN401 - parts of any kind
    keyring = Keyring(codec_keys=SecretStr(f"test:{base64.b64encode(bytes(32)).decode()}"))
    made: Parts = replace(
        parts,
        gateway=Gateway(SecretStr(SECRET)),
        payloads=Payloads(converter(keyring, "hms"), "hms"),
        temporal_ui_url=UI,
        **more,
    )
    return made


class NobodyThere(FakeProcesses):
    """An engine that is away."""

    @override
    async def start(self, wanted: Begun[Result]) -> Outcome[Result] | None:
        raise EngineAwayError


@pytest.fixture(scope="session")
def machine_apps() -> dict[bool, Api]:
    """Keep one app for each of the two, in development and elsewhere: making one takes a while."""
    return {}


async def open_desk(
    apps: dict[bool, Api], made: Parts, users: asyncpg.Connection
) -> AsyncIterator[Desk]:
    if made.is_development not in apps:
        apps[made.is_development] = create_app(made)
    app = apps[made.is_development]
    app.state.parts = made
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://api.test") as http:
        yield Desk(http, made.tokens, users)


@pytest.fixture
async def machines(
    parts: Parts, superuser: dict[str, asyncpg.Connection], machine_apps: dict[bool, Api]
) -> AsyncIterator[Desk]:
    async for desk in open_desk(machine_apps, machines_of(parts), superuser["users"]):
        yield desk


@pytest.fixture
async def at_home(
    parts: Parts, superuser: dict[str, asyncpg.Connection], machine_apps: dict[bool, Api]
) -> AsyncIterator[Desk]:
    """Develop: everything is on one machine."""
    made = machines_of(parts, is_development=True)
    async for desk in open_desk(machine_apps, made, superuser["users"]):
        yield desk


def an_event(**more: object) -> dict[str, Any]:
    about = {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 10500,
        "status": "succeeded",
        "client_secret": "pi_1_secret",
        "metadata": {"process": "book-1"},
        "payment_method_details": {"card": {"last4": "4242"}},
        "billing_details": {"name": "Jo Doe"},
    }
    return {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": 1_796_000_000,
        "data": {"object": about},
        **more,
    }


async def tell(
    desk: Desk,
    event: object,
    *,
    secret: str = SECRET,
    at: int | None = None,
    header: str | None = None,
) -> Response:
    payload = event if isinstance(event, str) else json.dumps(event)
    signed = signature(payload, secret, int(time.time()) if at is None else at)
    return await desk.http.post(
        "/webhooks/payments",
        content=payload.encode(),
        headers={"Content-Type": "application/json", "Stripe-Signature": header or signed},
    )


async def test_a_signed_event_is_handed_on_without_the_card(
    machines: Desk, processes: FakeProcesses
) -> None:
    event = an_event()

    answer = await tell(machines, event)

    assert (answer.status_code, answer.json()) == (200, {"received": True})
    (begun,) = processes.asked
    assert begun.id == f"gateway-event-{event['id']}"
    kept = begun.request
    assert isinstance(kept, GatewayEvent)
    assert (kept.event_id, kept.type) == (event["id"], "payment_intent.succeeded")
    assert (kept.object_reference, kept.process) == ("pi_1", "book-1")
    assert kept.occurred_at == 1_796_000_000
    assert kept.payload.keys() == {"id", "object", "amount", "status", "metadata"}


async def test_an_event_that_comes_twice_is_one(machines: Desk, processes: FakeProcesses) -> None:
    event = an_event()

    answers = await asyncio.gather(*(tell(machines, event) for _ in range(3)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({begun.id for begun in processes.asked}) == 1


@pytest.mark.parametrize("age", [301, 3600])
async def test_an_event_that_is_replayed_later_is_refused(
    machines: Desk, processes: FakeProcesses, age: int
) -> None:
    answer = await tell(machines, an_event(), at=int(time.time()) - age)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad-signature")
    assert processes.asked == []


@pytest.mark.parametrize("header", ["", "t=1", "v1=abc", "nonsense", "t=x,v1=y", "t=1,v1=\xff"])
async def test_what_is_not_signed_is_refused(
    machines: Desk, processes: FakeProcesses, header: str
) -> None:
    answer = await machines.http.post(
        "/webhooks/payments",
        content=json.dumps(an_event()).encode(),
        headers=[(b"stripe-signature", header.encode("latin-1"))],
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "bad-signature")
    assert processes.asked == []


async def test_what_somebody_else_signed_is_refused(
    machines: Desk, processes: FakeProcesses
) -> None:
    answer = await tell(machines, an_event(), secret="whsec_of_somebody_else")  # noqa: S106

    assert (answer.status_code, answer.json()["code"]) == (400, "bad-signature")
    assert processes.asked == []


async def test_what_was_changed_on_the_way_is_refused(machines: Desk) -> None:
    header = signature(json.dumps(an_event()), SECRET, int(time.time()))

    answer = await tell(machines, an_event(type="charge.refunded"), header=header)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad-signature")


async def test_without_a_secret_nobody_is_believed(desk: Desk) -> None:
    answer = await tell(desk, an_event())

    assert (answer.status_code, answer.json()["code"]) == (400, "bad-signature")


@pytest.mark.parametrize("event", ['{"id": 5}', "{}", '{"id": "evt_1", "data": {}}'])
async def test_a_signed_event_that_makes_no_sense_is_refused(machines: Desk, event: str) -> None:
    answer = await tell(machines, event)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")


async def test_without_the_engine_the_gateway_is_asked_to_come_again(
    machines: Desk, parts: Parts, machine_apps: dict[bool, Api], engine_of: EngineOf
) -> None:
    away = NobodyThere(AppointmentService(engine_of("appointments")))
    machine_apps[False].state.parts = machines_of(parts, processes=away)

    answer = await tell(machines, an_event())

    assert answer.status_code == 503
    assert "retry-after" in answer.headers


async def sealed(namespace: str = "hms") -> dict[str, Any]:
    keyring = Keyring(codec_keys=SecretStr(f"test:{base64.b64encode(bytes(32)).decode()}"))
    codec = converter(keyring, namespace).payload_codec
    assert codec
    payload = Payload(metadata={"encoding": b"json/plain"}, data=SAID)
    asked: dict[str, Any] = json_format.MessageToDict(
        Sealed(payloads=await codec.encode([payload]))
    )
    return asked


async def decode(
    desk: Desk, who: Person | None, body: object = None, namespace: str = "hms", **headers: str
) -> Response:
    return await desk.post(
        who,
        "/codec/decode?preserveStorageRefs=true",
        await sealed() if body is None else body,
        **{"X-Namespace": namespace, **headers},
    )


@pytest.mark.parametrize("role", [Role.OPS, Role.ADMIN])
async def test_operators_see_what_is_sealed_and_the_audit_knows(
    machines: Desk, superuser: dict[str, asyncpg.Connection], role: Role
) -> None:
    operator = await machines.somebody(role)

    answer = await decode(machines, operator, Origin=UI)

    assert answer.status_code == 200, answer.text
    (payload,) = answer.json()["payloads"]
    assert base64.b64decode(payload["data"]) == SAID
    assert answer.headers["access-control-allow-origin"] == UI
    assert answer.headers["access-control-allow-credentials"] == "true"
    (entry,) = await superuser["users"].fetch("SELECT entry FROM app.audit_outbox")
    told = json.loads(entry["entry"])
    assert (told["action"], told["actor_id"]) == ("decodePayloads", str(operator.account_id))
    assert told["details"] == {"count": "1"}


@pytest.mark.parametrize("role", [r for r in Role if r not in {Role.OPS, Role.ADMIN}])
async def test_nobody_else_sees_what_is_sealed(machines: Desk, role: Role) -> None:
    answer = await decode(machines, await machines.somebody(role), Origin=UI)

    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
    assert "payloads" not in answer.text
    # Temporal's page may read why.
    assert answer.headers["access-control-allow-origin"] == UI


async def test_temporals_page_asks_before_it_asks(machines: Desk) -> None:
    answer = await machines.http.options("/codec/decode", headers={"Origin": UI, **PREFLIGHT})

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == UI
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-allow-methods"] == "POST"
    allowed = answer.headers["access-control-allow-headers"].lower()
    for name in ("content-type", "x-namespace", "authorization", "authorization-extras"):
        assert name in allowed


@pytest.mark.parametrize("origin", [OTHER_PAGE, f"{UI}.evil.example", "null", UI.upper()])
async def test_no_other_page_may_read(at_home: Desk, origin: str) -> None:
    before = await at_home.http.options("/codec/decode", headers={"Origin": origin, **PREFLIGHT})
    answer = await decode(at_home, None, Origin=origin)

    assert before.status_code == 400
    assert "access-control-allow-origin" not in before.headers
    assert answer.status_code == 401
    assert "access-control-allow-origin" not in answer.headers


async def test_other_routes_know_nothing_of_temporals_page(machines: Desk) -> None:
    answer = await machines.get(None, "/health/live", Origin=UI)

    assert "access-control-allow-origin" not in answer.headers


async def test_at_home_the_page_needs_no_token(
    at_home: Desk, superuser: dict[str, asyncpg.Connection]
) -> None:
    answer = await decode(at_home, None, Origin=UI)

    assert answer.status_code == 200, answer.text
    (entry,) = await superuser["users"].fetch("SELECT entry FROM app.audit_outbox")
    assert json.loads(entry["entry"])["actor_role"] == "DEVELOPER"


async def test_at_home_a_token_that_is_sent_is_judged(at_home: Desk) -> None:
    answer = await decode(at_home, None, Origin=UI, Authorization="Bearer nonsense")

    assert answer.status_code == 401


async def test_elsewhere_the_page_needs_a_token(machines: Desk) -> None:
    answer = await decode(machines, None, Origin=UI)

    assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")


async def test_at_home_nobody_from_elsewhere_is_let_in(
    at_home: Desk, machine_apps: dict[bool, Api]
) -> None:
    assert (await decode(at_home, None, Origin=UI)).status_code == 200
    transport = ASGITransport(app=machine_apps[True], client=("192.0.2.1", 5000))
    async with AsyncClient(transport=transport, base_url="http://api.test") as http:
        answer = await http.post(
            "/codec/decode", json=await sealed(), headers={"Origin": UI, "X-Namespace": "hms"}
        )

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("namespace", "body", "expected"),
    [
        ("other", None, (404, "not-found")),
        ("hms", "of another namespace", (422, "validation-failed")),
        ("hms", {"payloads": 5}, (400, "malformed-json")),
        ("hms", {"payloads": [5]}, (400, "malformed-json")),
    ],
)
async def test_what_is_not_ours_is_not_opened(
    machines: Desk, namespace: str, body: object, expected: tuple[int, str]
) -> None:
    operator = await machines.somebody(Role.OPS)
    sent = await sealed("other") if isinstance(body, str) else body

    answer = await decode(machines, operator, sent, namespace)

    assert (answer.status_code, answer.json()["code"]) == expected


async def test_what_was_never_sealed_comes_back_as_it_was(machines: Desk) -> None:
    plain = {"payloads": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "NQ=="}]}

    answer = await decode(machines, await machines.somebody(Role.OPS), plain)

    assert answer.json() == plain
