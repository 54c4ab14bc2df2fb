"""The running hospital, and what became of a booking in all of its parts."""

import asyncio
import gc
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowFailureError
from temporalio.service import RPCError

from activities.appointments.contract import AppointmentStatus
from tests.e2e.databases import Databases
from tests.e2e.desk import LATER, Desk, Wish
from tests.e2e.peers import Account, Gateway, Mailbox
from tests.e2e.people import patient_ids, slots
from tests.e2e.stack import QuickStack
from tests.integrity import violations
from tests.outcomes import NOTHING, Seen, row_of
from workflows.connection import connect
from workflows.held_payment import Booking
from workflows.saga_workflow import Outcome, Status

ENDS_WITHIN = 60


class Hospital:
    """Everything that runs, and a look into each of its books."""

    def __init__(self, stack: QuickStack, desk: Desk, temporal: Client) -> None:
        self.stack = stack
        self.desk = desk
        self.temporal = temporal
        self.gateway = Gateway(stack.url("payments"))
        self.mailbox = Mailbox(stack.url("mail"))
        self.databases = Databases(
            lambda service: stack.database_url(service, "owner").replace("+asyncpg", "")
        )
        self._patients, self._slots = patient_ids(), slots()

    async def close(self) -> None:
        for part in (self.desk, self.gateway, self.mailbox, self.databases):
            await part.close()
        del self.temporal
        gc.collect()  # A client that lives until the interpreter ends aborts it.

    def patient(self) -> UUID:
        """Bring somebody who has never been here."""
        return next(self._patients)

    def slot(self) -> datetime:
        return next(self._slots)

    def wish(self, payment: Mapping[str, str] = LATER, **more: Any) -> Wish:  # noqa: ANN401 - the fields of a wish
        """Wish for a visit that stands in nobody's way."""
        return Wish(**{"patient": self.patient(), "slot": self.slot(), "payment": payment, **more})

    async def accounts_of(self, appointment_id: str) -> list[Account]:
        """Find the payments of a visit at the gateway."""
        payments = await self._all("payments", "payments", appointment_id)
        ours = {str(payment["payment_id"]) for payment in payments}
        return [one for one in await self.gateway.accounts() if one.payment_id in ours]

    async def account_of(self, appointment_id: str) -> Account:
        (account,) = await self.accounts_of(appointment_id)
        return account

    async def end_of(self, workflow_id: str, seconds: float = ENDS_WITHIN) -> Outcome[Booking]:
        """Wait until a process has closed."""
        handle = self.temporal.get_workflow_handle(workflow_id, result_type=Outcome[Booking])
        try:
            async with asyncio.timeout(seconds):
                end: Outcome[Booking] = await handle.result()
                return end
        except TimeoutError:
            raise AssertionError(f"still open: {await self.story_of(workflow_id)}") from None
        except WorkflowFailureError:
            return Outcome(status=Status.FAILED)

    async def story_of(self, workflow_id: str) -> str:
        """Tell what a process does now, for whoever waited in vain."""
        described = await self.temporal.get_workflow_handle(workflow_id).describe()
        pending = described.raw_description.pending_activities
        doing = [(one.activity_id, one.attempt, one.last_failure.message) for one in pending]
        return f"{workflow_id} {described.status} {described.search_attributes} {doing}"

    async def outcome(
        self, appointment_id: str, seconds: float = ENDS_WITHIN, *, is_killed: bool = False
    ) -> str:
        """Wait for the end of a booking, and name it by the table of outcomes.

        Who was killed in the instant of handing over a mail may hand over the same one again.
        """
        seen = await self.seen(appointment_id, seconds)
        once = tuple(sorted(set(seen.messages)))
        row = row_of(replace(seen, messages=once) if is_killed else seen)
        assert row, f"no such outcome: {seen}"
        return row

    async def seen(self, appointment_id: str, seconds: float = ENDS_WITHIN) -> Seen:
        end = await self.end_of(f"book-{appointment_id}", seconds)
        bills = await self._all("billing", "bills", appointment_id)
        payments = await self._all("payments", "payments", appointment_id)
        refunds = await self.databases.rows(
            "payments",
            "SELECT status FROM app.refunds WHERE payment_id = ANY ($1)",
            [payment["payment_id"] for payment in payments],
        )
        accounts = await self.accounts_of(appointment_id)
        events = await self._all("analytics", "events", appointment_id)
        return Seen(
            status=end.status,
            refusal=end.refusal,
            slot=await self._moves_of(appointment_id),
            bills=tuple(sorted(bill["status"] for bill in bills)),
            payment=next((payment["status"] for payment in payments), None),
            refund=next((refund["status"] for refund in refunds), None),
            net=sum((account.net for account in accounts), NOTHING),
            messages=await self._messages_about(appointment_id),
            events=tuple(sorted(event["type"] for event in events)),
            has_life=await self.describe(f"appointment-{appointment_id}") is not None,
        )

    async def describe(self, workflow_id: str) -> WorkflowExecutionDescription | None:
        try:
            return await self.temporal.get_workflow_handle(workflow_id).describe()
        except RPCError:
            return None

    async def check_books(self) -> None:
        """Compare all databases and the gateway. Nothing may be under way."""
        urls = partial(self.stack.database_url, role="owner")
        wrong = await violations(urls, await self.gateway.accounts())
        assert not wrong, "\n".join(wrong)

    async def _moves_of(self, appointment_id: str) -> tuple[AppointmentStatus, ...]:
        rows = await self._all("appointments", "appointment_changes", appointment_id)
        rows.sort(key=lambda row: row["version"])
        return tuple(AppointmentStatus(row["to_status"]) for row in rows)

    async def _messages_about(self, appointment_id: str) -> tuple[str, ...]:
        """Name the mails that really went out, as often as they did."""
        rows = await self._all("notifications", "notifications", appointment_id)
        known = {str(row["notification_id"]): row["event_type"] for row in rows}
        sent = [mail["about"] for mail in await self.mailbox.mails()]
        return tuple(sorted(known[one] for one in sent if one in known))

    async def _all(self, service: str, table: str, appointment_id: str) -> list[dict[str, Any]]:
        query = f"SELECT * FROM app.{table} WHERE appointment_id = $1"  # noqa: S608 - names of ours
        return await self.databases.rows(service, query, UUID(appointment_id))


async def connected(stack: QuickStack) -> Client:
    """Connect to the Temporal of a stack, told where it is as its own processes are."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in stack.environment().items():
            environment.setenv(name, value)
        return await connect("tests")
