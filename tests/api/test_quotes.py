"""What a cancellation would cost is what it costs: at each edge, whatever was paid before."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from activities.billing.contract import (
    ApplyCancellation,
    ApplyPayment,
    BillChanged,
    Line,
    LineKind,
    OpenBill,
    RepriceBill,
    ReserveRefund,
)
from activities.billing.service import BillingService
from activities.contract import By, Money
from activities.process import Process
from api.parts import Readers
from api.problems import Code, Problem
from api.quotes import asked_of, charge_of, quote, unbilled
from api.shown import MoneyOut
from db.reading import Record
from tests.activities.bills import DUE, a_line
from tests.api.hospital import NINE
from tests.conftest import EngineOf
from tests.examples import a_process, an_offer

TICK, TWO_HOURS, GRACE = timedelta(microseconds=1), timedelta(hours=2), timedelta(minutes=30)
BOOKED_AT = NINE - timedelta(hours=2, minutes=10)
LATE_FROM, GRACE_ENDS = NINE - TWO_HOURS, BOOKED_AT + GRACE
ECG = Line(
    kind=LineKind.PROCEDURE,
    description="ECG",
    unit_price=Decimal("20.00"),
    tax_rate=Decimal("0.05"),
)


def a_row(**changed: object) -> Record:
    """Make a row of the published view, as far as a quote reads it."""
    offer = an_offer(NINE)
    terms = offer.terms.model_dump(mode="json")
    terms |= {"fee": offer.fee.model_dump(mode="json"), "tax_rate": str(offer.tax_rate)}
    row = {
        "appointment_id": uuid4(),
        "status": "BOOKED",
        "slot_start": NINE,
        "accepted_at": BOOKED_AT,
        "late_move": False,
        "terms": terms,
        **changed,
    }
    return cast("Record", row)


def with_grace(row: Record) -> Record:
    terms: Mapping[str, Any] = {**row["terms"], "cancel_grace_minutes": 30}
    return cast("Record", {**row, "terms": terms})


@dataclass
class Till:
    """A bill, and what happens to it."""

    billing: BillingService
    bill: OpenBill

    @property
    def process(self) -> Process:
        return a_process(f"till-{uuid4()}", BOOKED_AT)

    async def pay(self, amount: str) -> UUID:
        payment = ApplyPayment(bill_id=self.bill.bill_id, payment_id=uuid4(), amount=pounds(amount))
        await self.billing.payments.apply_payment(self.process, payment)
        return payment.payment_id

    async def give_back(self, payment_id: UUID, amount: str) -> None:
        refund = ReserveRefund(refund_id=uuid4(), payment_id=payment_id, amount=pounds(amount))
        await self.billing.refunds.reserve_refund(self.process, refund)

    async def reprice(self, fee: str) -> BillChanged:
        assert self.bill.appointment_id
        price = RepriceBill(
            appointment_id=self.bill.appointment_id,
            fee=pounds(fee),
            tax_rate=Decimal("0.05"),
            adjustment_id=uuid4(),
            description="Consultation",
        )
        return await self.billing.prices.reprice_bill(self.process, price)


def pounds(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="GBP")


async def unpaid(_: Till) -> None:
    """Nobody has paid anything."""


async def part_paid(till: Till) -> None:
    await till.pay("30.00")


async def paid_twice(till: Till) -> None:
    await till.pay("30.00")
    await till.pay("96.00")


async def partly_given_back(till: Till) -> None:
    await till.give_back(await till.pay("126.00"), "10.99")


async def cheaper_by_a_move(till: Till) -> None:
    await till.pay("126.00")
    await till.reprice("33.33")


async def dearer_by_a_move(till: Till) -> None:
    await till.reprice("150.01")
    await till.pay("20.00")


History = Callable[[Till], Awaitable[None]]
HISTORIES: list[History] = [
    unpaid,
    part_paid,
    paid_twice,
    partly_given_back,
    cheaper_by_a_move,
    dearer_by_a_move,
]
MOMENTS = [
    BOOKED_AT,
    LATE_FROM - TICK,
    LATE_FROM,
    LATE_FROM + TICK,
    GRACE_ENDS,
    GRACE_ENDS + TICK,
    NINE - TICK,
]


@pytest.fixture
def billing(engine_of: EngineOf, emptied: None) -> BillingService:  # noqa: ARG001 - for the end
    return BillingService(engine_of("billing"))


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("kind", ["plain", "with grace", "moved late"])
async def test_a_quote_equals_the_charge_at_that_instant(
    readers: Readers, billing: BillingService, history: History, by: By, kind: str
) -> None:
    for moment in MOMENTS:
        row = a_row(late_move=kind == "moved late")
        row = with_grace(row) if kind == "with grace" else row
        till = await open_bill(billing, row)
        await history(till)
        charge = await readers.billing.charge_of(row["appointment_id"])
        assert charge is not None

        told = quote(row, charge_of(charge), by, moment)
        charged = await billing.cancellations.apply_cancellation(
            a_process(f"cancel-{uuid4()}", moment),
            ApplyCancellation(
                appointment_id=row["appointment_id"],
                asked=asked_of(row, by),
                adjustment_id=uuid4(),
                reason="as quoted",
            ),
        )

        back = sum((part.amount.amount for part in charged.goes_back), Decimal(0))
        assert told.rule == charged.rule
        assert told.fee == MoneyOut.of_money(charged.fee)
        assert told.refund == MoneyOut.of(back, "GBP")
        assert told.paid
        if Decimal(told.paid.amount) >= charged.fee.amount:
            assert back + charged.fee.amount == Decimal(told.paid.amount)


async def open_bill(billing: BillingService, row: Record) -> Till:
    bill = OpenBill(
        bill_id=uuid4(),
        patient_id=uuid4(),
        appointment_id=row["appointment_id"],
        currency="GBP",
        lines=(a_line(), ECG),
        due_date=DUE,
    )
    await billing.open_bill(a_process(f"book-{bill.appointment_id}", BOOKED_AT), bill)
    return Till(billing, bill)


@pytest.mark.parametrize(
    ("moment", "rule"),
    [
        (LATE_FROM - TICK, "free"),
        (LATE_FROM, "late-cancellation"),
        (LATE_FROM + TICK, "late-cancellation"),
        (NINE - TICK, "late-cancellation"),
    ],
)
def test_at_two_hours_exactly_it_is_late(moment: datetime, rule: str) -> None:
    row = a_row()

    told = quote(row, unbilled(row), By.PATIENT, moment)

    assert told.rule == rule
    assert told.free_until == LATE_FROM
    assert (told.as_of < LATE_FROM) == (told.fee.amount == "0.00")


def test_grace_lasts_to_its_last_instant() -> None:
    row = with_grace(a_row())

    rules = [
        quote(row, unbilled(row), By.PATIENT, moment).rule
        for moment in (GRACE_ENDS, GRACE_ENDS + TICK)
    ]

    assert rules == ["grace", "late-cancellation"]


@pytest.mark.parametrize("moment", [NINE, NINE + TICK])
def test_from_its_start_on_a_patient_is_quoted_nothing(moment: datetime) -> None:
    row = a_row()

    with pytest.raises(Problem) as problem:
        quote(row, unbilled(row), By.PATIENT, moment)

    assert problem.value.code is Code.VISIT_STARTED
    assert quote(row, unbilled(row), By.HOSPITAL, moment).fee.amount == "0.00"


@pytest.mark.parametrize(
    ("by", "status"),
    [
        (By.PATIENT, "CHECKED_IN"),
        (By.PATIENT, "HELD"),
        (By.HOSPITAL, "NO_SHOW"),
        (By.HOSPITAL, "COMPLETED"),
        (By.HOSPITAL, "CANCELLED"),
    ],
)
def test_what_cannot_be_cancelled_is_not_quoted(by: By, status: str) -> None:
    row = a_row(status=status)

    with pytest.raises(Problem) as problem:
        quote(row, unbilled(row), by, BOOKED_AT)

    assert problem.value.code is Code.WRONG_STATE
    assert problem.value.more == {"current_status": status}


def test_whoever_has_come_is_sent_home_by_the_hospital_alone() -> None:
    row = a_row(status="CHECKED_IN")

    assert quote(row, unbilled(row), By.HOSPITAL, NINE + TICK).rule == "hospital"


async def test_a_bill_that_was_closed_is_nobodys(
    readers: Readers, billing: BillingService, superuser: dict[str, asyncpg.Connection]
) -> None:
    row = a_row()
    till = await open_bill(billing, row)
    opened = a_process(f"book-{row['appointment_id']}", BOOKED_AT)
    await billing.void_bill(opened, till.bill)

    assert await readers.billing.charge_of(row["appointment_id"]) is None
    bills = await superuser["billing"].fetch("SELECT status FROM app.bills")
    assert [bill["status"] for bill in bills] == ["VOID"]
