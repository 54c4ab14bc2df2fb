"""Every query on accounts, their tokens, and the requests that they sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from db.users.models import (
    accounts,
    api_requests,
    audit_outbox,
    login_attempts,
    profiles,
    refresh_tokens,
)

a, t, r, tries = accounts.c, refresh_tokens.c, api_requests.c, login_attempts.c
IS_LIVE = and_(t.used_at.is_(None), t.revoked_at.is_(None))


@dataclass(frozen=True, slots=True)
class AccountRow:
    account_id: UUID
    role: str
    is_active: bool
    token_version: int
    password_hash: str


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A refresh token, and how its account stands."""

    token_id: UUID
    account_id: UUID
    family_id: UUID
    client: str | None
    expires_at: datetime
    used_at: datetime | None
    replaced_by: UUID | None
    revoked_at: datetime | None
    role: str
    is_active: bool
    token_version: int


@dataclass(frozen=True, slots=True)
class StandingRow:
    role: str
    is_active: bool
    token_version: int
    is_session_open: bool


@dataclass(frozen=True, slots=True)
class RequestRow:
    request_id: UUID
    request_hash: str
    minted_ids: Mapping[str, str]
    state: str
    status_code: int | None
    headers: Mapping[str, str] | None
    body: Any


class UserRepository:
    """Reads and writes what belongs to accounts. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def ping(self) -> bool:
        return (await self._connection.execute(select(1))).first() is not None

    async def add_account(self, account: Mapping[str, Any], profile: Mapping[str, Any]) -> None:
        await self._connection.execute(insert(accounts).values(account))
        await self._connection.execute(insert(profiles).values(profile))

    async def find_account(self, username: str) -> AccountRow | None:
        found = await self._connection.execute(
            select(a.account_id, a.role, a.is_active, a.token_version, a.password_hash).where(
                func.lower(a.username) == func.lower(username)
            )
        )
        row = found.first()
        return row and AccountRow(*row)

    async def find_standing(self, account_id: UUID, family_id: UUID) -> StandingRow | None:
        is_open = exists().where(t.family_id == family_id, t.account_id == account_id, IS_LIVE)
        found = await self._connection.execute(
            select(a.role, a.is_active, a.token_version, is_open).where(a.account_id == account_id)
        )
        row = found.first()
        return None if row is None else StandingRow(*row)

    async def stamp_login(self, account_id: UUID, at: datetime, better_hash: str | None) -> None:
        """Remember when somebody logged in, and the stronger hash of their password, if any."""
        changed = {"password_hash": better_hash} if better_hash else {}
        await self._connection.execute(
            update(accounts)
            .where(a.account_id == account_id)
            .values(last_login=at, version=a.version + 1, **changed)
        )

    async def find_block(self, buckets: Sequence[str], at: datetime) -> datetime | None:
        """Tell until when one of these is blocked."""
        until: datetime | None = await self._connection.scalar(
            select(func.max(tries.blocked_until)).where(
                tries.bucket.in_(buckets), tries.blocked_until > at
            )
        )
        return until

    async def count_failure(self, bucket: str, at: datetime, quiet_since: datetime) -> int:
        """Count a try that failed; from one on, when there was none since long."""
        first = {"bucket": bucket, "failures": 1, "window_start": at}
        is_over = func.coalesce(tries.blocked_until, tries.window_start) < quiet_since
        failures: int | None = await self._connection.scalar(
            postgresql.insert(login_attempts)
            .values(first)
            .on_conflict_do_update(
                index_elements=[tries.bucket],
                set_={
                    "failures": case((is_over, 1), else_=tries.failures + 1),
                    "window_start": case((is_over, at), else_=tries.window_start),
                    "blocked_until": None,
                },
            )
            .returning(tries.failures)
        )
        return failures or 1

    async def block(self, bucket: str, until: datetime) -> None:
        await self._connection.execute(
            update(login_attempts).where(tries.bucket == bucket).values(blocked_until=until)
        )

    async def clear_failures(self, bucket: str) -> None:
        await self._connection.execute(
            update(login_attempts)
            .where(tries.bucket == bucket)
            .values(failures=0, blocked_until=None)
        )

    async def add_token(self, values: Mapping[str, Any]) -> None:
        await self._connection.execute(insert(refresh_tokens).values(values))

    async def lock_token(self, token_hash: bytes) -> TokenRow | None:
        found = await self._connection.execute(
            select(
                *(t.token_id, t.account_id, t.family_id, t.client, t.expires_at, t.used_at),
                *(t.replaced_by, t.revoked_at, a.role, a.is_active, a.token_version),
            )
            .join_from(refresh_tokens, accounts)
            .where(t.token_hash == token_hash)
            .with_for_update(of=refresh_tokens)
        )
        row = found.first()
        return row and TokenRow(*row)

    async def use_token(self, token_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(refresh_tokens).where(t.token_id == token_id).values(used_at=at)
        )

    async def link_token(self, token_id: UUID, successor: UUID) -> None:
        await self._connection.execute(
            update(refresh_tokens).where(t.token_id == token_id).values(replaced_by=successor)
        )

    async def is_live(self, token_id: UUID) -> bool:
        found = await self._connection.execute(
            select(t.token_id).where(t.token_id == token_id, IS_LIVE)
        )
        return found.first() is not None

    async def get_family_start(self, family_id: UUID) -> datetime:
        found = await self._connection.execute(
            select(func.min(t.issued_at)).where(t.family_id == family_id)
        )
        start: datetime = found.scalar_one()
        return start

    async def end_family(self, account_id: UUID, family_id: UUID, at: datetime) -> None:
        await self._connection.execute(
            update(refresh_tokens)
            .where(t.account_id == account_id, t.family_id == family_id, t.revoked_at.is_(None))
            .values(revoked_at=at)
        )

    async def add_request(self, values: Mapping[str, Any]) -> bool:
        """Record a request; false, when its key was sent before."""
        added = await self._connection.execute(
            postgresql.insert(api_requests)
            .values(values)
            .on_conflict_do_nothing(index_elements=[r.principal, r.operation, r.key])
            .returning(r.request_id)
        )
        return added.first() is not None

    async def find_request(self, principal: str, operation: str, key: str) -> RequestRow | None:
        found = await self._connection.execute(
            select(
                *(r.request_id, r.request_hash, r.minted_ids, r.state),
                *(r.status_code, r.headers, r.body),
            ).where(r.principal == principal, r.operation == operation, r.key == key)
        )
        row = found.first()
        return row and RequestRow(*row)

    async def has_request(self, principal: str, workflow_id: str) -> bool:
        found = await self._connection.execute(
            select(r.request_id)
            .where(r.principal == principal, r.workflow_id == workflow_id)
            .limit(1)
        )
        return found.first() is not None

    async def answer_request(self, request_id: UUID, values: Mapping[str, Any]) -> None:
        """Keep an answer; the first one counts."""
        await self._connection.execute(
            update(api_requests)
            .where(r.request_id == request_id, r.state == "IN_FLIGHT")
            .values(state="ANSWERED", **values)
        )

    async def forget_request(self, request_id: UUID) -> None:
        await self._connection.execute(
            delete(api_requests).where(r.request_id == request_id, r.state == "IN_FLIGHT")
        )

    async def add_record(self, record_id: UUID, entry: Mapping[str, Any]) -> None:
        await self._connection.execute(
            insert(audit_outbox).values(record_id=record_id, entry=entry)
        )
