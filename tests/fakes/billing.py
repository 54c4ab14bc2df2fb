"""The billing service, in memory."""

from contextlib import suppress
from uuid import UUID

from activities.billing.contract import (
    AmountExceedsDue,
    AmountRefused,
    ApplyPayment,
    BillChanged,
    BillClosed,
    BillDue,
    BillHasPayments,
    BillHeld,
    BillState,
    BillStatus,
    MoveQuote,
    NoBillYet,
    OpenBill,
    PaymentNotApplied,
    PriceOfVisit,
    RecordRefund,
    RefundExceedsPaid,
    ReopenBill,
    RepriceBill,
    ReservePayment,
    ReserveRefund,
    VoidBill,
)
from activities.contract import UnknownReference
from activities.process import Process
from tests.fakes.bills import NOTHING, Bill, Repayment, Settlement, difference, priced
from tests.fakes.fees import Fees
from tests.fakes.inbox import once, undoes


class Billing(Fees):
    @once
    def open_bill(self, process: Process, request: OpenBill) -> BillState:
        lines = [priced(line) for line in request.lines]
        bill = Bill(
            request.patient_id, request.appointment_id, request.currency, request.lines, lines
        )
        self.bills[request.bill_id] = bill
        if request.reserved_for and bill.total:
            bill.reserved_for = request.reserved_for
            bill.payments[request.reserved_for] = Settlement(bill.total, "RESERVED", process.id)
        return bill.state()

    @undoes("open_bill")
    def void_bill(self, _: Process, request: OpenBill) -> None:
        void(self.bills[request.bill_id])

    @once
    def close_bill(self, _: Process, request: VoidBill) -> BillState:
        bill = self._find(request.bill_id)
        void(bill)
        if bill.paid() or bill.paid("RESERVED"):
            raise BillHasPayments("a bill with payments can't be void")
        return bill.state()

    @once
    def apply_payment(self, _: Process, request: ApplyPayment) -> BillState:
        bill = self._find(request.bill_id)
        applied = bill.apply(request.payment_id, request.amount.amount)
        return bill.state(excess=request.amount.amount - applied)

    @once
    def reopen_bill(self, _: Process, request: ReopenBill) -> BillChanged:
        bill_id, bill = request.bill_id, self._find(request.bill_id)
        if bill.status is BillStatus.VOID:
            bill_id, bill = self._counts_for(bill) or self._write_anew(bill, request.new_bill_id)
        return BillChanged(bill_id=bill_id, status=bill.status, total=bill.money(bill.total))

    def _counts_for(self, void: Bill) -> tuple[UUID, Bill] | None:
        """Find the bill that counts for the visit of a void one."""
        if void.appointment_id is None:
            return None
        with suppress(NoBillYet):
            return self._of_visit(void.appointment_id)
        return None

    def _write_anew(self, void: Bill, bill_id: UUID) -> tuple[UUID, Bill]:
        lines = [priced(line) for line in void.asks]
        bill = Bill(void.patient_id, void.appointment_id, void.currency, void.asks, lines)
        self.bills[bill_id] = bill
        return bill_id, bill

    def quote_move(self, _: Process, request: PriceOfVisit) -> MoveQuote:
        bill_id, bill = self._of_visit(request.appointment_id)
        bill.check_settled()
        line, drop = difference(bill, request.fee.amount, request.tax_rate)
        is_paid = bill.paid() > 0 and bill.balance <= 0
        due = line.total if line and is_paid else NOTHING
        is_changed = line is not None or drop > 0
        return MoveQuote(bill_id=bill_id, due_now=bill.money(due), changes_price=is_changed)

    @once
    def reprice_bill(self, process: Process, request: RepriceBill) -> BillChanged:
        bill_id, bill = self._of_visit(request.appointment_id)
        line, drop = difference(bill, request.fee.amount, request.tax_rate)
        if drop:
            bill.check_settled()
            bill.credit("PRICE_DROP", min(drop, bill.owed))
        if line:
            bill.lines.append(line)
        if line and request.paid_by:
            # What is still on its way back does not pay for it.
            bill.payments[request.paid_by] = Settlement(line.total, "APPLIED", process.id)
        return bill.changed(bill_id, request.adjustment_id, process.id)

    @once
    def reserve_payment(self, process: Process, request: ReservePayment) -> BillDue:
        bill, amount = self._find(request.bill_id), request.amount.amount
        if request.amount.currency != bill.currency:
            raise AmountRefused("the bill is in another currency", {"field": "currency"})
        if bill.balance <= 0:
            raise BillClosed("the bill asks for nothing", {"status": bill.status})
        if amount > bill.balance:
            raise AmountExceedsDue("more than the bill asks for")
        if amount > bill.balance - bill.paid("RESERVED"):
            raise BillHeld("money is on its way")
        bill.payments[request.payment_id] = Settlement(amount, "RESERVED", process.id)
        return bill.due()

    @undoes("reserve_payment")
    def release_payment(self, _: Process, request: ReservePayment) -> None:
        payment = self.bills[request.bill_id].payments[request.payment_id]
        if payment.state == "RESERVED":
            payment.state = "RELEASED"

    @once
    def reserve_refund(self, process: Process, request: ReserveRefund) -> BillDue:
        bill = self._with_payment(request.payment_id)
        if request.amount.amount > bill.left_of(request.payment_id):
            raise RefundExceedsPaid("more than is left of it")
        amount = request.amount.amount
        bill.refunds[request.refund_id] = Repayment(
            amount, "RESERVED", process.id, payment_id=request.payment_id
        )
        return bill.due()

    @undoes("reserve_refund")
    def release_refund(self, _: Process, request: ReserveRefund) -> None:
        bill = self._with_payment(request.payment_id)
        if bill.refunds[request.refund_id].state == "RESERVED":
            bill.refunds[request.refund_id].state = "RELEASED"

    @once
    def record_refund(self, _: Process, request: RecordRefund) -> BillState:
        bill = next((b for b in self.bills.values() if request.refund_id in b.refunds), None)
        if bill is None:
            raise UnknownReference("no such refund", {"field": "refund_id"})
        refund = bill.refunds[request.refund_id]
        if request.credits and request.is_settled:
            # What a rule credited meanwhile is not forgiven twice.
            kept = sum(map(bill.left_of, bill.payments), NOTHING)
            bill.credit("GOODWILL", min(refund.amount, bill.owed - kept))
        refund.state = "APPLIED" if request.is_settled else "RELEASED"
        refund.is_listed = not (request.is_settled or request.credits)
        return bill.state()

    def find_refund(self, refund_id: UUID) -> Repayment | None:
        found = (b.refunds[refund_id] for b in self.bills.values() if refund_id in b.refunds)
        return next(found, None)

    def _with_payment(self, payment_id: UUID) -> Bill:
        for bill in self.bills.values():
            if payment_id in bill.payments and bill.payments[payment_id].state == "APPLIED":
                return bill
        raise PaymentNotApplied("no money of it is on a bill")

    def _find(self, bill_id: UUID) -> Bill:
        if bill_id not in self.bills:
            raise UnknownReference("no such bill", {"field": "bill_id"})
        return self.bills[bill_id]


def void(bill: Bill) -> None:
    """Credit what is open, unless money was paid or is on its way: but for its own hold's."""
    own = bill.reserved_for and bill.payments[bill.reserved_for]
    if own and own.state == "RESERVED":
        own.state = "RELEASED"
    if bill.status is BillStatus.OPEN and not bill.paid("RESERVED"):
        bill.credit("VOID", bill.balance)
