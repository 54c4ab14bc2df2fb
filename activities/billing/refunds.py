"""The rules of refunds on a bill: counted as given back before they are, whoever decides them."""

from dataclasses import replace
from typing import ClassVar
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.billing.amounts import check_payable
from activities.billing.books import (
    NOTHING,
    Adjustment,
    Books,
    left_of,
    state_of,
)
from activities.billing.contract import (
    BillDue,
    BillState,
    GoesBack,
    PaymentNotApplied,
    RecordRefund,
    RefundExceedsPaid,
    ReserveRefund,
)
from activities.contract import UnknownReference, WrongState
from activities.inbox import Service, once, undoes
from activities.process import Process
from db.billing.repository import BillRepository, BillRow, SettlementRow


class BillRefundService(Service):
    """Counts what goes back. Of no payment more goes back than it brought."""

    guards: ClassVar = {"refund_within_payment": RefundExceedsPaid}

    @once("reserve_refund")
    async def reserve_refund(
        self, connection: AsyncConnection, process: Process, request: ReserveRefund
    ) -> BillDue:
        books = Books(connection, process)
        bill = await books.bills.lock_of_settlement(request.payment_id)
        left = left_of(await books.bills.settlements(bill.bill_id)) if bill else {}
        if bill is None or request.payment_id not in left:
            raise PaymentNotApplied("no bill has money of this payment")
        check_payable(request.amount, bill.currency)
        if request.amount.amount > left[request.payment_id]:
            raise RefundExceedsPaid("more would go back than came in")
        part = GoesBack(**request.model_dump(include={"refund_id", "payment_id", "amount"}))
        await books.reserve_refunds(bill, [part])
        return BillDue(patient_id=bill.patient_id, appointment_id=bill.appointment_id)

    @undoes("reserve_refund")
    async def release_refund(
        self, connection: AsyncConnection, process: Process, request: ReserveRefund
    ) -> None:
        books = Books(connection, process)
        _, refund = await refund_on_bill(books.bills, request.refund_id)
        if refund.state == "RESERVED":
            await books.end(refund, "RELEASED")

    @once("record_refund")
    async def record_refund(
        self, connection: AsyncConnection, process: Process, request: RecordRefund
    ) -> BillState:
        books = Books(connection, process)
        bill, refund = await refund_on_bill(books.bills, request.refund_id)
        ended = "APPLIED" if request.is_settled else "RELEASED"
        if refund.state == ended:
            return state_of(bill)
        if refund.state != "RESERVED":
            raise WrongState("the refund has ended otherwise", {"status": refund.state})
        after = bill
        if request.is_settled:
            if request.credits:
                after = await self._forgive(books, bill, refund, request.reason)
            after = replace(after, refunded=bill.refunded + refund.amount)
            await books.save(after)
        await books.end(refund, ended)
        return state_of(after)

    async def _forgive(
        self, books: Books, bill: BillRow, refund: SettlementRow, reason: str
    ) -> BillRow:
        """Credit what goes back, or it would be owed again.

        What a rule gave back already, by a credit that came while the refund was under way, is not
        credited twice.
        """
        left = sum(left_of(await books.bills.settlements(bill.bill_id)).values(), NOTHING)
        amount = min(refund.amount, max(bill.asked - left, NOTHING))
        goodwill = Adjustment(uuid5(refund.settlement_id, "goodwill"), "GOODWILL", reason, amount)
        return await books.adjust(bill, goodwill)


async def refund_on_bill(bills: BillRepository, refund_id: UUID) -> tuple[BillRow, SettlementRow]:
    bill = await bills.lock_of_settlement(refund_id)
    refund = await bills.find_settlement(refund_id)
    if bill is None or refund is None or refund.kind != "REFUND":
        raise UnknownReference("no bill knows this refund", {"field": "refund_id"})
    return bill, refund
