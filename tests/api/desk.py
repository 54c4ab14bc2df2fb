"""Somebody who speaks HTTP with the API, in this process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from httpx2 import AsyncClient, Response
from uuid_utils.compat import uuid7

from activities.users.contract import Role
from api.policy import SCOPES
from api.tokens import Tokens
from tests.examples import TOMORROW_NINE

Body = Mapping[str, Any] | None

ACCOUNT = """
    INSERT INTO app.accounts (account_id, username, password_hash, role, is_active)
    VALUES ($1, $2, '$argon2id$none', $3, true)
"""
SESSION = """
    INSERT INTO app.refresh_tokens (token_id, account_id, family_id, token_hash, expires_at)
    VALUES ($1, $2, $3, $4, now() + interval '1 h')
"""


@dataclass
class Person:
    """Somebody with an account, and how they speak."""

    account_id: UUID
    role: Role
    session_id: UUID
    patient_id: UUID | None = None
    doctor_id: UUID | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Desk:
    """Sends requests, as somebody or as nobody."""

    def __init__(self, http: AsyncClient, tokens: Tokens, users: asyncpg.Connection) -> None:
        self.http = http
        self.tokens = tokens
        self._users = users

    async def somebody(
        self, role: Role, *, patient: UUID | None = None, doctor: UUID | None = None
    ) -> Person:
        if role is Role.PATIENT:
            patient = patient or uuid4()
        if role is Role.DOCTOR:
            doctor = doctor or uuid4()
        person = Person(uuid7(), role, uuid7(), patient, doctor)
        await self._users.execute(ACCOUNT, person.account_id, str(person.account_id), role)
        await self._users.execute(
            SESSION, uuid7(), person.account_id, person.session_id, person.session_id.bytes
        )
        person.headers["Authorization"] = f"Bearer {self.token_of(person)}"
        return person

    def token_of(self, person: Person) -> str:
        return self.tokens.issue(
            account_id=person.account_id,
            session_id=person.session_id,
            version=1,
            role=person.role,
            scopes=SCOPES[person.role],
            patient_id=person.patient_id,
            doctor_id=person.doctor_id,
        )

    async def post(
        self, who: Person | None, path: str, body: object = None, **headers: str
    ) -> Response:
        return await self.http.post(path, json=body, headers=self._headers(who, headers))

    async def get(self, who: Person | None, path: str, **headers: str) -> Response:
        return await self.http.get(path, headers=self._headers(who, headers))

    async def book(self, who: Person, body: Body = None, **headers: str) -> Response:
        """Send a booking under a key of its own, unless the headers have one."""
        keyed = {"Idempotency-Key": str(uuid4()), **headers}
        return await self.post(who, "/v1/appointments", body or a_booking(who), **keyed)

    async def command(
        self, who: Person | None, path: str, body: object = None, **headers: str
    ) -> Response:
        """Send a command under a key of its own, unless the headers have one."""
        keyed = {"Idempotency-Key": str(uuid4()), **headers}
        return await self.post(who, path, {} if body is None else body, **keyed)

    @staticmethod
    def _headers(who: Person | None, more: dict[str, str]) -> dict[str, str]:
        return {**(who.headers if who else {}), **more}


def a_booking(who: Person | None = None, **more: object) -> dict[str, Any]:
    return {
        "patient_id": str((who and who.patient_id) or uuid4()),
        "doctor_id": str((who and who.doctor_id) or uuid4()),
        "department_id": str(uuid4()),
        "slot_start": TOMORROW_NINE.isoformat(),
        "payment": {"mode": "pay_later"},
        **more,
    }


def pounds(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "GBP"}


def code_of(answer: Response) -> tuple[int, str]:
    """Read which problem it is."""
    return answer.status_code, answer.json()["code"]


def in_z(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
