"""The rules of a visit that costs something else now: its bill follows, paid or not."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.billing.amounts import half_up, minor_of, price, price_of, surcharge
from activities.billing.books import (
    NOTHING,
    Adjustment,
    Books,
    bill_at_rest,
    changed,
    money_of,
    row_of_line,
    status_of,
    written_anew,
)
from activities.billing.contract import (
    BillChanged,
    BillStatus,
    Line,
    MoveQuote,
    PriceOfVisit,
    RepriceBill,
)
from activities.contract import WrongState
from activities.inbox import Service, once
from activities.process import Process
from db.billing.repository import BillRepository, BillRow


class PriceService(Service):
    """Makes a bill ask for what the visit costs. What was paid for it stays paid, or goes back."""

    async def quote_move(self, request: PriceOfVisit) -> MoveQuote:
        async with self._engine.connect() as connection:
            bills = BillRepository(connection)
            bill = await bill_at_rest(bills, request.appointment_id)
            dearer = await difference_of(bills, bill, request)
        is_paid = bill.paid > 0 and bill.balance <= 0
        due_now = half_up(max(dearer, NOTHING) if is_paid else NOTHING, minor_of(bill.currency))
        return MoveQuote(
            bill_id=bill.bill_id, due_now=money_of(bill, due_now), changes_price=dearer != 0
        )

    @once("reprice_bill")
    async def reprice_bill(
        self, connection: AsyncConnection, process: Process, request: RepriceBill
    ) -> BillChanged:
        books = Books(connection, process)
        bill = await bill_at_rest(books.bills, request.appointment_id)
        dearer = await difference_of(books.bills, bill, request)
        is_over = await books.bills.has_adjustment(bill.bill_id, "CANCELLATION", "NO_SHOW")
        if is_over and not request.paid_by:
            # Its fee was reckoned from what it cost then, and stays.
            return changed(bill)
        if dearer > 0:
            return await self._charge(books, bill, request, dearer, is_over=is_over)
        if request.paid_by:
            raise WrongState("the visit is no dearer than it was", {"status": status_of(bill)})
        return await self._credit(books, bill, request, -dearer)

    async def _charge(
        self, books: Books, bill: BillRow, request: RepriceBill, dearer: Decimal, *, is_over: bool
    ) -> BillChanged:
        """Write the difference on another line, together with what was paid for it."""
        minor = minor_of(bill.currency)
        more = surcharge(request.description, dearer, request.tax_rate, minor)
        number = len(await books.bills.lines(bill.bill_id)) + 1
        await books.add_lines(bill, [row_of_line(number, more, minor)])
        after = replace(bill, net=bill.net + more.total, tax=bill.tax + more.tax)
        kept = NOTHING if is_over else dearer
        after = await books.adjust(after, drop_of(request, more.gross - kept))
        if request.paid_by:
            await books.settle(after, request.paid_by, dearer, "APPLIED")
            after = replace(after, paid=bill.paid + dearer)
        await books.save(after)
        goes_back = await books.give_back(after, request.adjustment_id) if is_over else ()
        return changed(after, goes_back)

    async def _credit(
        self, books: Books, bill: BillRow, request: RepriceBill, cheaper: Decimal
    ) -> BillChanged:
        """Credit the difference: never more than the bill still asks for."""
        after = await books.adjust(bill, drop_of(request, min(cheaper, bill.asked)))
        await books.save(after)
        if status_of(after) is BillStatus.VOID:
            return changed(await self._write_free_bill(books, after, request))
        return changed(after, await books.give_back(after, request.adjustment_id))

    async def _write_free_bill(self, books: Books, void: BillRow, request: RepriceBill) -> BillRow:
        """Write the bill that a free visit has from the first: a visit to come is never void."""
        minor = minor_of(void.currency)
        line = Line(
            description=request.description,
            unit_price=request.fee.amount,
            tax_rate=request.tax_rate,
        )
        nothing = price(line, minor)
        free = replace(
            written_anew(void, uuid5(request.adjustment_id, "bill")),
            net=nothing.total,
            tax=nothing.tax,
        )
        await books.add(free, [row_of_line(1, nothing, minor)])
        return free


async def difference_of(bills: BillRepository, bill: BillRow, visit: PriceOfVisit) -> Decimal:
    """Tell how much more the visit is to cost than its bill says, tax included."""
    return price_of(visit, bill.currency) - await bills.consultation(bill.bill_id)


def drop_of(request: RepriceBill, amount: Decimal) -> Adjustment:
    return Adjustment(request.adjustment_id, "PRICE_DROP", request.description, amount)
