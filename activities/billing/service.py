"""The rules of bills: what is owed, and what is done with the money that comes."""

from contextvars import ContextVar
from dataclasses import replace
from decimal import Decimal
from time import perf_counter
from typing import Any, ClassVar
from uuid import UUID, uuid5

from prometheus_client import Histogram
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.billing.amounts import PricedLine, check_payable, minor_of, priced
from activities.billing.contract import (
    AmountRefused,
    ApplyPayment,
    BillHasPayments,
    BillState,
    BillStatus,
    OpenBill,
    VoidBill,
)
from activities.contract import Money, UnknownReference, WrongState
from activities.inbox import Service, once, undoes
from activities.process import Process
from db.billing.repository import BillRepository, BillRow

NOTHING = Decimal(0)

LATENCY = Histogram(
    "bill_creation_latency_ms",
    "Milliseconds from the begin of a bill's transaction until it was committed",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000),
)
begun: ContextVar[float] = ContextVar("begun")


def observe(_: BillState) -> None:
    LATENCY.observe((perf_counter() - begun.get()) * 1000)


class BillingService(Service):
    """Opens bills and follows their amounts. What is owed never falls below zero by a payment."""

    guards: ClassVar = {
        "one_live_bill": WrongState,
        "line_positive": AmountRefused,
        "line_tax_rate": AmountRefused,
        "settlement_positive": AmountRefused,
    }

    @once("open_bill", then=observe)
    async def open_bill(
        self, connection: AsyncConnection, process: Process, request: OpenBill
    ) -> BillState:
        begun.set(perf_counter())
        minor = minor_of(request.currency)
        lines = priced(request.lines, minor)
        net = sum((line.total for line in lines), NOTHING)
        tax = sum((line.tax for line in lines), NOTHING)
        bill = BillRow(request.bill_id, request.currency, net + tax, *(NOTHING,) * 4, version=1)
        await BillRepository(connection).add(
            row_of(process, request, net, tax) | {"status": status_of(bill)},
            [row_of_line(request.bill_id, n, line, minor) for n, line in enumerate(lines, 1)],
        )
        return state_of(bill)

    @undoes("open_bill")
    async def void_bill(
        self, connection: AsyncConnection, process: Process, request: OpenBill
    ) -> None:
        # A bill that was paid meanwhile is not ours to undo: only an open one is as we left it.
        await self._credit_what_is_open(
            BillRepository(connection), process, VoidBill(bill_id=request.bill_id)
        )

    @once("close_bill")
    async def close_bill(
        self, connection: AsyncConnection, process: Process, request: VoidBill
    ) -> BillState:
        bill = await self._credit_what_is_open(BillRepository(connection), process, request)
        if bill.paid or bill.reserved:
            raise BillHasPayments("a bill with payments can't be void")
        return state_of(bill)

    @once("apply_payment")
    async def apply_payment(
        self, connection: AsyncConnection, process: Process, request: ApplyPayment
    ) -> BillState:
        """Take what the bill still asks for; what others have reserved is theirs."""
        bills = BillRepository(connection)
        bill = await found(bills, request.bill_id)
        check_payable(request.amount, bill.currency)
        paid, reserved = request.amount.amount, NOTHING
        if before := await bills.find_settlement(request.payment_id):
            if before.bill_id != bill.bill_id:
                raise WrongState("the payment is another bill's", {"status": before.state})
            if before.state == "APPLIED":
                return state_of(bill, excess=paid - before.amount)
            if before.state == "RESERVED":
                reserved = before.amount
        asked = max(bill.balance - (bill.reserved - reserved), NOTHING)
        applied = min(paid, asked)
        await bills.settle(row_of_settlement(process, request, applied))
        after = replace(bill, paid=bill.paid + applied, reserved=bill.reserved - reserved)
        await bills.save(after, status=status_of(after), updated_by=process.origin.account_id)
        return state_of(after, excess=paid - applied)

    async def _credit_what_is_open(
        self, bills: BillRepository, process: Process, request: VoidBill
    ) -> BillRow:
        bill = await found(bills, request.bill_id)
        if status_of(bill) is not BillStatus.OPEN or bill.reserved:
            return bill
        await bills.add_adjustment(row_of_void(process, request, bill.balance))
        after = replace(bill, credited=bill.credited + bill.balance)
        await bills.save(after, status=status_of(after), updated_by=process.origin.account_id)
        return after


def status_of(bill: BillRow) -> BillStatus:
    """Follow the amounts, as the constraint `bill_status` demands."""
    if bill.refunded:
        is_all = bill.refunded == bill.paid
        return BillStatus.REFUNDED if is_all else BillStatus.PARTIALLY_REFUNDED
    if bill.balance <= 0:
        return BillStatus.VOID if bill.credited and not bill.paid else BillStatus.PAID
    return BillStatus.PARTIALLY_PAID if bill.paid else BillStatus.OPEN


def state_of(bill: BillRow, excess: Decimal = NOTHING) -> BillState:
    total = Money(amount=bill.total, currency=bill.currency)
    return BillState(status=status_of(bill), total=total, excess=excess)


async def found(bills: BillRepository, bill_id: UUID) -> BillRow:
    bill = await bills.lock(bill_id)
    if bill is None:
        raise UnknownReference("no such bill", {"field": "bill_id"})
    return bill


def row_of(process: Process, request: OpenBill, net: Decimal, tax: Decimal) -> dict[str, Any]:
    return {
        "bill_id": request.bill_id,
        "patient_id": request.patient_id,
        "appointment_id": request.appointment_id,
        "currency": request.currency,
        "amount": net,
        "tax_amount": tax,
        "due_date": request.due_date,
        **trace_of(process),
    }


def row_of_line(bill_id: UUID, number: int, priced: PricedLine, minor: int) -> dict[str, Any]:
    return {
        "line_item_id": uuid5(bill_id, str(number)),
        "bill_id": bill_id,
        "line_no": number,
        **priced.line.model_dump(),
        "minor": minor,
        "line_total": priced.total,
        "line_tax": priced.tax,
    }


def row_of_void(process: Process, request: VoidBill, amount: Decimal) -> dict[str, Any]:
    return {
        "adjustment_id": uuid5(request.bill_id, "void"),
        "bill_id": request.bill_id,
        "kind": "VOID",
        "amount": amount,
        "reason": request.reason,
        "accepted_at": process.accepted_at,
        "decided_by": process.origin.account_id,
        "workflow_id": process.id,
        "correlation_id": process.origin.correlation_id,
    }


def row_of_settlement(process: Process, request: ApplyPayment, applied: Decimal) -> dict[str, Any]:
    # What was not applied is remembered too: the same payment stays an excess for ever.
    taken = {"amount": applied, "state": "APPLIED"}
    refused = {"amount": request.amount.amount, "state": "RELEASED"}
    return {
        "settlement_id": request.payment_id,
        "bill_id": request.bill_id,
        "kind": "PAYMENT",
        **(taken if applied else refused),
        **trace_of(process),
    }


def trace_of(process: Process) -> dict[str, Any]:
    origin = process.origin
    return {
        "created_by": origin.account_id,
        "updated_by": origin.account_id,
        "correlation_id": origin.correlation_id,
    }
