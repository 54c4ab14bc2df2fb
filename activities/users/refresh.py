"""What a refresh token is: random, kept as a hash, and the parent of exactly one successor."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from pydantic import SecretStr

from activities.users.contract import Role, Session

ACCESS_LIFE = timedelta(minutes=15)
"""An access token counts so long; a change of role or the end of a session ends it sooner."""
LONGEST_SESSION = timedelta(hours=12)
GRACE = timedelta(seconds=10)
"""So long after its use a token gives its own client the same successor: an answer was lost."""

# Counted from when the access token is over: whoever works does not refresh before that.
IDLE_STAFF = ACCESS_LIFE + timedelta(minutes=15)
IDLE_PATIENT = ACCESS_LIFE + timedelta(minutes=30)


def new_token() -> str:
    return secrets.token_urlsafe(32)


def successor_of(token: str, secret: bytes) -> str:
    """Make the one token that may follow; nobody makes it without the secret."""
    digest = hmac.digest(secret, token.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_of(token: str) -> bytes:
    """Hash without salt: it is as random as a key."""
    return hashlib.sha256(token.encode()).digest()


def idle_of(role: Role) -> timedelta:
    return IDLE_PATIENT if role is Role.PATIENT else IDLE_STAFF


def values_of(  # noqa: PLR0913, PLR0917 - the columns of a row
    token: str,
    account_id: UUID,
    family_id: UUID,
    client: str,
    issued_at: datetime,
    expires_at: datetime,
) -> dict[str, object]:
    return {
        "account_id": account_id,
        "family_id": family_id,
        "token_hash": hash_of(token),
        "client": client,
        "issued_at": issued_at,
        "expires_at": expires_at,
    }


class Holder(Protocol):
    """The account that a session belongs to."""

    @property
    def account_id(self) -> UUID: ...
    @property
    def role(self) -> str: ...
    @property
    def token_version(self) -> int: ...


def session_of(holder: Holder, family_id: UUID, token: str) -> Session:
    return Session(
        account_id=holder.account_id,
        role=Role(holder.role),
        token_version=holder.token_version,
        family_id=family_id,
        refresh_token=SecretStr(token),
    )
