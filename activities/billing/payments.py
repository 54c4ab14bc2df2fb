"""The rules of payments on a bill: reserved before they are made, applied when they have come."""

from dataclasses import replace
from decimal import Decimal
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.billing.amounts import check_payable
from activities.billing.books import NOTHING, Books, found, state_of, status_of
from activities.billing.contract import (
    AmountExceedsDue,
    AmountRefused,
    ApplyPayment,
    BillClosed,
    BillDue,
    BillHeld,
    BillState,
    BillStatus,
    ReservePayment,
)
from activities.contract import WrongState
from activities.inbox import Service, once, undoes
from activities.process import Process
from db.billing.repository import BillRow, SettlementRow


class BillPaymentService(Service):
    """Puts payments on bills. What is owed never falls below zero by a payment."""

    guards: ClassVar = {"settlement_positive": AmountRefused}

    @once("reserve_payment")
    async def reserve_payment(
        self, connection: AsyncConnection, process: Process, request: ReservePayment
    ) -> BillDue:
        books = Books(connection, process)
        bill = await found(books.bills, request.bill_id)
        check_payable(request.amount, bill.currency)
        amount = request.amount.amount
        check_asked_for(bill, amount)
        await books.reserve(bill, request.payment_id, amount)
        await books.save(replace(bill, reserved=bill.reserved + amount))
        return BillDue(patient_id=bill.patient_id, appointment_id=bill.appointment_id)

    @undoes("reserve_payment")
    async def release_payment(
        self, connection: AsyncConnection, process: Process, request: ReservePayment
    ) -> None:
        books = Books(connection, process)
        bill = await found(books.bills, request.bill_id)
        reserved = await books.bills.find_settlement(request.payment_id)
        if reserved and reserved.state == "RESERVED":
            await books.end(reserved, "RELEASED")
            await books.save(replace(bill, reserved=bill.reserved - reserved.amount))

    @once("apply_payment")
    async def apply_payment(
        self, connection: AsyncConnection, process: Process, request: ApplyPayment
    ) -> BillState:
        """Take what the bill still asks for; what others have reserved is theirs."""
        books = Books(connection, process)
        bill = await found(books.bills, request.bill_id)
        check_payable(request.amount, bill.currency)
        paid, reserved = request.amount.amount, NOTHING
        if before := await books.bills.find_settlement(request.payment_id):
            if (taken := taken_before(before, bill)) is not None:
                return state_of(bill, excess=paid - taken)
            if before.state == "RESERVED":
                reserved = before.amount
        asked = max(bill.balance - (bill.reserved - reserved), NOTHING)
        applied = min(paid, asked)
        # What was not applied is remembered too: the same payment stays an excess for ever.
        remembered = (applied, "APPLIED") if applied else (paid, "RELEASED")
        await books.settle(bill, request.payment_id, *remembered)
        after = replace(bill, paid=bill.paid + applied, reserved=bill.reserved - reserved)
        await books.save(after)
        return state_of(after, excess=paid - applied)


def check_asked_for(bill: BillRow, amount: Decimal) -> None:
    """Refuse what the bill does not ask for, or keeps for somebody else."""
    if status_of(bill) is BillStatus.VOID or bill.balance <= 0:
        raise BillClosed("the bill asks for nothing")
    if amount > bill.balance:
        raise AmountExceedsDue("the bill asks for less")
    if amount > bill.balance - bill.reserved:
        raise BillHeld("another payment is on its way")


def taken_before(before: SettlementRow, bill: BillRow) -> Decimal | None:
    """Tell how much of a payment its bill took when it came first. `None`: it comes first now."""
    if before.bill_id == bill.bill_id:
        ended = {"APPLIED": before.amount, "RELEASED": NOTHING}
        return ended.get(before.state)
    # Its own bill was closed before the money came, and is written anew.
    if before.state != "RELEASED":
        raise WrongState("the payment is another bill's", {"status": before.state})
    return None
