"""What a bill is: lines, credits, and money that came, comes or goes back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal
from uuid import UUID, uuid5

from activities.billing.contract import (
    BillChanged,
    BillDue,
    BillState,
    BillStatus,
    GoesBack,
    Line,
    LineKind,
    PaymentUnderWay,
)
from activities.contract import Money

NOTHING, CENT = Decimal(0), Decimal("0.01")
State = Literal["RESERVED", "APPLIED", "RELEASED"]


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Priced:
    kind: LineKind
    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


def priced(line: Line) -> Priced:
    net = cents(line.quantity * line.unit_price)
    return Priced(line.kind, net, cents(net * line.tax_rate))


def price_of(fee: Decimal, tax_rate: Decimal) -> Decimal:
    """Tell what a consultation costs, tax included."""
    return priced(Line(description="", unit_price=fee, tax_rate=tax_rate)).total


@dataclass
class Settlement:
    amount: Decimal
    state: State
    by: str = ""
    """The process that reserved it."""


@dataclass
class Repayment(Settlement):
    payment_id: UUID = field(kw_only=True)
    is_listed: bool = False
    """It should go back, and could not."""


@dataclass
class Bill:
    patient_id: UUID
    appointment_id: UUID | None
    currency: str
    asks: tuple[Line, ...]
    """As it was opened."""
    lines: list[Priced]
    credits: list[tuple[str, Decimal]] = field(default_factory=list)
    payments: dict[UUID, Settlement] = field(default_factory=dict)
    """In the order in which they were applied: the newest is the last."""
    refunds: dict[UUID, Repayment] = field(default_factory=dict)
    reserved_for: UUID | None = None
    """The payment that a held slot waits for."""

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), NOTHING)

    @property
    def consultation(self) -> Decimal:
        """What the consultation costs as billed: its lines and tax, without what was dropped."""
        lines = (line.total for line in self.lines if line.kind is LineKind.CONSULTATION)
        return sum(lines, NOTHING) - self.credited("PRICE_DROP")

    def credited(self, *kinds: str) -> Decimal:
        return sum((a for kind, a in self.credits if not kinds or kind in kinds), NOTHING)

    def paid(self, state: State = "APPLIED") -> Decimal:
        return sum((s.amount for s in self.payments.values() if s.state == state), NOTHING)

    def refunded(self, state: State = "APPLIED") -> Decimal:
        return sum((s.amount for s in self.refunds.values() if s.state == state), NOTHING)

    @property
    def owed(self) -> Decimal:
        """What the bill asks for in all, after its credits."""
        return self.total - self.credited()

    @property
    def balance(self) -> Decimal:
        return self.owed - self.paid() + self.refunded()

    @property
    def status(self) -> BillStatus:
        if back := self.refunded():
            is_all = back == self.paid()
            return BillStatus.REFUNDED if is_all else BillStatus.PARTIALLY_REFUNDED
        if self.balance <= 0:
            is_void = self.credits and not self.paid()
            return BillStatus.VOID if is_void else BillStatus.PAID
        return BillStatus.PARTIALLY_PAID if self.paid() else BillStatus.OPEN

    def money(self, amount: Decimal) -> Money:
        return Money(amount=amount, currency=self.currency)

    def state(self, excess: Decimal = NOTHING) -> BillState:
        return BillState(status=self.status, total=self.money(self.total), excess=excess)

    def due(self) -> BillDue:
        return BillDue(patient_id=self.patient_id, appointment_id=self.appointment_id)

    def credit(self, kind: str, amount: Decimal) -> None:
        if amount > 0:
            self.credits.append((kind, amount))

    def apply(self, payment_id: UUID, amount: Decimal) -> Decimal:
        """Take what the bill still asks for, what others have reserved aside."""
        mine = self.payments.pop(payment_id, None)
        if mine and mine.state == "APPLIED":
            self.payments[payment_id] = mine
            return mine.amount
        taken = min(amount, max(self.balance - self.paid("RESERVED"), NOTHING))
        state: State = "APPLIED" if taken else "RELEASED"
        self.payments[payment_id] = Settlement(taken or amount, state)
        return taken

    def left_of(self, payment_id: UUID) -> Decimal:
        """Tell what of a payment is here and not promised back."""
        payment = self.payments.get(payment_id)
        if payment is None or payment.state != "APPLIED":
            return NOTHING
        back = (
            refund.amount
            for refund in self.refunds.values()
            if refund.payment_id == payment_id and refund.state != "RELEASED"
        )
        return payment.amount - sum(back, NOTHING)

    def check_settled(self) -> None:
        if self.paid("RESERVED"):
            raise PaymentUnderWay(timedelta(seconds=1))

    def changed(self, bill_id: UUID, reason: UUID, by: str) -> BillChanged:
        """Promise back what is paid too much, newest payment first."""
        return BillChanged(
            bill_id=bill_id,
            status=self.status,
            total=self.money(self.total),
            goes_back=tuple(self._going_back(reason, by)),
        )

    def _going_back(self, reason: UUID, by: str) -> Iterator[GoesBack]:
        excess = -self.balance - self.refunded("RESERVED")
        for payment_id in reversed(self.payments):
            part = min(excess, self.left_of(payment_id))
            if part > 0:
                refund_id = uuid5(reason, str(payment_id))
                self.refunds[refund_id] = Repayment(part, "RESERVED", by, payment_id=payment_id)
                excess -= part
                yield GoesBack(refund_id=refund_id, payment_id=payment_id, amount=self.money(part))


def difference(bill: Bill, fee: Decimal, tax_rate: Decimal) -> tuple[Priced | None, Decimal]:
    """Tell what another price of the consultation adds to its bill, or takes off."""
    change = price_of(fee, tax_rate) - bill.consultation
    if change <= 0:
        return None, -change
    tax = cents(change * tax_rate / (1 + tax_rate))
    return Priced(LineKind.CONSULTATION, change - tax, tax), NOTHING
