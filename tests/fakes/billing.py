"""The billing service, in memory."""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from activities.billing.contract import (
    ApplyPayment,
    BillHasPayments,
    BillState,
    BillStatus,
    OpenBill,
    VoidBill,
)
from activities.contract import Money, UnknownReference
from activities.process import Process
from tests.fakes.inbox import Inbox, once, undoes

NOTHING = Decimal(0)


@dataclass
class Bill:
    total: Money
    credited: Decimal = NOTHING
    paid: Decimal = NOTHING

    @property
    def balance(self) -> Decimal:
        return self.total.amount - self.credited - self.paid

    @property
    def status(self) -> BillStatus:
        if self.balance <= 0:
            return BillStatus.VOID if self.credited and not self.paid else BillStatus.PAID
        return BillStatus.PARTIALLY_PAID if self.paid else BillStatus.OPEN

    def state(self, excess: Decimal = NOTHING) -> BillState:
        return BillState(status=self.status, total=self.total, excess=excess)


@dataclass
class Billing:
    inbox: Inbox = field(repr=False)
    bills: dict[UUID, Bill] = field(default_factory=dict)

    @once
    def open_bill(self, _: Process, request: OpenBill) -> BillState:
        net = sum((line.quantity * line.unit_price for line in request.lines), NOTHING)
        tax = sum((line.tax_rate * line.unit_price for line in request.lines), NOTHING)
        total = Money(amount=(net + tax).quantize(Decimal("0.01")), currency=request.currency)
        bill = self.bills[request.bill_id] = Bill(total)
        return bill.state()

    @undoes("open_bill")
    def void_bill(self, _: Process, request: OpenBill) -> None:
        self._credit(self.bills[request.bill_id])

    @once
    def close_bill(self, _: Process, request: VoidBill) -> BillState:
        bill = self._find(request.bill_id)
        if bill.paid:
            raise BillHasPayments("a bill with payments can't be void")
        self._credit(bill)
        return bill.state()

    @once
    def apply_payment(self, _: Process, request: ApplyPayment) -> BillState:
        bill = self._find(request.bill_id)
        applied = min(request.amount.amount, bill.balance)
        bill.paid += applied
        return bill.state(excess=request.amount.amount - applied)

    def _credit(self, bill: Bill) -> None:
        if bill.status is BillStatus.OPEN:
            bill.credited += bill.balance

    def _find(self, bill_id: UUID) -> Bill:
        if bill_id not in self.bills:
            raise UnknownReference("no such bill", {"field": "bill_id"})
        return self.bills[bill_id]
