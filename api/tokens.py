"""Access tokens: short-lived, signed with ES256, and read as if everybody forged them."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from uuid_utils.compat import uuid7

from activities.users.contract import Role

ALGORITHM = "ES256"
LIFE = 900
"""Seconds that a token counts."""
LONGEST = 4096
"""Characters; ours are shorter, and nobody parses more."""

Second = Annotated[int, Field(strict=True, ge=0, le=2**40)]


class TokenRefusedError(Exception):
    """The token is not ours, or not in order; `is_expired`: it was."""

    def __init__(self, *, is_expired: bool = False) -> None:
        super().__init__("expired" if is_expired else "refused")
        self.is_expired = is_expired


class Claims(BaseModel):
    """What a token says. Each claim has its one type: PyJWT would take `exp` as a string."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    iss: Annotated[str, Field(strict=True)]
    aud: Annotated[str, Field(strict=True)]
    sub: UUID
    sid: UUID
    """The session: all that follows from one login."""
    jti: UUID
    typ: Literal["access"]
    iat: Second
    exp: Second
    ver: Second
    """The account's token version: a change of role or password makes the others count no more."""
    role: Role
    scope: Annotated[str, Field(strict=True, max_length=1000)]
    patient_id: UUID | None = None
    doctor_id: UUID | None = None


class Tokens:
    """Signs with the first key, and reads what any of the keys signed."""

    def __init__(self, keys: Mapping[str, EllipticCurvePrivateKey], issuer: str) -> None:
        self._active = next(iter(keys))
        self._private = keys[self._active]
        self._public = {name: key.public_key() for name, key in keys.items()}
        self._issuer = issuer

    def issue(  # noqa: PLR0913 - each is a claim
        self,
        *,
        account_id: UUID,
        session_id: UUID,
        version: int,
        role: Role,
        scopes: frozenset[str],
        patient_id: UUID | None = None,
        doctor_id: UUID | None = None,
    ) -> str:
        now = int(datetime.now(UTC).timestamp())
        claims = Claims(
            iss=self._issuer,
            aud=self._issuer,
            sub=account_id,
            sid=session_id,
            jti=uuid7(),
            typ="access",
            iat=now,
            exp=now + LIFE,
            ver=version,
            role=role,
            scope=" ".join(sorted(scopes)),
            patient_id=patient_id,
            doctor_id=doctor_id,
        )
        told = claims.model_dump(mode="json", exclude_none=True)
        return jwt.encode(told, self._private, ALGORITHM, headers={"kid": self._active})

    def read(self, token: str) -> Claims:
        """Raise `TokenRefusedError` for every token that `issue` did not make just so."""
        try:
            if len(token) > LONGEST or not token.isascii():
                raise TokenRefusedError
            key = self._public[jwt.get_unverified_header(token)["kid"]]
            told = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._issuer,
                issuer=self._issuer,
                options={"require": ["exp", "iat", "sub", "jti"]},
            )
            claims = Claims.model_validate(told)
        except jwt.ExpiredSignatureError:
            raise TokenRefusedError(is_expired=True) from None
        # Python's JSON reader raises all of these for what somebody made up.
        except (jwt.PyJWTError, ValidationError, KeyError, TypeError, ValueError, RecursionError):
            raise TokenRefusedError from None
        if not 0 < claims.exp - claims.iat <= LIFE:
            raise TokenRefusedError
        return claims


def new_key() -> str:
    """Make a key as the settings hold it: base64 of PKCS 8."""
    der = generate_private_key(SECP256R1()).private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )
    return base64.b64encode(der).decode()


def read_keys(named: str) -> dict[str, EllipticCurvePrivateKey]:
    """Read `name:key,older:key`; the first one signs."""
    keys = {}
    for entry in named.split(","):
        name, _, key = entry.strip().partition(":")
        loaded = load_der_private_key(base64.b64decode(key), None)
        if not isinstance(loaded, EllipticCurvePrivateKey):
            raise TypeError(f"the key {name} is not on a curve")
        keys[name] = loaded
    return keys
