"""How single values are read: one form each. What fails says which rule, never which value."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import phonenumbers
from babel.core import get_global
from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

YEARS = range(2020, 2101)
BIRTH_YEARS = range(1900, 2101)
CURRENCIES = get_global("all_currencies")
CARD_FORM = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)", re.ASCII)
ID_FORM = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
"""A UUID, with or without its dashes. Two in a thousand hold what would pass for a card number."""
BIDI = {*"\u061c\u200e\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
REFUSED_CATEGORIES = {"Cc", "Cs"}
"""Control characters, and halves of a pair: they are no UTF-8."""

WHY = {
    "id-form": "An id is a UUID in lower case, with dashes.",
    "instant-form": "A time is RFC 3339 with an offset, from 2020 to 2100.",
    "date-form": "A date is YYYY-MM-DD.",
    "time-form": "A wall time is HH:MM.",
    "amount-form": "An amount is a string of digits with at most two decimals.",
    "phone-form": "A phone number is E.164: a plus sign and digits.",
    "flag-form": "This is true or false.",
    "number-form": "A number is whole, in range, and written in digits.",
    "control-character": "Control characters are refused.",
    "card-number": "This looks like a card number.",
    "unknown-currency": "There is no such currency.",
    "too-many-digits": "The currency has fewer digits.",
    "not-positive": "The amount must be above zero.",
    "card-needs-method": "A card is paid with a method of the gateway's.",
    "only-for-cards": "Only a card has a method of the gateway's.",
    "only-at-the-desk": "A card has no reference of the desk's.",
}


def refused(code: str) -> PydanticCustomError:
    return PydanticCustomError(code, WHY[code])


def written(code: str, pattern: str, read: Callable[[str], Any]) -> BeforeValidator:
    """Read a value from a string of one form; what has the form and no sense is refused alike."""
    form = re.compile(pattern, re.ASCII)

    def check(value: object) -> Any:  # noqa: ANN401 - what `read` makes
        if not isinstance(value, str) or not form.fullmatch(value):
            raise refused(code)
        try:
            return read(value)
        except ValueError:
            raise refused(code) from None

    return BeforeValidator(check)


def plain(*, lines: bool = False) -> AfterValidator:
    """Take a text that is what it looks like, and that every database can hold."""

    def check(value: str) -> str:
        text = unicodedata.normalize("NFC", value).strip()
        for character in text:
            if lines and character == "\n":
                continue
            if character in BIDI or unicodedata.category(character) in REFUSED_CATEGORIES:
                raise refused("control-character")
        if any(map(is_card_number, CARD_FORM.findall(ID_FORM.sub("", text)))):
            raise refused("card-number")
        return text

    return AfterValidator(check)


def is_card_number(text: str) -> bool:
    """Tell by the check digit of Luhn."""
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    return sum(sum(divmod(2 * d, 10)) if n % 2 else d for n, d in enumerate(digits)) % 10 == 0


def read_instant(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.year not in YEARS:
        raise ValueError(moment.year)
    return moment.astimezone(UTC)


def read_date(value: str) -> date:
    day = date.fromisoformat(value)
    if day.year not in BIRTH_YEARS:
        raise ValueError(day.year)
    return day


def read_phone(value: str) -> str:
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException as error:
        raise ValueError(error.error_type) from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError(number.country_code)
    return value


def known_currency(value: str) -> str:
    if value not in CURRENCIES:
        raise refused("unknown-currency")
    return value
