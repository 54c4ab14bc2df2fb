"""The front of `users`: logins, tokens, who still counts, and what was asked before."""

import time
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.users.contract import Claim, Claimed, Entry, Kept, Login, Role, Session, Standing
from activities.users.passwords import Passwords
from activities.users.service import UserService
from api.callers import Caller
from api.policy import SCOPES
from api.tokens import LIFE, Claims, Tokens
from db.doctors.queries import DoctorQueries
from db.patients.queries import PatientQueries

FRESH = 5.0
"""Seconds that we believe what we know of an account: so long a closed one may still ask."""
REMEMBERED = 10_000


def open_users(engine: AsyncEngine, refresh_secret: bytes) -> UserService:
    """Make the one service that the API is a process of itself."""
    return UserService(engine, Passwords(), refresh_secret)


@dataclass(frozen=True, slots=True)
class TokenPair:
    access_token: str
    refresh_token: str
    expires_in: int = LIFE


class Accounts:
    """Tells who asks. Passwords and refresh tokens go no further than from here to `users`."""

    def __init__(
        self,
        users: UserService,
        tokens: Tokens,
        patients: PatientQueries,
        doctors: DoctorQueries,
        fresh: float = FRESH,
    ) -> None:
        self._users = users
        self._tokens = tokens
        self._patients = patients
        self._doctors = doctors
        self._fresh = fresh
        self._known: dict[tuple[UUID, UUID], tuple[float, Standing | None]] = {}

    async def log_in(self, login: Login) -> TokenPair:
        return await self._tokens_of(await self._users.log_in(login))

    async def refresh(self, token: str, client: str) -> TokenPair:
        return await self._tokens_of(await self._users.refresh(token, client))

    async def log_out(self, caller: Caller) -> None:
        await self._users.log_out(caller.account_id, caller.session_id)
        self._known.pop((caller.account_id, caller.session_id), None)

    async def find_caller(self, claims: Claims, *, sees_all: bool) -> Caller | None:
        """Tell who a token speaks for; nobody, when it was overtaken by a change."""
        standing = await self._standing(claims.sub, claims.sid)
        if standing is None or not standing.is_active or not standing.is_session_open:
            return None
        if (standing.token_version, standing.role) != (claims.ver, claims.role):
            return None
        return Caller(
            account_id=claims.sub,
            role=claims.role,
            scopes=frozenset(claims.scope.split()) & SCOPES[claims.role],
            session_id=claims.sid,
            patient_id=claims.patient_id,
            doctor_id=claims.doctor_id,
            sees_all=sees_all,
        )

    async def claim(self, asked: Claim) -> Claimed:
        return await self._users.claim(asked)

    async def keep(self, request_id: UUID, answer: Kept) -> None:
        await self._users.answer(request_id, answer)

    async def forget(self, request_id: UUID) -> None:
        await self._users.forget(request_id)

    async def has_asked(self, principal: str, workflow_id: str) -> bool:
        """Tell whether a request of theirs began this process, or asked it something."""
        return await self._users.has_asked(principal, workflow_id)

    async def record(self, entry: Entry) -> None:
        await self._users.record(entry)

    async def is_reachable(self) -> bool:
        return await self._users.is_reachable()

    async def _standing(self, account_id: UUID, session_id: UUID) -> Standing | None:
        now, key = time.monotonic(), (account_id, session_id)
        asked_at, known = self._known.get(key, (-self._fresh, None))
        if now - asked_at < self._fresh:
            return known
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        known = await self._users.find_standing(account_id, session_id)
        self._known[key] = (now, known)
        return known

    async def _tokens_of(self, session: Session) -> TokenPair:
        """Say in the token whose own rows are meant: a patient's record, a doctor's."""
        account, role = session.account_id, session.role
        token = self._tokens.issue(
            account_id=account,
            session_id=session.family_id,
            version=session.token_version,
            role=role,
            scopes=SCOPES[role],
            patient_id=(
                await self._patients.find_by_account(account) if role is Role.PATIENT else None
            ),
            doctor_id=await self._doctors.find_by_account(account) if role is Role.DOCTOR else None,
        )
        return TokenPair(token, session.refresh_token.get_secret_value())
