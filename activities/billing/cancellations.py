"""The rules of visits that do not take place: a fee stays on the bill, the rest is credited."""

from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.billing.amounts import half_up, minor_of
from activities.billing.books import (
    NOTHING,
    Adjustment,
    Books,
    bill_at_rest,
    bill_of_visit,
    changed,
    left_of,
    money_of,
    status_of,
)
from activities.billing.contract import (
    ApplyCancellation,
    ApplyNoShow,
    CancellationApplied,
    FeeSettled,
    QuoteCancellation,
    WaiveNoShow,
)
from activities.billing.policy import Charge, Cost, cost_of, percent_of, rule_of
from activities.contract import (
    QuoteChanged,
    WrongState,
)
from activities.inbox import Service, once
from activities.process import Process
from db.billing.repository import BillRepository, BillRow


class CancellationService(Service):
    """Settles what a visit costs that nobody came to. Waits until no payment is under way."""

    async def quote_cancellation(self, process: Process, request: QuoteCancellation) -> None:
        rule = rule_of(request.asked, process.accepted_at)
        async with self._engine.connect() as connection:
            bills = BillRepository(connection)
            bill = await bill_of_visit(bills, request.appointment_id)
            cost = await cost_on(bills, bill, percent_of(rule, request.asked.terms))
        agreed = request.accept_fee
        if agreed.currency != bill.currency or cost.fee > agreed.amount:
            told = {"fee": str(cost.fee), "currency": bill.currency}
            raise QuoteChanged("it costs more than was agreed to", told)

    @once("apply_cancellation")
    async def apply_cancellation(
        self, connection: AsyncConnection, process: Process, request: ApplyCancellation
    ) -> CancellationApplied:
        books = Books(connection, process)
        rule = rule_of(request.asked, process.accepted_at)
        bill = await bill_at_rest(books.bills, request.appointment_id)
        cost = await cost_on(books.bills, bill, percent_of(rule, request.asked.terms))
        adjustment = Adjustment(
            request.adjustment_id, "CANCELLATION", request.reason, cost.credit, cost.fee
        )
        settled = await self._settle(books, bill, adjustment, cost.fee)
        return CancellationApplied(rule=rule, **dict(settled))

    @once("apply_no_show")
    async def apply_no_show(
        self, connection: AsyncConnection, process: Process, request: ApplyNoShow
    ) -> FeeSettled:
        books = Books(connection, process)
        bill = await bill_at_rest(books.bills, request.appointment_id)
        # Staff may have been quicker: what is forgiven is not charged any more.
        is_waived = await books.bills.has_adjustment(bill.bill_id, "WAIVER")
        percent = NOTHING if is_waived else request.terms.no_show_fee_percent
        cost = await cost_on(books.bills, bill, percent)
        adjustment = Adjustment(
            request.adjustment_id, "NO_SHOW", "the patient did not come", cost.credit, cost.fee
        )
        return await self._settle(books, bill, adjustment, cost.fee)

    @once("waive_no_show")
    async def waive_no_show(
        self, connection: AsyncConnection, process: Process, request: WaiveNoShow
    ) -> FeeSettled:
        books = Books(connection, process)
        bill = await bill_at_rest(books.bills, request.appointment_id)
        if await books.bills.has_adjustment(bill.bill_id, "WAIVER"):
            raise WrongState("it was waived before", {"status": status_of(bill)})
        fee = min(await books.bills.consultation(bill.bill_id), bill.asked)
        adjustment = Adjustment(request.adjustment_id, "WAIVER", request.reason, fee)
        return await self._settle(books, bill, adjustment, fee)

    async def _settle(
        self, books: Books, bill: BillRow, adjustment: Adjustment, fee: Decimal
    ) -> FeeSettled:
        after = await books.adjust(bill, adjustment)
        await books.save(after)
        goes_back = await books.give_back(after, adjustment.adjustment_id)
        told = money_of(bill, half_up(fee, minor_of(bill.currency)))
        return FeeSettled(fee=told, **dict(changed(after, goes_back)))


async def cost_on(bills: BillRepository, bill: BillRow, percent: Decimal) -> Cost:
    """Tell what is kept of a bill when this part of its consultation is."""
    charge = Charge(
        consultation=await bills.consultation(bill.bill_id),
        asked=bill.asked,
        received=sum(left_of(await bills.settlements(bill.bill_id)).values(), NOTHING),
    )
    return cost_of(charge, percent, minor_of(bill.currency))
