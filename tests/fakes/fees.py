"""What a visit costs that does not take place, in memory."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from activities.billing.contract import (
    ApplyCancellation,
    ApplyNoShow,
    BillStatus,
    CancellationApplied,
    CancellationAsked,
    CancellationRule,
    FeeSettled,
    NoBillYet,
    QuoteCancellation,
    WaiveNoShow,
)
from activities.contract import (
    By,
    QuoteChanged,
    WrongState,
)
from activities.process import Process
from tests.fakes.bills import NOTHING, Bill, cents
from tests.fakes.inbox import Inbox, once

MINUTE = timedelta(minutes=1)


@dataclass
class Fees:
    """A part of the billing service."""

    inbox: Inbox = field(repr=False)
    bills: dict[UUID, Bill] = field(default_factory=dict)

    def quote_cancellation(self, process: Process, request: QuoteCancellation) -> None:
        _, bill = self._of_visit(request.appointment_id)
        _, fee = cost(bill, request.asked, process.accepted_at)
        accepted = request.accept_fee
        if accepted.currency != bill.currency or fee > accepted.amount:
            raise QuoteChanged("it costs more by now", {"fee": f"{fee} {bill.currency}"})

    @once
    def apply_cancellation(
        self, process: Process, request: ApplyCancellation
    ) -> CancellationApplied:
        bill_id, bill = self._of_visit(request.appointment_id)
        bill.check_settled()
        rule, fee = cost(bill, request.asked, process.accepted_at)
        bill.credit("CANCELLATION", bill.owed - fee)
        changed = bill.changed(bill_id, request.adjustment_id, process.id)
        return CancellationApplied(**dict(changed), rule=rule, fee=bill.money(fee))

    @once
    def apply_no_show(self, process: Process, request: ApplyNoShow) -> FeeSettled:
        bill_id, bill = self._of_visit(request.appointment_id)
        bill.check_settled()
        missed = part_of(bill.consultation, request.terms.no_show_fee_percent)
        kept = NOTHING if bill.credited("WAIVER") else min(missed, bill.owed)
        bill.credit("NO_SHOW", bill.owed - kept)
        changed = bill.changed(bill_id, request.adjustment_id, process.id)
        return FeeSettled(**dict(changed), fee=bill.money(kept))

    @once
    def waive_no_show(self, process: Process, request: WaiveNoShow) -> FeeSettled:
        bill_id, bill = self._of_visit(request.appointment_id)
        if bill.credited("WAIVER"):
            raise WrongState("it was waived before", {"status": bill.status})
        bill.check_settled()
        forgiven = min(bill.consultation, bill.owed)
        bill.credit("WAIVER", forgiven)
        changed = bill.changed(bill_id, request.adjustment_id, process.id)
        return FeeSettled(**dict(changed), fee=bill.money(forgiven))

    def _of_visit(self, appointment_id: UUID) -> tuple[UUID, Bill]:
        """Find the live bill, or the one that a rule left nothing of; a closed one is nobody's."""
        theirs = [
            (bill_id, bill)
            for bill_id, bill in self.bills.items()
            if bill.appointment_id == appointment_id
            and (bill.status is not BillStatus.VOID or not bill.credited("VOID"))
        ]
        if not theirs:
            raise NoBillYet(timedelta(seconds=1))
        return max(theirs, key=lambda found: found[1].status is not BillStatus.VOID)


def cost(bill: Bill, asked: CancellationAsked, at: datetime) -> tuple[CancellationRule, Decimal]:
    """Judge a cancellation by when it was asked for."""
    terms = asked.terms
    late = part_of(bill.consultation, terms.late_cancel_fee_percent)
    grace_ends = asked.booked_at + terms.cancel_grace_minutes * MINUTE
    if asked.by is By.HOSPITAL:
        return CancellationRule.HOSPITAL, NOTHING
    if asked.late_move:
        return CancellationRule.LATE_MOVE, min(late, bill.owed)
    if terms.cancel_grace_minutes and at <= grace_ends:
        return CancellationRule.GRACE, NOTHING
    if asked.slot_start - at > terms.late_cancel_minutes * MINUTE:
        return CancellationRule.FREE, NOTHING
    return CancellationRule.LATE_CANCELLATION, min(late, bill.owed)


def part_of(amount: Decimal, percent: Decimal) -> Decimal:
    return cents(amount * percent / 100)
