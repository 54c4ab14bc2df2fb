"""What the users' service promises: who somebody is, and what they asked for before."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field, SecretStr

from activities.contract import Command, Message, Refusal

TASK_QUEUE = "users"


class Role(StrEnum):
    ADMIN = "ADMIN"
    DOCTOR = "DOCTOR"
    PATIENT = "PATIENT"
    RECEPTIONIST = "RECEPTIONIST"
    BILLING = "BILLING"
    OPS = "OPS"


class BadCredentials(Refusal):
    """The name or the password is wrong, or the account is closed: nobody hears which."""

    code = "bad-credentials"


class TooManyLogins(Refusal):
    """Too many tries failed; `retry_after` says for how many seconds nobody looks at the next."""

    code = "too-many-logins"


class RefreshInvalid(Refusal):
    """The refresh token is unknown, over, ended, or was used before."""

    code = "refresh-invalid"


class UsernameTaken(Refusal):
    """Another account has this name."""

    code = "username-taken"


class RegistrationRefused(Refusal):
    """Another account has this address; its owner is told, and nobody else."""

    code = "registration-refused"


class IdempotencyKeyReused(Refusal):
    """The key was sent before, with another request."""

    code = "idempotency-key-reused"


class NewAccount(Message):
    account_id: UUID
    username: str = Field(max_length=150)
    password: SecretStr
    role: Role
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    date_of_birth: date | None = None
    is_active: bool = True


class Login(Message):
    username: str
    password: SecretStr
    address: str
    """Where the request comes from; tries are counted per account and per address."""
    client: str
    """The same for two requests of one device, and nothing that names it."""
    correlation_id: str | None = None


class Session(Message):
    """A family of tokens that begins with a login; each token is used once."""

    account_id: UUID
    role: Role
    token_version: int
    family_id: UUID
    refresh_token: SecretStr


class Standing(Message):
    """Whether an account and one of its sessions still count."""

    role: Role
    is_active: bool
    token_version: int
    is_session_open: bool


class Claim(Message):
    """Asks for the right to answer a request; the ids count if nobody asked before."""

    principal: str
    operation: str
    key: str
    request_hash: str
    ids: Mapping[str, UUID]
    workflow_id: str


class Kept(Message):
    """An answer as it was given, and will be given again."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any] | None


class Claimed(Message):
    """The request's record. The ids are those of the first time."""

    request_id: UUID
    ids: Mapping[str, UUID]
    is_new: bool
    answer: Kept | None = None


class Entry(Message):
    """Something that the audit must know and no workflow records: a login, a denial, a read."""

    action: str
    outcome: str
    actor_id: UUID | None = None
    actor_role: str
    object_type: str
    object_id: str | None = None
    subject_id: UUID | None = None
    purpose: str | None = None
    correlation_id: str | None = None
    details: Mapping[str, str] = Field(default={})


class Outgoing(Entry):
    """An entry on its way to the audit, with its place there: the key makes it one record."""

    record_id: UUID
    source: str
    record_key: str
    at: datetime


class ListOutbox(Command):
    """Asks for what the audit has not heard yet, oldest first."""

    limit: int = 500


class Outbox(Message):
    records: tuple[Outgoing, ...] = ()


class MarkShipped(Command):
    """Says that the audit has these. `part` is the last of them."""

    record_ids: tuple[UUID, ...]
