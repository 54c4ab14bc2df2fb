"""Answers the commands on booked visits, and says what a refusal leaves as it was."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from activities.billing.contract import GoesBack
from activities.contract import By
from activities.payments.contract import RefundStatus
from api import answers
from api.alternatives import Alternatives
from api.answers import Answer
from api.callers import Caller
from api.idempotency import Explained, Ids
from api.parts import Readers
from api.policy import ON_BEHALF_OF
from api.problems import Code, Problem
from api.quotes import Quotes
from api.resources.appointments import ALL_AMOUNTS
from api.resources.changes import Cancelled, NewTime, OnBehalfOf, RefundPart
from api.shown import MoneyOut
from api.visits import Visits, with_alternatives
from db.reading import Record
from workflows.saga_workflow import Outcome
from workflows.visit_changes import VisitChanged

IT_STANDS = {
    Code.SLOT_TAKEN: "Another visit was booked for this time. Yours stands as it was.",
    Code.PAYMENT_DECLINED: (
        "The card was declined. The appointment stands as it was, and nothing was charged."
    ),
    Code.HOLD_EXPIRED: (
        "The new slot is somebody else's by now. The appointment stands as it was; what was paid"
        " for the move is given back by itself."
    ),
}
"""What is said when a visit could not be moved."""
NO_CARD = (
    "The visit costs more then, and nobody said how that is paid. The appointment stands as it was."
)


class Changes:
    """The changes that one caller makes."""

    def __init__(self, caller: Caller, readers: Readers) -> None:
        self._caller = caller
        self._readers = readers
        self.visits = Visits(caller, readers)
        self.quotes = Quotes(caller, readers)

    def on_behalf(self, said: OnBehalfOf | None) -> By:
        """Tell for whom it is done: a patient speaks for nobody else, a doctor for the hospital."""
        allowed = ON_BEHALF_OF[self._caller.role]
        by = By[said.upper()] if said else allowed[0]
        if by not in allowed:
            raise Problem(Code.NOT_ALLOWED)
        return by

    async def changed(self, outcome: Outcome[VisitChanged], _: Ids) -> Answer:
        """Show the visit as it is now, and what goes back, if anything does."""
        result = result_of(outcome)
        refunds = await self._refunds(result.refunds)
        return await self._answer(result, {"refunds": refunds} if refunds else {})

    async def cancelled(self, outcome: Outcome[VisitChanged], _: Ids) -> Answer:
        """Show what it cost, too; what goes back is no business of a doctor's."""
        result = result_of(outcome)
        told = Cancelled(
            fee=result.fee and MoneyOut.of_money(result.fee),
            rule=result.rule,
            refunds=await self._refunds(result.refunds),
        )
        return await self._answer(result, {"cancellation": told.model_dump(mode="json")})

    async def _answer(self, result: VisitChanged, more: Mapping[str, Any]) -> Answer:
        body, version = await self.visits.read(result.appointment_id)
        return answers.done({**body, **more}, version)

    async def _refunds(self, parts: Sequence[GoesBack]) -> list[dict[str, Any]] | None:
        if self._caller.role not in ALL_AMOUNTS:
            return None
        rows = await self._readers.payments.find_refunds([part.refund_id for part in parts])
        begun = {row["refund_id"]: row for row in rows}
        return [part_of(part, begun.get(part.refund_id)) for part in parts]

    def explain_move(self, alternatives: Alternatives, visit: Record, wanted: NewTime) -> Explained:
        """Offer other slots, and say that the visit is where it was."""
        doctor_id: UUID = wanted.doctor_id or visit["doctor_id"]
        place = (doctor_id, wanted.slot_start, visit["service_type"])
        with_slots = with_alternatives(alternatives, *place)

        async def explained(problem: Problem) -> Problem:
            problem.detail = IT_STANDS.get(problem.code, problem.detail)
            if problem.code is Code.PAYMENT_DECLINED and wanted.payment_method is None:
                problem.detail = NO_CARD
            return await with_slots(problem)

        return explained

    def explain_cancellation(self, appointment_id: UUID, by: By) -> Explained:
        """Say what it costs now to whom agreed to less."""

        async def explained(problem: Problem) -> Problem:
            if problem.code is Code.QUOTE_CHANGED:
                quote = await self.quotes.of(await self.visits.get(appointment_id), by)
                problem.more["quote"] = quote.model_dump(mode="json")
            return problem

        return explained


def result_of(outcome: Outcome[VisitChanged]) -> VisitChanged:
    if outcome.result is None:
        raise RuntimeError("a change that was done says what it changed")
    return outcome.result


def part_of(part: GoesBack, begun: Record | None) -> dict[str, Any]:
    """Show a part as it was decided, or, once it is on its way, as it stands."""
    return RefundPart(
        id=part.refund_id,
        payment_id=part.payment_id,
        amount=MoneyOut.of_money(part.amount),
        status=begun["status"] if begun else RefundStatus.PENDING,
        processed_at=begun and begun["processed_at"],
    ).model_dump(mode="json")
