"""A token that is not exactly ours is nobody's."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import asyncpg
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from activities.users.contract import Role
from api.tokens import Tokens
from tests.api.conftest import ISSUER
from tests.api.desk import Desk, Person

Keys = dict[str, EllipticCurvePrivateKey]
Claims = dict[str, Any]


@pytest.fixture
async def somebody(desk: Desk) -> Person:
    return await desk.somebody(Role.RECEPTIONIST)


@pytest.fixture
def claims(desk: Desk, somebody: Person) -> Claims:
    told: Claims = jwt.decode(desk.token_of(somebody), options={"verify_signature": False})
    return told


async def code_of(desk: Desk, token: str) -> tuple[int, str]:
    answer = await desk.get(None, "/v1/me", Authorization=f"Bearer {token}")
    return answer.status_code, answer.json()["code"]


def padless(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def in_base64(value: object) -> str:
    return padless(json.dumps(value).encode())


async def test_a_token_of_ours_is_let_in(desk: Desk, somebody: Person) -> None:
    answer = await desk.get(somebody, "/v1/me")

    assert answer.status_code == 200
    assert answer.json()["role"] == "RECEPTIONIST"
    assert "appointments:write" in answer.json()["scopes"]


async def test_a_token_of_an_older_key_is_let_in(
    desk: Desk, somebody: Person, signing_keys: Keys
) -> None:
    older = Tokens({"old": signing_keys["old"]}, ISSUER)
    desk.tokens = older

    answer = await desk.get(None, "/v1/me", Authorization=f"Bearer {desk.token_of(somebody)}")

    assert answer.status_code == 200


REQUIRED = ("iss", "aud", "sub", "sid", "jti", "typ", "iat", "exp", "ver", "role", "scope")


def without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


CHANGES: dict[str, Callable[[Claims], Claims]] = {
    **{f"without {name}": without(name) for name in REQUIRED},
    "exp as a string": lambda c: c | {"exp": str(c["exp"])},
    "exp as a float": lambda c: c | {"exp": c["exp"] + 0.5},
    "exp as true": lambda c: c | {"exp": True},
    "exp without end": lambda c: c | {"exp": 10**400},
    "exp as null": lambda c: c | {"exp": None},
    "exp as a list": lambda c: c | {"exp": [c["exp"]]},
    "a life too long": lambda c: c | {"exp": c["iat"] + 901},
    "a life of nothing": lambda c: c | {"iat": c["exp"]},
    "iat in the future": lambda c: c | {"iat": c["iat"] + 500},
    "iat as a string": lambda c: c | {"iat": str(c["iat"])},
    "another issuer": lambda c: c | {"iss": "https://evil.example"},
    "another audience": lambda c: c | {"aud": "https://evil.example"},
    "several audiences": lambda c: c | {"aud": [ISSUER, "https://evil.example"]},
    "another kind": lambda c: c | {"typ": "refresh"},
    "another role": lambda c: c | {"role": "ADMIN"},
    "an unknown role": lambda c: c | {"role": "GOD"},
    "an older version": lambda c: c | {"ver": 0},
    "a newer version": lambda c: c | {"ver": 2},
    "a version as a string": lambda c: c | {"ver": "1"},
    "somebody else": lambda c: c | {"sub": c["sid"]},
    "another session": lambda c: c | {"sid": c["sub"]},
    "a name that is no id": lambda c: c | {"sub": "' OR 1=1 --"},
    "more than we say": lambda c: c | {"is_superuser": True},
    "not yet": lambda c: c | {"nbf": c["iat"] + 500},
}


@pytest.mark.parametrize("change", CHANGES)
async def test_signed_by_us_is_not_enough(
    desk: Desk, claims: Claims, signing_keys: Keys, change: str
) -> None:
    forged = jwt.encode(CHANGES[change](claims), signing_keys["new"], "ES256", {"kid": "new"})

    assert (await code_of(desk, forged))[0] == 401


async def test_an_old_token_is_expired(desk: Desk, claims: Claims, signing_keys: Keys) -> None:
    now = int(time.time())
    old = claims | {"iat": now - 901, "exp": now - 1}

    forged = jwt.encode(old, signing_keys["new"], "ES256", {"kid": "new"})

    assert await code_of(desk, forged) == (401, "token-expired")


async def test_a_signature_that_is_not_ours_counts_for_nothing(
    desk: Desk, claims: Claims, signing_keys: Keys
) -> None:
    ours, foreign = signing_keys["new"], generate_private_key(SECP256R1())
    public = ours.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body, signature = jwt.encode(claims, ours, "ES256", {"kid": "new"}).split(".")
    hs256 = in_base64({"alg": "HS256", "kid": "new"}) + "." + body
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    forged = [
        f"{in_base64({'alg': 'none', 'kid': 'new'})}.{body}.",
        f"{in_base64({'alg': 'None', 'kid': 'new'})}.{body}.{signature}",
        f"{hs256}.{padless(mac.sign(hs256.encode(), public))}",
        jwt.encode(claims, foreign, "ES256", {"kid": "new"}),
        jwt.encode(claims, foreign, "ES256", {"kid": "new", "jwk": {"kty": "EC"}}),
        jwt.encode(claims, ours, "ES256", {"kid": "../../keys"}),
        jwt.encode(claims, ours, "ES256", {"kid": "old"}),
        jwt.encode(claims, ours, "ES256"),
        jwt.encode(claims, ours, "ES256", {"kid": "new", "crit": ["b64"], "b64": False}),
        f"{head}.{body}.{signature[:-4]}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{in_base64(claims | {'role': 'ADMIN'})}.{signature}",
        f"{in_base64([])}.{body}.{signature}",
        f"{in_base64({'alg': 'ES256', 'kid': ['new']})}.{body}.{signature}",
        f"{padless(b'[' * 2000)}.{body}.{signature}",
        "a.b.c",
        "....",
        "x" * 5000,
    ]

    codes = {await code_of(desk, token) for token in forged}

    assert codes == {(401, "not-authenticated")}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "bearer  x"])
async def test_without_a_token_nobody_is_known(desk: Desk, header: str) -> None:
    answer = await desk.get(None, "/v1/me", Authorization=header)

    assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE app.accounts SET is_active = false, version = version + 1",
        "UPDATE app.accounts SET token_version = 2, version = version + 1",
        "UPDATE app.accounts SET role = 'BILLING', version = version + 1",
        "UPDATE app.refresh_tokens SET revoked_at = now()",
    ],
)
async def test_a_live_token_ends_with_what_it_stands_for(
    desk: Desk, somebody: Person, superuser: dict[str, asyncpg.Connection], change: str
) -> None:
    assert (await desk.get(somebody, "/v1/me")).status_code == 200

    await superuser["users"].execute(change)

    assert (await desk.get(somebody, "/v1/me")).status_code == 401
