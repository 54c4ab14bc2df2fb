"""The steps with money that several processes share."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from temporalio import workflow

from activities.billing.activities import BillingActivities
from activities.billing.contract import GoesBack, RecordRefund
from activities.contract import Money
from activities.payments.activities import PaymentActivities
from activities.payments.contract import (
    Authorise,
    OpenPayment,
    OpenRefund,
    PaymentOf,
    RefundOf,
    RefundReason,
    RefundState,
    RefundStatus,
)
from workflows.saga import Saga
from workflows.saga_workflow import Result, SagaWorkflow
from workflows.services import SECOND, Refused, billing, payments

FIRST_PAUSE, LONGEST_PAUSE = 5 * SECOND, timedelta(hours=1)
UNKNOWN_FOR = timedelta(hours=24)

Tell = Callable[[str, OpenRefund], Coroutine[Any, Any, object]]
"""Sends the message of this name about a refund."""


class MoneyWorkflow(SagaWorkflow[Result]):
    """A process that moves money: the gateway's news make it ask."""

    def __init__(self) -> None:
        super().__init__()
        self.nudges = 0

    @workflow.signal(description="The gateway has news of a payment or a refund")
    def gateway_event(self) -> None:
        self.nudges += 1


async def charge(saga: Saga, payment: OpenPayment, payment_method: str | None) -> None:
    """Take money at once. It is the pivot. Raises `Refused` when it is declined.

    Nobody waits at the bank: a further step that the bank wants is a decline, too.
    """
    if payment_method is None:
        raise declined("generic")
    saga.compensate_with(payments, PaymentActivities.void, payment)
    authorisation = await payments.call(
        PaymentActivities.authorise,
        Authorise(
            payment_id=payment.payment_id, payment_method=payment_method, opens=payment, part="a1"
        ),
    )
    if not authorisation.is_authorised:
        raise declined("authentication_failed")
    await saga.pivot(
        payments, PaymentActivities.capture, PaymentOf(payment_id=payment.payment_id, part="a1")
    )


def declined(code: str) -> Refused:
    return Refused(
        "the card company says no",
        {"decline_code": code},
        type="payment-declined",
        non_retryable=True,
    )


class Refunds:
    """Gives money back until it has come, or a person says that it was settled by hand."""

    def __init__(self, saga: Saga, nudges: Callable[[], int], tell: Tell) -> None:
        self._saga = saga
        self._nudges = nudges
        """Counts the gateway's events: each makes us ask again, before the next pause is over."""
        self._tell = tell

    async def give_back(self, parts: tuple[GoesBack, ...], why: RefundReason, reason: str) -> None:
        """Give back what the bill has counted as given back already."""
        await asyncio.gather(
            *(
                self.open(
                    refund_of(part.refund_id, part.payment_id, part.amount, why, reason),
                    RecordRefund(refund_id=part.refund_id, part=str(part.refund_id)),
                )
                for part in parts
            )
        )

    async def open(self, refund: OpenRefund, record: RecordRefund | None = None) -> None:
        """Decide that money goes back, and carry it out. `record` puts it on its bill."""
        opened = await self._saga.finish(payments, PaymentActivities.open_refund, refund)
        if opened is not None:
            await self.carry_out(refund, record)
        elif record:
            await self._record(record, is_settled=False)

    async def carry_out(self, refund: OpenRefund, record: RecordRefund | None) -> None:
        """Give back what was decided."""
        state = await self._asked_for(refund)
        is_settled = state is not None and state.status is RefundStatus.COMPLETED
        if record:
            await self._record(record, is_settled=is_settled)
        if is_settled:
            await self._tell("refunded", refund)

    async def _record(self, record: RecordRefund, *, is_settled: bool) -> None:
        ended = record.model_copy(update={"is_settled": is_settled})
        await self._saga.finish(billing, BillingActivities.record_refund, ended)

    async def _asked_for(self, refund: OpenRefund) -> RefundState | None:
        """Ask for it until it is settled; as it stands, when a person skips it."""
        number = 0
        while True:
            number += 1
            # Not the mark that a repeated refusal leaves: each try is a request of its own.
            part = f"{refund.refund_id}.{number}" if number > 1 else str(refund.refund_id)
            attempt = RefundOf(refund_id=refund.refund_id, part=part)
            state = await self._saga.finish(payments, PaymentActivities.request_refund, attempt)
            if state is not None:
                state = await self._settled(attempt, state)
            if state is None or state.status is RefundStatus.COMPLETED:
                return state
            why = state.failure_code or "unknown"
            told = [self._tell("refund-delayed", refund)] if number == 1 else []
            is_retried, *_ = await asyncio.gather(
                self._saga.park(f"settle_refund:{part}", why), *told
            )
            if not is_retried:
                return state

    async def _settled(self, attempt: RefundOf, state: RefundState) -> RefundState | None:
        """Ask until the gateway knows how it ended; as it stands, when it does not for a day."""
        asked, pause = 0, FIRST_PAUSE
        deadline = workflow.now() + UNKNOWN_FOR
        known: RefundState | None = state
        while known and known.status is RefundStatus.PENDING and workflow.now() < deadline:
            seen = self._nudges()
            with suppress(asyncio.TimeoutError):
                await workflow.wait_condition(
                    lambda seen=seen: self._nudges() > seen,  # type: ignore[misc] # of this turn
                    timeout=pause,
                    timeout_summary="ask how the refund stands",
                )
            pause, asked = min(2 * pause, LONGEST_PAUSE), asked + 1
            question = attempt.model_copy(update={"part": f"{attempt.part}:{asked}"})
            known = await self._saga.finish(payments, PaymentActivities.settle_refund, question)
        return known


def refund_of(
    refund_id: UUID, payment_id: UUID, amount: Money, why: RefundReason, reason: str
) -> OpenRefund:
    return OpenRefund(
        refund_id=refund_id,
        payment_id=payment_id,
        amount=amount,
        reason_code=why,
        reason=reason,
        process=workflow.info().workflow_id,
        part=str(refund_id),
    )
