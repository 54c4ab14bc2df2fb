"""Bills as tests need them, and ways past the service that a bug could take."""

import json
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.billing.contract import (
    ApplyCancellation,
    ApplyPayment,
    BillStatus,
    CancellationAsked,
    GoesBack,
    Line,
    LineKind,
    OpenBill,
    PriceOfVisit,
    RecordRefund,
    RepriceBill,
    ReservePayment,
    ReserveRefund,
)
from activities.billing.service import BillingService
from activities.contract import By, Money
from activities.database import DatabaseBug, DatabaseFault
from activities.offers import Terms
from tests.examples import NOW, a_process

DUE = date(2027, 1, 1)
DAY = timedelta(days=1)
TRACE = json.dumps(
    {"workflow_id": "test", "accepted_at": "2026-12-01T08:00:00Z", "actor_role": "SYSTEM"}
)
ADD_BILL = text("""
    INSERT INTO app.bills (bill_id, patient_id, currency, amount, due_date)
    VALUES (:id, :id, 'GBP', :net, '2027-01-01')
""")
ADD_LINE = text("""
    INSERT INTO app.bill_line_items
      (line_item_id, bill_id, line_no, kind, description, unit_price, line_total)
    VALUES (:line_id, :id, :number, 'OTHER', 'x', :price, :total)
""")
RESERVE = text("""
    WITH reserved AS (
      INSERT INTO app.settlements (settlement_id, bill_id, kind, amount, state)
      VALUES (:payment_id, :id, 'PAYMENT', :amount, 'RESERVED'))
    UPDATE app.bills SET reserved_amount = :amount, version = version + 1 WHERE bill_id = :id
""")
Reply = TypeVar("Reply")
Paying = TypeVar("Paying", ApplyPayment, ReservePayment, ReserveRefund)
BEGIN = text("SELECT set_config('hms.trace', :trace, true)")


def a_line(
    price: str = "100.00",
    rate: str = "0.05",
    quantity: str = "1",
    kind: LineKind = LineKind.CONSULTATION,
) -> Line:
    return Line(
        kind=kind,
        description="Consultation",
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        tax_rate=Decimal(rate),
    )


def a_bill(*lines: Line, currency: str = "GBP", appointment: UUID | None = None) -> OpenBill:
    return OpenBill(
        bill_id=uuid4(),
        patient_id=uuid4(),
        appointment_id=appointment or uuid4(),
        currency=currency,
        lines=lines or (a_line(),),
        due_date=DUE,
    )


def with_an_other_line() -> OpenBill:
    """Ask for a consultation of 105.00 and for something of 21.00."""
    return a_bill(a_line("100.00"), a_line("20.00", kind=LineKind.PROCEDURE))


def a_payment(bill: OpenBill, amount: str = "105.00", currency: str = "GBP") -> ApplyPayment:
    return ApplyPayment(
        bill_id=bill.bill_id,
        payment_id=uuid4(),
        amount=Money(amount=Decimal(amount), currency=currency),
    )


def a_reservation(bill: OpenBill, amount: str = "105.00", currency: str = "GBP") -> ReservePayment:
    return ReservePayment(**dict(a_payment(bill, amount, currency)))


def a_refund(payment: ApplyPayment, amount: str, currency: str = "GBP") -> ReserveRefund:
    return ReserveRefund(
        refund_id=uuid4(),
        payment_id=payment.payment_id,
        amount=Money(amount=Decimal(amount), currency=currency),
    )


def forged(payment: Paying, amount: str, currency: str = "GBP") -> Paying:
    """Make a message that its own type would have refused."""
    money = Money.model_construct(amount=Decimal(amount), currency=currency)
    return payment.model_copy(update={"amount": money})


def the_terms(
    *, minutes: int = 120, percent: str = "50", no_show: str = "100", grace: int = 0
) -> Terms:
    return Terms(
        late_cancel_minutes=minutes,
        late_cancel_fee_percent=Decimal(percent),
        no_show_fee_percent=Decimal(no_show),
        cancel_grace_minutes=grace,
    )


