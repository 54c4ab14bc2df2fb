"""The arithmetic of bills: exact, rounded half-up once per line, never below the minor unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

from activities.billing.contract import AmountRefused, Line
from activities.contract import Money

MOST_DIGITS = 2  # NUMERIC(12,2) holds no more


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line and what it costs."""

    line: Line
    total: Decimal
    tax: Decimal


def minor_of(currency: str) -> int:
    """Count the digits behind the point that a currency can pay in."""
    digits = get_currency_precision(currency)
    if digits > MOST_DIGITS:
        raise AmountRefused("the currency has more than two decimals", {"field": "currency"})
    return digits


def half_up(amount: Decimal, minor: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-minor), ROUND_HALF_UP)


def priced(lines: Sequence[Line], minor: int) -> list[PricedLine]:
    return [price(line, minor) for line in lines]


def price(line: Line, minor: int) -> PricedLine:
    # A column would round a third decimal away without a word.
    if line.unit_price < 0 or line.unit_price != half_up(line.unit_price, MOST_DIGITS):
        raise AmountRefused("no such price", {"field": "unit_price"})
    total = half_up(line.quantity * line.unit_price, minor)
    return PricedLine(line, total, half_up(total * line.tax_rate, minor))


def check_payable(money: Money, currency: str) -> None:
    """Refuse what nobody can pay: nothing, less, parts of the minor unit, another currency."""
    if money.currency != currency:
        raise AmountRefused("the bill is in another currency", {"field": "currency"})
    if money.amount <= 0 or money.amount != half_up(money.amount, minor_of(currency)):
        raise AmountRefused("no such amount", {"field": "amount"})
