"""Collect the money for a slot that is held: one request at a time, until the hold ends."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import AppointmentStatus, SlotOf
from activities.contract import Message
from activities.payments.activities import PaymentActivities
from activities.payments.contract import (
    Authorisation,
    Authorise,
    GatewayState,
    OpenPayment,
    PaymentOf,
)
from workflows.saga_workflow import Outcome, SagaWorkflow, Status
from workflows.services import Refused, appointments, payments

COLLECTABLE = (GatewayState.AUTHORISED, GatewayState.CAPTURED)


class Booking(Message):
    """How a booking stands, and what its payer needs to go on at the gateway."""

    appointment_id: UUID
    bill_id: UUID
    status: AppointmentStatus
    version: int
    client_secret: str | None = None
    next_action: dict[str, Any] | None = None


class Pay(Message):
    """Asks to pay a held slot; `command` is minted with the request."""

    command: UUID
    payment_method: str


class Release(Message):
    """Asks to let a held slot go."""

    command: UUID


Asked = Pay | Release | Literal["news"]


class HeldPayment:
    """Takes every step in the body of the process: two at once are one after the other."""

    def __init__(self, process: SagaWorkflow[Booking]) -> None:
        self.nudges = 0
        """How often the gateway had news."""
        self._process = process
        self._asked: list[Asked] = []
        self._answers: dict[UUID, Outcome[Booking]] = {}
        self._attempts = 0
        self._is_open = False

    def expect_open(self) -> None:
        if not self._is_open or self._process.final:
            raise ApplicationError("the slot is not held", type="not-held")

    def nudge(self) -> None:
        self.nudges += 1
        self._asked.append("news")

    async def ask(self, request: Pay | Release) -> Outcome[Booking]:
        """Wait for the answer to this request, or for the end of the process."""
        self._asked.append(request)
        await workflow.wait_condition(
            lambda: bool(
                request.command in self._answers or self._process.final or self._process.saga.parked
            )
        )
        answered = self._answers.get(request.command) or self._process.final
        return answered or Outcome(status=Status.NEEDS_ATTENTION)

    async def collect(
        self, held: Booking, payment: OpenPayment, payment_method: str | None, until: datetime
    ) -> None:
        """Return when the money is captured. Raises `Refused` when it is not going to be."""
        payment_id = payment.payment_id
        if payment_method:
            authorisation = await self._authorise(payment_id, payment_method, payment)
            if authorisation.is_authorised:
                await self._capture(payment_id)
                return
            further = authorisation.model_dump(include={"client_secret", "next_action"})
            held = held.model_copy(update=further)
        else:
            opened = await payments.call(PaymentActivities.open_payment, payment)
            held = held.model_copy(update={"client_secret": opened.client_secret})
        self._is_open = True
        self._process.answer(held)
        while not await self._served(held, payment_id, await self._next(until)):
            pass
        self._is_open = False

    async def _next(self, until: datetime) -> Asked | None:
        """Wait for the next request; `None` is the end of the hold."""
        self._process.saga.heed()
        remaining = until - workflow.now()
        if not self._asked and remaining > timedelta():
            with suppress(asyncio.TimeoutError):
                await workflow.wait_condition(
                    lambda: bool(self._asked), timeout=remaining, timeout_summary="hold ends"
                )
        self._process.saga.heed()
        return self._asked.pop(0) if self._asked else None

    async def _served(self, held: Booking, payment_id: UUID, asked: Asked | None) -> bool:
        """Do what was asked: true, when the money is captured."""
        match asked:
            case None:
                await appointments.call(
                    AppointmentActivities.expire_slot, SlotOf(appointment_id=held.appointment_id)
                )
                raise Refused("the hold is over", type="hold-expired", non_retryable=True)
            case Release():
                raise Refused("the slot was let go", type="released", non_retryable=True)
            case Pay():
                return await self._pay(held, payment_id, asked)
            case _:
                return await self._look(payment_id)

    async def _pay(self, held: Booking, payment_id: UUID, asked: Pay) -> bool:
        try:
            authorisation = await self._authorise(payment_id, asked.payment_method)
            if authorisation.is_authorised:
                await self._capture(payment_id)
                return True
        except Refused as no:
            # The hold stays: only this caller hears it, and may try another card.
            details = no.details[0] if no.details else {}
            self._answers[asked.command] = Outcome(
                status=Status.REFUSED, refusal=no.type, details=details
            )
        else:
            further = {"next_action": authorisation.next_action}
            self._answers[asked.command] = Outcome(
                status=Status.DONE, result=held.model_copy(update=further)
            )
        return False

    async def _look(self, payment_id: UUID) -> bool:
        """Ask the gateway how the payment stands; its events only make us ask."""
        part = f"n{self.nudges}"
        state = await payments.call(
            PaymentActivities.read_payment, PaymentOf(payment_id=payment_id, part=part)
        )
        if state.at_gateway not in COLLECTABLE:
            return False
        self._attempts += 1
        with suppress(Refused):
            await self._capture(payment_id)
            return True
        return False

    async def _authorise(
        self, payment_id: UUID, payment_method: str, opens: OpenPayment | None = None
    ) -> Authorisation:
        self._attempts += 1
        return await payments.call(
            PaymentActivities.authorise,
            Authorise(
                payment_id=payment_id,
                payment_method=payment_method,
                opens=opens,
                part=f"a{self._attempts}",
            ),
        )

    async def _capture(self, payment_id: UUID) -> None:
        """Take the money. It is the pivot: from here on nothing is undone."""
        await self._process.saga.pivot(
            payments,
            PaymentActivities.capture,
            PaymentOf(payment_id=payment_id, part=f"a{self._attempts}"),
        )
