"""Who may do what: the table, multiplied out over every route."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from httpx2 import Response

from activities.users.contract import Role
from api.app import Api
from api.policy import POLICY, SCOPES, Relation, who
from api.routes import ROUTERS
from api.routing import router
from tests.api.desk import Desk

LET_IN = "let in"


def operations() -> Iterator[tuple[str, str, str]]:
    """Name every operation, its method and its path, with ids that nobody has."""
    for routes in ROUTERS:
        for route in routes.routes:
            assert isinstance(route, APIRoute)
            assert route.operation_id
            path = route.path_format
            for name in route.param_convertors:
                path = path.replace(f"{{{name}}}", "not-found" if name == "code" else str(uuid4()))
            yield route.operation_id, min(route.methods or {"GET"}), path


OPERATIONS = list(operations())


async def ask(desk: Desk, operation: tuple[str, str, str], **headers: str) -> Response:
    _, method, path = operation
    body: dict[str, str] | None = {} if method in {"POST", "PUT", "PATCH"} else None
    headers = {"Idempotency-Key": str(uuid4()), **headers}
    return await desk.http.request(method, path, json=body, headers=headers)


def test_every_entry_of_the_policy_has_its_route() -> None:
    assert {operation for operation, _, _ in OPERATIONS} == set(POLICY)


def test_every_route_of_the_app_is_guarded(app: Api) -> None:
    contexts = iter_route_contexts(app.routes)
    named = {getattr(c.original_route, "operation_id", None) for c in contexts}

    assert named - {None} == set(POLICY)


def test_a_route_without_an_entry_does_not_start() -> None:
    routes = router("Secrets")

    with pytest.raises(KeyError, match="openEverything"):

        @routes.get("/everything", operation_id="openEverything")
        async def open_everything() -> None: ...


def test_a_ring_means_their_own() -> None:
    assert who("P° R").roles == {Role.PATIENT: Relation.OWN, Role.RECEPTIONIST: Relation.ANY}


def test_every_scope_that_is_asked_for_is_held_by_each_role_that_may() -> None:
    for operation, rule in POLICY.items():
        lacking = {role for role in rule.roles if rule.scope and rule.scope not in SCOPES[role]}
        assert not lacking, operation


@pytest.mark.parametrize("role", Role)
async def test_each_role_may_do_what_the_table_says(desk: Desk, role: Role) -> None:
    somebody = await desk.somebody(role)

    for operation in OPERATIONS:
        rule = POLICY[operation[0]]
        if rule.is_public or operation[0] == "logOut":
            continue
        answer = await ask(desk, operation, **somebody.headers)

        expected = LET_IN if role in rule.roles else "not-allowed"
        code = answer.json().get("code") if answer.status_code == 403 else LET_IN
        assert code == expected, operation[0]


@pytest.mark.parametrize("token", ["", "Bearer garbage"])
async def test_nobody_gets_in_without_a_token(desk: Desk, token: str) -> None:
    for operation in OPERATIONS:
        if not POLICY[operation[0]].is_public:
            answer = await ask(desk, operation, Authorization=token)

            assert answer.status_code == 401, operation[0]


async def test_a_token_with_fewer_scopes_may_do_less(desk: Desk) -> None:
    reception = await desk.somebody(Role.RECEPTIONIST)
    token = desk.tokens.issue(
        account_id=reception.account_id,
        session_id=reception.session_id,
        version=1,
        role=reception.role,
        scopes=frozenset({"appointments:read"}),
    )
    reception.headers["Authorization"] = f"Bearer {token}"

    assert (await desk.get(reception, "/v1/appointments")).status_code == 200
    assert (await desk.book(reception)).status_code == 403


async def test_a_scope_beyond_the_role_counts_for_nothing(desk: Desk) -> None:
    billing = await desk.somebody(Role.BILLING)
    token = desk.tokens.issue(
        account_id=billing.account_id,
        session_id=billing.session_id,
        version=1,
        role=billing.role,
        scopes=frozenset({"appointments:write", "clinical:read", "appointments:read"}),
    )

    me = await desk.get(None, "/v1/me", Authorization=f"Bearer {token}")

    assert me.json()["scopes"] == ["appointments:read"]
