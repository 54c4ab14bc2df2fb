"""What the parts of the billing service share: how a bill stands, and what is written on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.billing.amounts import PricedLine
from activities.billing.contract import (
    BillChanged,
    BillState,
    BillStatus,
    GoesBack,
    NoBillYet,
    PaymentUnderWay,
)
from activities.contract import Money, UnknownReference
from activities.process import Process
from db.billing.repository import BillRepository, BillRow, SettlementRow

NOTHING = Decimal(0)
SOON = timedelta(milliseconds=200)
"""A booking or a payment that is under way has ended by then, as a rule."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Why a bill asks for less, or for no less."""

    adjustment_id: UUID
    kind: str
    reason: str
    amount: Decimal
    fee_kept: Decimal = NOTHING


def status_of(bill: BillRow) -> BillStatus:
    """Follow the amounts, as the constraint `bill_status` demands."""
    if bill.refunded:
        is_all = bill.refunded == bill.paid
        return BillStatus.REFUNDED if is_all else BillStatus.PARTIALLY_REFUNDED
    if bill.balance <= 0:
        return BillStatus.VOID if bill.credited and not bill.paid else BillStatus.PAID
    return BillStatus.PARTIALLY_PAID if bill.paid else BillStatus.OPEN


def state_of(bill: BillRow, excess: Decimal = NOTHING) -> BillState:
    return BillState(status=status_of(bill), total=money_of(bill, bill.total), excess=excess)


def changed(bill: BillRow, goes_back: tuple[GoesBack, ...] = ()) -> BillChanged:
    return BillChanged(
        bill_id=bill.bill_id,
        status=status_of(bill),
        total=money_of(bill, bill.total),
        goes_back=goes_back,
    )


def money_of(bill: BillRow, amount: Decimal) -> Money:
    return Money(amount=amount, currency=bill.currency)


async def found(bills: BillRepository, bill_id: UUID) -> BillRow:
    bill = await bills.lock(bill_id)
    if bill is None:
        raise UnknownReference("no such bill", {"field": "bill_id"})
    return bill


async def bill_of_visit(bills: BillRepository, appointment_id: UUID) -> BillRow:
    """Lock the bill of a visit. Raises `NoBillYet` while its booking writes it."""
    bill = await bills.lock_of_visit(appointment_id)
    if bill is None:
        raise NoBillYet(SOON)
    return bill


async def bill_at_rest(bills: BillRepository, appointment_id: UUID) -> BillRow:
    """Lock the bill of a visit on which no payment is under way, or raise `PaymentUnderWay`."""
    bill = await bill_of_visit(bills, appointment_id)
    if bill.reserved:
        raise PaymentUnderWay(SOON)
    return bill


