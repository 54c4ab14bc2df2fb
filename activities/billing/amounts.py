"""The arithmetic of bills: exact, rounded half-up once per line, never below the minor unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

from activities.billing.contract import AmountRefused, Line, PriceOfVisit
from activities.contract import Money

MOST_DIGITS = 2  # NUMERIC(12,2) holds no more


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line and what it costs."""

    line: Line
    total: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.total + self.tax


def minor_of(currency: str) -> int:
    """Count the digits behind the point that a currency can pay in."""
    digits = get_currency_precision(currency)
    if digits > MOST_DIGITS:
        raise AmountRefused("the currency has more than two decimals", {"field": "currency"})
    return digits


def half_up(amount: Decimal, minor: int) -> Decimal:
    return amount.quantize(unit_of(minor), ROUND_HALF_UP)


def unit_of(minor: int) -> Decimal:
    """Name the least that can be paid."""
    return Decimal(1).scaleb(-minor)


def priced(lines: Sequence[Line], minor: int) -> list[PricedLine]:
    return [price(line, minor) for line in lines]


def price(line: Line, minor: int) -> PricedLine:
    check_price(line.unit_price)
    total = half_up(line.quantity * line.unit_price, minor)
    return PricedLine(line, total, half_up(total * line.tax_rate, minor))


def price_of(visit: PriceOfVisit, currency: str) -> Decimal:
    """Tell what a visit costs, tax included, as its bill would if it were written now."""
    if visit.fee.currency != currency:
        raise AmountRefused("the bill is in another currency", {"field": "currency"})
    check_price(visit.fee.amount)
    minor = minor_of(currency)
    net = half_up(visit.fee.amount, minor)
    return net + half_up(net * visit.tax_rate, minor)


def surcharge(description: str, gross: Decimal, tax_rate: Decimal, minor: int) -> PricedLine:
    """Find the least line that costs this much with its tax, or a minor unit more.

    Not every amount is a net and its tax: at 5 % nothing costs 0.10. What the line has too much,
    never more than one unit, is credited beside it.
    """
    net = (gross / (1 + tax_rate)).quantize(unit_of(minor), ROUND_DOWN)
    line = price(Line(description=description, unit_price=net, tax_rate=tax_rate), minor)
    if line.gross >= gross:
        return line
    more = line.line.model_copy(update={"unit_price": net + unit_of(minor)})
    return price(more, minor)


def check_price(amount: Decimal) -> None:
    # A column would round a third decimal away without a word.
    if amount < 0 or amount != half_up(amount, MOST_DIGITS):
        raise AmountRefused("no such price", {"field": "unit_price"})


def check_payable(money: Money, currency: str) -> None:
    """Refuse what nobody can pay: nothing, less, parts of the minor unit, another currency."""
    if money.currency != currency:
        raise AmountRefused("the bill is in another currency", {"field": "currency"})
    if money.amount <= 0 or money.amount != half_up(money.amount, minor_of(currency)):
        raise AmountRefused("no such amount", {"field": "amount"})