def asked(
    start: datetime,
    booked_at: datetime | None = None,
    *,
    by: By = By.PATIENT,
    late_move: bool = False,
    terms: Terms | None = None,
) -> CancellationAsked:
    return CancellationAsked(
        by=by,
        slot_start=start,
        booked_at=booked_at or start - 30 * DAY,
        late_move=late_move,
        terms=terms or the_terms(),
    )


def a_cancellation(
    bill: OpenBill, *, before: timedelta = DAY, by: By = By.PATIENT, percent: str = "50"
) -> ApplyCancellation:
    """Cancel so long before the visit begins."""
    assert bill.appointment_id
    return ApplyCancellation(
        appointment_id=bill.appointment_id,
        asked=asked(NOW + before, by=by, terms=the_terms(percent=percent)),
        adjustment_id=uuid4(),
        reason="cannot come",
    )


def the_price(bill: OpenBill, fee: str, rate: str = "0.05", currency: str = "GBP") -> PriceOfVisit:
    assert bill.appointment_id
    return PriceOfVisit(
        appointment_id=bill.appointment_id,
        fee=Money(amount=Decimal(fee), currency=currency),
        tax_rate=Decimal(rate),
    )


def a_price(
    bill: OpenBill, fee: str, rate: str = "0.05", *, paid_by: UUID | None = None
) -> RepriceBill:
    return RepriceBill(
        **dict(the_price(bill, fee, rate, bill.currency)),
        adjustment_id=uuid4(),
        description="Consultation, moved",
        paid_by=paid_by,
    )


def line_of(bill_id: UUID, total: str, *, price: str = "", number: int = 1) -> dict[str, object]:
    return {
        "line_id": uuid4(),
        "id": bill_id,
        "number": number,
        "price": Decimal(price or total),
        "total": Decimal(total),
    }


async def write_bill(engine: AsyncEngine, *, net: str, line: str, price: str = "") -> None:
    """Write a bill past the service, as a bug would."""
    bill_id = uuid4()
    async with engine.begin() as connection:
        await connection.execute(BEGIN, {"trace": TRACE})
        await connection.execute(ADD_BILL, {"id": bill_id, "net": Decimal(net)})
        await connection.execute(ADD_LINE, line_of(bill_id, line, price=price))


async def reserve(engine: AsyncEngine, payment: ApplyPayment) -> None:
    """Put money of a payment on hold past the service, as a bug would."""
    values = {
        "payment_id": payment.payment_id,
        "id": payment.bill_id,
        "amount": payment.amount.amount,
    }
    async with engine.begin() as connection:
        await connection.execute(BEGIN, {"trace": TRACE})
        await connection.execute(RESERVE, values)


async def opened(billing: BillingService, bill: OpenBill, *paid: str) -> list[ApplyPayment]:
    """Open a bill, and pay so much of it in turn."""
    await billing.open_bill(a_process(f"book-{bill.bill_id}"), bill)
    payments = [a_payment(bill, amount) for amount in paid]
    for payment in payments:
        process = a_process(f"payment-{payment.payment_id}")
        await billing.payments.apply_payment(process, payment)
    return payments


async def give_back(billing: BillingService, parts: tuple[GoesBack, ...]) -> BillStatus | None:
    """Let everything that goes back arrive."""
    status = None
    for part in parts:
        process = a_process(f"refund-{part.refund_id}")
        record = RecordRefund(refund_id=part.refund_id)
        status = (await billing.refunds.record_refund(process, record)).status
    return status


async def insist(ask: Callable[[], Awaitable[Reply]]) -> Reply:
    """Ask again whenever a time box ran out, as the engine does: this machine may be busy."""
    while True:
        try:
            return await ask()
        except DatabaseBug:
            raise
        except DatabaseFault:
            continue


def goes(parts: tuple[GoesBack, ...]) -> Decimal:
    """Sum up what goes back."""
    return sum((part.amount.amount for part in parts), Decimal(0))
