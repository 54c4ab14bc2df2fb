"""The running hospital, and what became of a booking in all of its parts."""

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowFailureError
from temporalio.service import RPCError

from activities.contract import Message
from tests.e2e.databases import Databases, Rows
from tests.e2e.desk import LATER, Desk, Done, Wish, pounds
from tests.e2e.diary import Diary, Visit
from tests.e2e.peers import Account, Gateway, Mailbox
from tests.e2e.people import patient_ids, slots
from tests.e2e.stack import QuickStack
from tests.e2e.watch import Found, Watch
from tests.integrity import violations
from tests.waiting import until
from workflows.connection import connect
from workflows.saga_workflow import Outcome, Status

ENDS_WITHIN = 60
TOTAL = "105.00"
"""What a visit costs with its tax, when it was not said with whom."""


class Hospital:
    """Everything that runs, and a look into each of its books."""

    def __init__(self, stack: QuickStack, desks: Mapping[str, Desk], temporal: Client) -> None:
        self.stack = stack
        self.desks = desks
        """By the names of those who are logged in there."""
        self.desk = desks["reception"]
        self.temporal = temporal
        self.gateway = Gateway(stack.url("payments"), stack.secrets.gateway_key)
        self.mailbox = Mailbox(stack.url("mail"))
        self.databases = Databases(
            lambda service: stack.database_url(service, "owner").replace("+asyncpg", "")
        )
        self.diary = Diary(stack.database_url, temporal)
        self._patients, self._slots = patient_ids(), slots()

    async def close(self) -> None:
        for desk in self.desks.values():
            await desk.close()
        for part in (self.gateway, self.mailbox, self.databases, self.diary):
            await part.close()
        del self.temporal, self.diary
        gc.collect()  # A client that lives until the interpreter ends aborts it.

    def patient(self) -> UUID:
        """Bring somebody who has never been here."""
        return next(self._patients)

    def slot(self) -> datetime:
        return next(self._slots)

    def wish(self, payment: Mapping[str, str] = LATER, **more: Any) -> Wish:  # noqa: ANN401 - the fields of a wish
        """Wish for a visit that stands in nobody's way."""
        return Wish(**{"patient": self.patient(), "slot": self.slot(), "payment": payment, **more})

    async def booked(self, payment: Mapping[str, str] = LATER, **more: Any) -> Visit:  # noqa: ANN401 - the fields of a wish
        """Book a visit, and wait until nothing of its booking is under way."""
        wish = self.wish(payment, **more)
        told = (await self.desk.settled(wish)).json()
        await self.end_of(f"book-{told['id']}")
        return Visit(told["id"], told["bill_id"], wish.slot)

    async def long_booked(self, ahead: timedelta, **more: Any) -> Visit:  # noqa: ANN401 - terms, mostly
        """Find a visit that was booked days ago and begins so far from now."""
        return await self.diary.write(self.patient(), datetime.now(UTC) + ahead, **more)

    @asynccontextmanager
    async def settings(self, **numbers: int) -> AsyncIterator[None]:
        """Let other numbers hold for what is asked for meanwhile."""
        (before,) = await self.databases.rows("doctors", "SELECT * FROM app.hospital_settings")
        await self.databases.change("doctors", setting(numbers))
        try:
            yield
        finally:
            await self.databases.change(
                "doctors", setting({name: before[name] for name in numbers})
            )

    async def carry_out(
        self, path: str, body: Mapping[str, Any] | None = None, desk: str = "reception"
    ) -> Done:
        """Give a command, and wait until nothing of it is under way."""
        done = await self.desks[desk].do(path, body)
        if done.process:
            await self.end_of(done.process)
        return done

    async def pay(
        self, bill: str, amount: str, method: str = "CARD", card: str = "pm_card_visa"
    ) -> Done:
        """Take a payment at the desk: by card, or as it says."""
        by_card = {"payment_method": card} if method == "CARD" else {}
        body = {"bill_id": bill, "amount": pounds(amount), "method": method, **by_card}
        return await self.carry_out("/v1/payments", body)

    async def refund_at_gateway(self, refund_id: str, but: str | None = None) -> str:
        """Wait until the gateway was asked for a refund: its name there, and no former one."""
        query = "SELECT reference FROM app.refunds WHERE refund_id = $1"

        async def look() -> str | None:
            (row,) = await self.databases.rows("payments", query, UUID(refund_id)) or ({},)
            reference: str | None = row.get("reference")
            return reference

        return await until(look, lambda name: name not in {None, but}) or ""

    async def hook(self, body: str, signature: str) -> int:
        """Call as the gateway does when it has news: the status of the answer."""
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
        async with AsyncClient(base_url=self.stack.url("api"), trust_env=False) as stranger:
            answer = await stranger.post("/webhooks/payments", content=body, headers=headers)
        return answer.status_code

    async def accounts_of(self, appointment_id: str) -> list[Account]:
        """Find the payments of a visit at the gateway."""
        payments = await self.rows_of("payments", "payments", appointment_id)
        ours = {str(payment["payment_id"]) for payment in payments}
        return [one for one in await self.gateway.accounts() if one.payment_id in ours]

    async def account_of(self, appointment_id: str) -> Account:
        (account,) = await self.accounts_of(appointment_id)
        return account

    async def end_of(
        self, workflow_id: str, seconds: float = ENDS_WITHIN
    ) -> tuple[Status, str | None]:
        """Wait until a process has closed: its status, and why it was refused."""
        handle = self.temporal.get_workflow_handle(workflow_id, result_type=Outcome[Message])
        try:
            async with asyncio.timeout(seconds):
                end: Outcome[Message] = await handle.result()
                return end.status, end.refusal
        except TimeoutError:
            raise AssertionError(f"still open: {await self.story_of(workflow_id)}") from None
        except WorkflowFailureError:
            return Status.FAILED, None

    async def story_of(self, workflow_id: str) -> str:
        """Tell what a process does now, for whoever waited in vain."""
        described = await self.temporal.get_workflow_handle(workflow_id).describe()
        pending = described.raw_description.pending_activities
        doing = [(one.activity_id, one.attempt, one.last_failure.message) for one in pending]
        return f"{workflow_id} {described.status} {described.search_attributes} {doing}"

    async def outcome(self, appointment_id: str, *, is_killed: bool = False) -> str:
        """Wait for the end of a booking, and name it by the table of outcomes."""
        watch = Watch(self, appointment_id, Found())
        return await watch.row(f"book-{appointment_id}", is_killed=is_killed, total=TOTAL)

    async def describe(self, workflow_id: str) -> WorkflowExecutionDescription | None:
        try:
            return await self.temporal.get_workflow_handle(workflow_id).describe()
        except RPCError:
            return None

    async def check_books(self) -> None:
        """Compare all databases and the gateway. Nothing may be under way."""
        wrong = await self.flaws()
        assert not wrong, "\n".join(wrong)

    async def flaws(self) -> list[str]:
        urls = partial(self.stack.database_url, role="owner")
        return await violations(urls, await self.gateway.accounts())

    async def rows_of(self, service: str, table: str, appointment_id: str) -> Rows:
        query = f"SELECT * FROM app.{table} WHERE appointment_id = $1"  # noqa: S608 - names of ours
        return await self.databases.rows(service, query, UUID(appointment_id))


def setting(numbers: Mapping[str, int]) -> str:
    said = ", ".join(f"{name} = {number}" for name, number in numbers.items())
    return f"UPDATE app.hospital_settings SET {said}"  # noqa: S608 - names of ours


async def connected(stack: QuickStack) -> Client:
    """Connect to the Temporal of a stack, told where it is as its own processes are."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in stack.environment().items():
            environment.setenv(name, value)
        return await connect("tests")
