"""Bills as tests need them, and ways past the service that a bug could take."""

import json
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.billing.contract import ApplyPayment, Line, OpenBill
from activities.contract import Money

DUE = date(2027, 1, 1)
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
BEGIN = text("SELECT set_config('hms.trace', :trace, true)")


def a_line(price: str = "100.00", rate: str = "0.05", quantity: str = "1") -> Line:
    return Line(
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


def a_payment(bill: OpenBill, amount: str = "105.00", currency: str = "GBP") -> ApplyPayment:
    return ApplyPayment(
        bill_id=bill.bill_id,
        payment_id=uuid4(),
        amount=Money(amount=Decimal(amount), currency=currency),
    )


def forged(payment: ApplyPayment, amount: str, currency: str = "GBP") -> ApplyPayment:
    """Make a message that its own type would have refused."""
    money = Money.model_construct(amount=Decimal(amount), currency=currency)
    return payment.model_copy(update={"amount": money})


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
    """Put money of a payment on hold, as `reserve_payment` will."""
    values = {
        "payment_id": payment.payment_id,
        "id": payment.bill_id,
        "amount": payment.amount.amount,
    }
    async with engine.begin() as connection:
        await connection.execute(BEGIN, {"trace": TRACE})
        await connection.execute(RESERVE, values)
