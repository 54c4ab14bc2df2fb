"""What can be paid: whole minor units of a currency, more than nothing."""

from babel.numbers import get_currency_precision

from activities.contract import Money
from activities.payments.contract import AmountRefused

MOST_DIGITS = 2  # NUMERIC(12,2) holds no more


def minor_units(money: Money) -> int:
    """Count an amount as gateways do. Refuses what nobody can pay."""
    digits = get_currency_precision(money.currency)
    if digits > MOST_DIGITS:
        raise AmountRefused("the currency has more than two decimals", {"field": "currency"})
    units = money.amount.scaleb(digits)
    if units <= 0 or units != units.to_integral_value():
        raise AmountRefused("no such amount", {"field": "amount"})
    return int(units)
