"""Somebody with an account who speaks HTTP with the hospital."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
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


def pounds(amount: str) -> Mapping[str, str]:
    return {"amount": amount, "currency": "GBP"}


@dataclass(frozen=True)
class Done:
    """A command that has its answer, and the process that it began, if it began one."""

    process: str
    answer: Response

    @property
    def told(self) -> dict[str, Any]:
        body: dict[str, Any] = self.answer.json()
        return body

    @property
    def refused(self) -> tuple[int, str | None]:
        """Tell the status and the code of a problem; of a success there is no code."""
        return self.answer.status_code, self.told.get("code")


@dataclass(frozen=True)
class Order:
    """One command, however often it is sent."""

    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    key: str = field(default_factory=lambda: str(uuid4()))
    correlation: str = field(default_factory=lambda: f"e2e-{uuid4()}")

    @property
    def headers(self) -> dict[str, str]:
        return {"Idempotency-Key": self.key, "X-Correlation-ID": self.correlation}


@dataclass(frozen=True)
class Wish:
    """One booking, however often it is asked for."""

    patient: UUID
    slot: datetime
    payment: Mapping[str, str] = field(default_factory=lambda: LATER)
    doctor: UUID = DOCTOR
    key: str = field(default_factory=lambda: str(uuid4()))
    correlation: str = field(default_factory=lambda: f"e2e-{uuid4()}")

    @property
    def body(self) -> dict[str, Any]:
        return {
            "patient_id": str(self.patient),
            "doctor_id": str(self.doctor),
            "department_id": str(DEPARTMENT),
            "slot_start": self.slot.isoformat(),
            "symptoms": "a secret cough",
            "payment": self.payment,
        }

    @property
    def order(self) -> Order:
        return Order("/v1/appointments", self.body, self.key, self.correlation)


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

    async def send(self, order: Order, prefer: str = "wait=10") -> Response:
        headers = {**order.headers, "Prefer": prefer}
        return await self._http.post(order.path, json=order.body, headers=headers)

    async def do(self, path: str, body: Mapping[str, Any] | None = None) -> Done:
        """Begin a command, and come back for its answer."""
        return await self.follow(Order(path, body or {}))

    async def begin(self, order: Order) -> Response:
        """Don't wait for the answer; the engine may be busy for a moment."""
        return await until(lambda: self.send(order, "respond-async"), is_taken, seconds=PATIENCE)

    async def follow(self, order: Order) -> Done:
        begun = await self.begin(order)
        if is_final(begun):
            return Done("", begun)
        answer = await settled(lambda: self.send(order))
        return Done(begun.json()["workflow_id"], answer)

    async def book(self, wish: Wish, prefer: str = "wait=10", **changed: object) -> Response:
        return await self.send(replace(wish.order, body=wish.body | changed), prefer)

    async def pay(
        self, appointment_id: str, method: str = "pm_card_visa", key: str | None = None
    ) -> Response:
        order = Order(f"/v1/appointments/{appointment_id}/pay", {"payment_method": method})
        return await self.send(replace(order, key=key) if key else order)

    async def release(self, appointment_id: str) -> Response:
        return await self.send(Order(f"/v1/appointments/{appointment_id}/release"))

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


def is_taken(answer: Response) -> bool:
    return answer.status_code != 503


def is_final(answer: Response | HTTPError) -> bool:
    return isinstance(answer, Response) and answer.status_code not in OPEN_ENDS
