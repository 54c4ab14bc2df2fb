"""Somebody with an account who speaks HTTP with the hospital."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid4

from httpx2 import AsyncClient, HTTPError, Limits, Response

from tests.e2e.people import DEPARTMENT, DOCTOR
from tests.waiting import until

PATIENCE = 60.0
LATER: Mapping[str, str] = {"mode": "pay_later"}
HELD: Mapping[str, str] = {"mode": "prepaid"}
OPEN_ENDS = {202, 503}
"""Not an answer yet: the same key gets it, when it is asked again."""


def card(method: str = "pm_card_visa") -> Mapping[str, str]:
    return {**HELD, "payment_method": method}


@dataclass(frozen=True)
class Wish:
    """One booking, however often it is asked for."""

    patient: UUID
    slot: datetime
    payment: Mapping[str, str] = field(default_factory=lambda: LATER)
    key: str = field(default_factory=lambda: str(uuid4()))
    correlation: str = field(default_factory=lambda: f"e2e-{uuid4()}")

    @property
    def body(self) -> dict[str, Any]:
        return {
            "patient_id": str(self.patient),
            "doctor_id": str(DOCTOR),
            "department_id": str(DEPARTMENT),
            "slot_start": self.slot.isoformat(),
            "symptoms": "a secret cough",
            "payment": self.payment,
        }

    @property
    def headers(self) -> dict[str, str]:
        return {"Idempotency-Key": self.key, "X-Correlation-ID": self.correlation}


class Desk:
    """Sends commands. What is sent again under the same key is the same command."""

    def __init__(self, http: AsyncClient) -> None:
        self._http = http

    @classmethod
    async def log_in(cls, url: str, username: str, password: str) -> Self:
        limits = Limits(max_connections=100)
        http = AsyncClient(base_url=url, timeout=PATIENCE, limits=limits, trust_env=False)
        login = {"username": username, "password": password}
        answer = (await http.post("/v1/auth/login", json=login)).raise_for_status()
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return cls(http)

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, path: str) -> Response:
        return await self._http.get(path)

    async def book(self, wish: Wish, prefer: str = "wait=10", **changed: object) -> Response:
        headers = {**wish.headers, "Prefer": prefer}
        return await self._http.post("/v1/appointments", json=wish.body | changed, headers=headers)

    async def pay(
        self, appointment_id: str, method: str = "pm_card_visa", key: str | None = None
    ) -> Response:
        return await self._ask(appointment_id, "pay", {"payment_method": method}, key)

    async def release(self, appointment_id: str) -> Response:
        return await self._ask(appointment_id, "release", {}, None)

    async def _ask(
        self, appointment_id: str, what: str, body: dict[str, str], key: str | None
    ) -> Response:
        return await self._http.post(
            f"/v1/appointments/{appointment_id}/{what}",
            json=body,
            headers={"Idempotency-Key": key or str(uuid4())},
        )

    async def settled(self, wish: Wish, seconds: float = PATIENCE) -> Response:
        return await settled(lambda: self.book(wish), seconds)

    async def paid(self, appointment_id: str, method: str = "pm_card_visa") -> Response:
        key = str(uuid4())
        return await settled(lambda: self.pay(appointment_id, method, key))


async def settled(send: Callable[[], Awaitable[Response]], seconds: float = PATIENCE) -> Response:
    """Send the same again, as a client should, until there is an answer."""

    async def ask() -> Response | HTTPError:
        try:
            return await send()
        except HTTPError as error:
            return error

    answer = await until(ask, is_final, seconds=seconds)
    assert isinstance(answer, Response)
    return answer


def is_final(answer: Response | HTTPError) -> bool:
    return isinstance(answer, Response) and answer.status_code not in OPEN_ENDS
