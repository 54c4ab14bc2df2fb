"""Logging in, staying logged in, logging out, over HTTP."""

from uuid import uuid4

import asyncpg
import pytest
from httpx2 import Response
from pydantic import SecretStr

from activities.users.contract import NewAccount, Role
from activities.users.service import UserService
from tests.api.desk import Desk

PASSWORD = "a whole sentence is hard to guess"  # noqa: S105 - for tests
RIGHT = {"username": "jo", "password": PASSWORD}


@pytest.fixture(autouse=True)
async def jo(users: UserService) -> NewAccount:
    account = NewAccount(
        account_id=uuid4(), username="jo", password=SecretStr(PASSWORD), role=Role.RECEPTIONIST
    )
    await users.create_account(account)
    return account


async def as_token(desk: Desk, answer: Response) -> Response:
    token = answer.json()["access_token"]
    return await desk.get(None, "/v1/me", Authorization=f"Bearer {token}")


async def test_a_session_goes_from_login_to_logout(desk: Desk, jo: NewAccount) -> None:
    login = await desk.post(None, "/v1/auth/login", RIGHT)
    me = await as_token(desk, login)
    refresh = {"refresh_token": login.json()["refresh_token"]}
    refreshed = await desk.post(None, "/v1/auth/refresh", refresh)
    bearer = f"Bearer {refreshed.json()['access_token']}"
    out = await desk.post(None, "/v1/auth/logout", Authorization=bearer)

    assert login.json()["expires_in"] == 900
    assert me.json()["id"] == str(jo.account_id)
    assert refreshed.status_code == 200
    assert out.status_code == 204
    assert (await as_token(desk, refreshed)).status_code == 401
    again = await desk.post(
        None, "/v1/auth/refresh", {"refresh_token": refreshed.json()["refresh_token"]}
    )
    assert (again.status_code, again.json()["code"]) == (401, "refresh-invalid")


async def test_a_used_refresh_token_of_another_device_ends_the_session(desk: Desk) -> None:
    login = await desk.post(None, "/v1/auth/login", RIGHT)
    stolen = {"refresh_token": login.json()["refresh_token"]}
    refreshed = await desk.post(None, "/v1/auth/refresh", stolen)

    thief = await desk.post(None, "/v1/auth/refresh", stolen, **{"User-Agent": "a thief"})

    assert thief.json()["code"] == "refresh-invalid"
    assert (await as_token(desk, refreshed)).status_code == 401


async def test_after_five_wrong_passwords_everybody_waits(desk: Desk) -> None:
    wrong = [
        await desk.post(None, "/v1/auth/login", {**RIGHT, "password": f"guess {n}"})
        for n in range(5)
    ]

    late = await desk.post(None, "/v1/auth/login", RIGHT)

    assert {answer.json()["code"] for answer in wrong} == {"bad-credentials"}
    assert (late.status_code, late.json()["code"]) == (429, "too-many-logins")
    assert int(late.headers["retry-after"]) >= 1


async def test_an_unknown_name_answers_as_a_wrong_password(desk: Desk) -> None:
    headers = {"X-Correlation-ID": "same"}
    wrong = await desk.post(None, "/v1/auth/login", {**RIGHT, "password": "guess"}, **headers)
    unknown = await desk.post(None, "/v1/auth/login", {**RIGHT, "username": "nobody"}, **headers)

    assert unknown.content == wrong.content


async def test_logins_and_denials_are_left_for_the_audit(
    desk: Desk, superuser: dict[str, asyncpg.Connection]
) -> None:
    ops = await desk.somebody(Role.OPS)
    await desk.post(None, "/v1/auth/login", RIGHT)
    await desk.post(None, "/v1/auth/login", {**RIGHT, "password": "guess"})
    await desk.get(ops, "/v1/appointments")
    await desk.get(await desk.somebody(Role.PATIENT), f"/v1/appointments/{uuid4()}")

    kept = await superuser["users"].fetch(
        "SELECT entry ->> 'action', entry ->> 'outcome' FROM app.audit_outbox ORDER BY created_at"
    )

    assert [tuple(row) for row in kept] == [
        ("LogIn", "DONE"),
        ("LogIn", "DENIED"),
        ("listAppointments", "DENIED"),
        ("getAppointment", "DENIED"),
    ]