class Books:
    """Writes on the bills of one transaction, in the name of the process whose step it is."""

    def __init__(self, connection: AsyncConnection, process: Process) -> None:
        self.bills = BillRepository(connection)
        self._process = process

    async def add(self, bill: BillRow, lines: list[dict[str, Any]]) -> None:
        await self.bills.add(bill, status=status_of(bill), **trace_of(self._process))
        await self.add_lines(bill, lines)

    async def add_lines(self, bill: BillRow, lines: list[dict[str, Any]]) -> None:
        await self.bills.add_lines(
            [
                {
                    "line_item_id": uuid5(bill.bill_id, str(line["line_no"])),
                    "bill_id": bill.bill_id,
                    **line,
                }
                for line in lines
            ]
        )

    async def save(self, bill: BillRow) -> None:
        """Write the amounts of a locked bill, once in its transaction."""
        by = self._process.origin.account_id
        await self.bills.save(bill, status=status_of(bill), updated_by=by)

    async def adjust(self, bill: BillRow, adjustment: Adjustment) -> BillRow:
        """Write an adjustment down, unless it says nothing; whoever asked saves the bill."""
        if not adjustment.amount and not adjustment.fee_kept:
            return bill
        await self.bills.add_adjustment(row_of_adjustment(self._process, bill, adjustment))
        return replace(bill, credited=bill.credited + adjustment.amount)

    async def reserve(self, bill: BillRow, payment_id: UUID, amount: Decimal) -> None:
        """Keep a part of the bill to a payment that nobody has made yet."""
        row = self._row_of_payment(bill, payment_id, amount, "RESERVED")
        await self.bills.add_settlements([row])

    async def settle(self, bill: BillRow, payment_id: UUID, amount: Decimal, state: str) -> None:
        """Write what became of a payment: of its reservation, if it had one."""
        await self.bills.settle(self._row_of_payment(bill, payment_id, amount, state))

    async def end(self, settlement: SettlementRow, state: str) -> None:
        """Write how a reservation ended."""
        by = self._process.origin.account_id
        await self.bills.end(settlement.settlement_id, state, by)

    async def reserve_refunds(self, bill: BillRow, parts: Sequence[GoesBack]) -> None:
        """Count these parts as given back before they are."""
        if parts:
            rows = [row_of_refund(self._process, bill, part) for part in parts]
            await self.bills.add_settlements(rows)

    async def give_back(self, bill: BillRow, reason: UUID) -> tuple[GoesBack, ...]:
        """Count what was paid and is not asked for any more as given back, and tell what it is.

        The refunds' ids follow from their reason's, so that asking twice is asking once.
        """
        left = left_of(await self.bills.settlements(bill.bill_id))
        too_much = sum(left.values(), NOTHING) - bill.asked
        parts = tuple(
            GoesBack(
                refund_id=uuid5(reason, str(payment_id)),
                payment_id=payment_id,
                amount=money_of(bill, amount),
            )
            for payment_id, amount in parts_of(left, too_much)
        )
        await self.reserve_refunds(bill, parts)
        return parts

    def _row_of_payment(
        self, bill: BillRow, payment_id: UUID, amount: Decimal, state: str
    ) -> dict[str, Any]:
        return {
            "settlement_id": payment_id,
            "bill_id": bill.bill_id,
            "kind": "PAYMENT",
            "amount": amount,
            "state": state,
            **trace_of(self._process),
        }


def written_anew(void: BillRow, bill_id: UUID) -> BillRow:
    """Begin another bill for the visit of a void one."""
    return replace(void, bill_id=bill_id, reserved_for=None, credited=NOTHING, version=1)


def left_of(settlements: Sequence[SettlementRow]) -> dict[UUID, Decimal]:
    """Tell what each payment brought and did not give back, in the order of the settlements.

    What is on its way back counts as given back.
    """
    left = {
        settlement.settlement_id: settlement.amount
        for settlement in settlements
        if settlement.kind == "PAYMENT" and settlement.state == "APPLIED"
    }
    for settlement in settlements:
        if settlement.payment_id and settlement.state != "RELEASED":
            left[settlement.payment_id] -= settlement.amount
    return left


def parts_of(left: dict[UUID, Decimal], amount: Decimal) -> Iterable[tuple[UUID, Decimal]]:
    """Take an amount from what payments have left, from the first of them as much as it has."""
    for payment_id, rest in left.items():
        part = min(rest, amount)
        if part > 0:
            amount -= part
            yield payment_id, part


def row_of_line(number: int, priced: PricedLine, minor: int) -> dict[str, Any]:
    return {
        "line_no": number,
        **priced.line.model_dump(),
        "minor": minor,
        "line_total": priced.total,
        "line_tax": priced.tax,
    }


def row_of_adjustment(process: Process, bill: BillRow, adjustment: Adjustment) -> dict[str, Any]:
    return {
        "adjustment_id": adjustment.adjustment_id,
        "bill_id": bill.bill_id,
        "kind": adjustment.kind,
        "amount": adjustment.amount,
        "fee_kept": adjustment.fee_kept,
        "reason": adjustment.reason,
        "accepted_at": process.accepted_at,
        "decided_by": process.origin.account_id,
        "workflow_id": process.id,
        "correlation_id": process.origin.correlation_id,
    }


def row_of_refund(process: Process, bill: BillRow, part: GoesBack) -> dict[str, Any]:
    return {
        "settlement_id": part.refund_id,
        "bill_id": bill.bill_id,
        "kind": "REFUND",
        "amount": part.amount.amount,
        "state": "RESERVED",
        "payment_id": part.payment_id,
        **trace_of(process),
    }


def trace_of(process: Process) -> dict[str, Any]:
    origin = process.origin
    return {
        "created_by": origin.account_id,
        "updated_by": origin.account_id,
        "correlation_id": origin.correlation_id,
    }
