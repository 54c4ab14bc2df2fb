"""The steps with money that several processes share."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow

from activities.payments.activities import PaymentActivities
from activities.payments.contract import OpenRefund, RefundOf, RefundState, RefundStatus
from workflows.saga import Saga
from workflows.services import SECOND, payments

FIRST_PAUSE, LONGEST_PAUSE = 5 * SECOND, timedelta(hours=1)
UNKNOWN_FOR = timedelta(hours=24)


async def refund(saga: Saga, request: OpenRefund, nudges: Callable[[], int]) -> RefundState | None:
    """Give money back until it is settled, or a person says that it was settled by hand.

    `nudges` counts the gateway's events: each makes us ask again, before the next pause is over.
    `None` when nothing was owed, or an operator skipped it.
    """
    if await saga.finish(payments, PaymentActivities.open_refund, request) is None:
        return None
    attempt = RefundOf(refund_id=request.refund_id, part=str(request.refund_id))
    while True:
        state = await saga.finish(payments, PaymentActivities.request_refund, attempt)
        if state is not None:
            state = await _settled(saga, attempt, state, nudges)
        if state is None or state.status is RefundStatus.COMPLETED:
            return state
        why = state.failure_code or "unknown"
        if not await saga.park(f"settle_refund:{attempt.part}", why):
            return state
        attempt = attempt.again()


async def _settled(
    saga: Saga, attempt: RefundOf, state: RefundState, nudges: Callable[[], int]
) -> RefundState | None:
    """Ask until the gateway knows how a refund ended; as it stands, when it does not for a day."""
    asked, pause = 0, FIRST_PAUSE
    deadline = workflow.now() + UNKNOWN_FOR
    known: RefundState | None = state
    while known and known.status is RefundStatus.PENDING and workflow.now() < deadline:
        seen = nudges()
        with suppress(asyncio.TimeoutError):
            await workflow.wait_condition(
                lambda seen=seen: nudges() > seen,  # type: ignore[misc] # bound in this turn
                timeout=pause,
                timeout_summary="ask how the refund stands",
            )
        pause, asked = min(2 * pause, LONGEST_PAUSE), asked + 1
        # Not with the attempt's own mark in it: an operator's retry adds its own, at the end.
        part = f"{attempt.part.replace('~', '.')}:{asked}"
        question = attempt.model_copy(update={"part": part})
        known = await saga.finish(payments, PaymentActivities.settle_refund, question)
    return known
