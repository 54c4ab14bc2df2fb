"""The rules of bills: how one is opened, and how one ends that nobody will pay."""

from contextvars import ContextVar
from dataclasses import replace
from time import perf_counter
from typing import ClassVar
from uuid import uuid5

from prometheus_client import Histogram
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.billing.amounts import minor_of, priced
from activities.billing.books import (
    NOTHING,
    Adjustment,
    Books,
    changed,
    found,
    row_of_line,
    state_of,
    status_of,
    written_anew,
)
from activities.billing.cancellations import CancellationService
from activities.billing.checks import BillingChecks
from activities.billing.contract import (
    AmountRefused,
    BillChanged,
    BillHasPayments,
    BillState,
    BillStatus,
    OpenBill,
    ReopenBill,
    VoidBill,
)
from activities.billing.payments import BillPaymentService
from activities.billing.prices import PriceService
from activities.billing.refunds import BillRefundService
from activities.contract import WrongState
from activities.inbox import Service, once, undoes
from activities.process import Process
from db.billing.repository import BillRepository, BillRow, SettlementRow

LATENCY = Histogram(
    "bill_creation_latency_ms",
    "Milliseconds from the begin of a bill's transaction until it was committed",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000),
)
begun: ContextVar[float] = ContextVar("begun")


def observe(_: BillState) -> None:
    LATENCY.observe((perf_counter() - begun.get()) * 1000)


class BillingService(Service):
    """Opens and closes bills. What changes one has a service of its own, by what it is about."""

    guards: ClassVar = {
        "one_live_bill": WrongState,
        "line_positive": AmountRefused,
        "line_tax_rate": AmountRefused,
    }

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.payments = BillPaymentService(engine)
        self.refunds = BillRefundService(engine)
        self.prices = PriceService(engine)
        self.cancellations = CancellationService(engine)
        self.checks = BillingChecks(engine)

    @once("open_bill", then=observe)
    async def open_bill(
        self, connection: AsyncConnection, process: Process, request: OpenBill
    ) -> BillState:
        begun.set(perf_counter())
        minor = minor_of(request.currency)
        lines = priced(request.lines, minor)
        net = sum((line.total for line in lines), NOTHING)
        tax = sum((line.tax for line in lines), NOTHING)
        bill = BillRow(
            bill_id=request.bill_id,
            patient_id=request.patient_id,
            appointment_id=request.appointment_id,
            due_date=request.due_date,
            reserved_for=request.reserved_for,
            currency=request.currency,
            net=net,
            tax=tax,
            reserved=net + tax if request.reserved_for else NOTHING,
        )
        books = Books(connection, process)
        await books.add(bill, [row_of_line(n, line, minor) for n, line in enumerate(lines, 1)])
        if request.reserved_for and bill.reserved:
            await books.reserve(bill, request.reserved_for, bill.reserved)
        return state_of(bill)

    @undoes("open_bill")
    async def void_bill(
        self, connection: AsyncConnection, process: Process, request: OpenBill
    ) -> None:
        # A bill that was paid meanwhile is not ours to undo: only an open one is as we left it.
        books = Books(connection, process)
        await self._credit_what_is_open(books, VoidBill(bill_id=request.bill_id))

    @once("close_bill")
    async def close_bill(
        self, connection: AsyncConnection, process: Process, request: VoidBill
    ) -> BillState:
        bill = await self._credit_what_is_open(Books(connection, process), request)
        if bill.paid or bill.reserved:
            raise BillHasPayments("a bill with payments can't be void")
        return state_of(bill)

    @once("reopen_bill")
    async def reopen_bill(
        self, connection: AsyncConnection, process: Process, request: ReopenBill
    ) -> BillChanged:
        """Write a closed bill anew, unless its visit has a bill that counts: then tell that."""
        books = Books(connection, process)
        void = await found(books.bills, request.bill_id)
        if status_of(void) is not BillStatus.VOID:
            return changed(void)
        # Credited by a rule, or written anew by another process.
        if void.appointment_id and (counts := await books.bills.lock_of_visit(void.appointment_id)):
            return changed(counts)
        anew = written_anew(void, request.new_bill_id)
        await books.add(anew, await books.bills.lines(void.bill_id))
        return changed(anew)

    async def _credit_what_is_open(self, books: Books, request: VoidBill) -> BillRow:
        bill = await found(books.bills, request.bill_id)
        hold = await hold_of(books.bills, bill)
        free = replace(bill, reserved=bill.reserved - hold.amount) if hold else bill
        if status_of(free) is not BillStatus.OPEN or free.reserved:
            return bill
        if hold:
            await books.end(hold, "RELEASED")
        void = Adjustment(uuid5(bill.bill_id, "void"), "VOID", request.reason, free.balance)
        after = await books.adjust(free, void)
        await books.save(after)
        return after


async def hold_of(bills: BillRepository, bill: BillRow) -> SettlementRow | None:
    """Find what is reserved for the payment that the bill's held slot waits for."""
    if not bill.reserved or not bill.reserved_for:
        return None
    hold = await bills.find_settlement(bill.reserved_for)
    return hold if hold and hold.state == "RESERVED" else None
