"""Amounts are exact: summed and rounded once per line, and no layer takes a wrong one."""

import math
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.billing.amounts import price
from activities.billing.contract import AmountExceedsDue, AmountRefused, Line
from activities.billing.service import BillingService
from activities.contract import Refusal
from activities.database import broken_guard
from tests.activities.bills import (
    ADD_LINE,
    BEGIN,
    TRACE,
    a_bill,
    a_line,
    a_payment,
    a_reservation,
    forged,
    line_of,
    reserve,
    write_bill,
)
from tests.conftest import EngineOf
from tests.examples import a_process

CHANGE = "UPDATE app.bills SET version = version + 1, {}"


async def write(engine: AsyncEngine, statement: str) -> None:
    """Write past the service, as a bug would."""
    async with engine.begin() as connection:
        await connection.execute(BEGIN, {"trace": TRACE})
        await connection.execute(text(statement))


def half_up(exact: Fraction, minor: int) -> Fraction:
    return Fraction(math.floor(exact * 10**minor + Fraction(1, 2)), 10**minor)


def some_lines(random: Random) -> list[Line]:
    return [
        a_line(
            price=str(Decimal(random.randrange(100_000)) / 100),
            rate=str(Decimal(random.randrange(3000)) / 10_000),
            quantity=str(Decimal(random.randrange(1, 1000)) / 100),
        )
        for _ in range(random.randrange(1, 6))
    ]


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 0), ("GBP", 2)])
async def test_a_bill_is_the_sum_of_its_lines_and_their_tax(
    billing: BillingService, currency: str, minor: int
) -> None:
    random = Random(f"{currency} 2026")  # noqa: S311 - the same bills in every run

    for number in range(50):
        lines = some_lines(random)
        state = await billing.open_bill(
            a_process(f"book-{number}"), a_bill(*lines, currency=currency)
        )

        nets = [
            half_up(Fraction(line.quantity) * Fraction(line.unit_price), minor) for line in lines
        ]
        taxes = [
            half_up(net * Fraction(line.tax_rate), minor)
            for net, line in zip(nets, lines, strict=True)
        ]
        assert Fraction(state.total.amount) == sum(nets) + sum(taxes)


@pytest.mark.parametrize("minor", [0, 1, 2])
def test_a_half_of_the_minor_unit_rounds_up_once_per_line(minor: int) -> None:
    half = Decimal(5).scaleb(-minor - 1)

    priced = price(
        a_line(price="3", quantity="1").model_copy(update={"quantity": half / 3 + 1}), minor
    )
    taxed = price(a_line(price="1", rate=str(half)), minor)

    assert priced.total == 3 + Decimal(1).scaleb(-minor)
    assert taxed.tax == Decimal(1).scaleb(-minor)


async def test_a_bill_with_a_wrong_total_fails_at_commit(
    billing: BillingService,  # noqa: ARG001
    engine_of: EngineOf,
) -> None:
    with pytest.raises(IntegrityError) as broken:
        await write_bill(engine_of("billing"), net="100.01", line="100.00")

    assert broken_guard(broken.value) == "bill_sums"


async def test_a_line_can_be_added_only_together_with_its_sum(
    billing: BillingService, engine_of: EngineOf
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)

    with pytest.raises(IntegrityError) as broken:
        async with engine_of("billing").begin() as connection:
            await connection.execute(ADD_LINE, line_of(bill.bill_id, "1.00", number=2))

    assert broken_guard(broken.value) == "bill_sums"


async def test_a_currency_with_three_decimals_is_refused(billing: BillingService) -> None:
    with pytest.raises(AmountRefused):
        await billing.open_bill(a_process(), a_bill(currency="KWD"))


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        ("0", AmountRefused),
        ("-1", AmountRefused),
        ("1.005", AmountRefused),
        ("105.01", AmountExceedsDue),
    ],
)
async def test_no_layer_takes_a_zero_negative_or_excess_amount(
    billing: BillingService, engine_of: EngineOf, amount: str, refusal: type[Refusal]
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    payment, process = forged(a_payment(bill), amount), a_process("payment-1")

    with pytest.raises(refusal):
        await billing.payments.reserve_payment(process, forged(a_reservation(bill), amount))
    if refusal is AmountRefused:
        with pytest.raises(ValidationError):
            a_payment(bill, amount)
        with pytest.raises(AmountRefused):
            await billing.payments.apply_payment(process, payment)
    if amount != "1.005":  # NUMERIC(12,2) rounds a third decimal before any check sees it
        with pytest.raises(IntegrityError) as broken:
            await reserve(engine_of("billing"), payment)
        assert broken_guard(broken.value) in {"settlement_positive", "bill_bounds"}


@pytest.mark.parametrize(("amount", "currency"), [("105.00", "EUR"), ("0.50", "JPY")])
async def test_money_of_another_currency_or_below_its_unit_is_refused(
    billing: BillingService, amount: str, currency: str
) -> None:
    bill = a_bill(currency="GBP" if currency == "EUR" else "JPY")
    await billing.open_bill(a_process(), bill)

    process, payment = a_process("payment-1"), a_payment(bill, amount, currency)

    with pytest.raises(AmountRefused):
        await billing.payments.reserve_payment(process, a_reservation(bill, amount, currency))
    with pytest.raises(AmountRefused):
        await billing.payments.apply_payment(process, payment)


@pytest.mark.parametrize("wrong", ["-0.01", "1.005"])
async def test_no_layer_takes_a_wrong_price(
    billing: BillingService, engine_of: EngineOf, wrong: str
) -> None:
    bill = a_bill(a_line().model_copy(update={"unit_price": Decimal(wrong)}))

    with pytest.raises(ValidationError):
        a_line(wrong)
    with pytest.raises(AmountRefused):
        await billing.open_bill(a_process(), bill)
    with pytest.raises(IntegrityError) as broken:
        await write_bill(engine_of("billing"), net="1.00", line="1.00", price=wrong)

    assert broken_guard(broken.value) in {"line_positive", "line_sum"}


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        ("status = 'PAID'", "bill_status"),
        ("paid_amount = total_amount", "bill_status"),
        ("paid_amount = 0.01, refunded_amount = 0.02", "bill_bounds"),
        ("credited_amount = total_amount + 0.01", "bill_bounds"),
        ("reserved_amount = -0.01", "bill_bounds"),
        ("reserved_amount = total_amount, paid_amount = 0.01", "bill_bounds"),
        ("credited_amount = total_amount, reserved_amount = 1, status = 'VOID'", "bill_bounds"),
    ],
)
async def test_the_database_lets_no_amount_and_no_status_of_a_bill_pass_that_cannot_be(
    billing: BillingService, engine_of: EngineOf, change: str, guard: str
) -> None:
    await billing.open_bill(a_process(), a_bill())

    with pytest.raises(IntegrityError) as broken:
        await write(engine_of("billing"), CHANGE.format(change))

    assert broken_guard(broken.value) == guard


async def test_the_worker_cannot_change_a_line_or_a_history(
    billing: BillingService, engine_of: EngineOf
) -> None:
    await billing.open_bill(a_process(), a_bill())

    for change in (
        "UPDATE app.bill_line_items SET description = ''",
        "UPDATE app.bill_adjustments SET reason = ''",
        "UPDATE app.bill_changes SET to_status = 'PAID'",
        "DELETE FROM app.bills",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with engine_of("billing").begin() as connection:
                await connection.execute(text(change))
