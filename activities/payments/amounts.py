"""What can be paid: whole minor units of a currency, more than nothing."""

from decimal import Decimal

from babel.numbers import get_currency_precision

from activities.contract import Money
from activities.payments.faults import GatewayRejected

MOST_DIGITS = 2  # NUMERIC(12,2) holds no more


def minor_units(money: Money) -> int:
    """Count an amount as gateways do. What nobody can pay is a bug: rejected before they do it."""
    digits = get_currency_precision(money.currency)
    if digits > MOST_DIGITS:
        raise GatewayRejected("the currency has more than two decimals")
    units = money.amount.scaleb(digits)
    if units <= 0 or units != units.to_integral_value():
        raise GatewayRejected("no such amount")
    return int(units)


def money_of(units: int, currency: str) -> Money:
    """Read an amount as gateways count it."""
    currency = currency.upper()
    return Money(amount=Decimal(units).scaleb(-get_currency_precision(currency)), currency=currency)
