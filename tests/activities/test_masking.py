"""Who lacks the scope sees how somebody is reached, and not where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities import masking

NUMBERS = st.text(st.characters(exclude_characters="*"), max_size=30)


def in_clear(masked: str) -> int:
    return sum(character != "*" for character in masked)


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("john.doe@example.com", "jo****@example.com"),
        ("joe@example.com", "jo****@example.com"),
        ("jo@example.com", "****@example.com"),
        ("j@example.com", "****@example.com"),
        ("@example.com", "****@example.com"),
        ("no address at all", "****"),
    ],
)
def test_two_letters_of_an_address_are_shown_at_most(email: str, shown: str) -> None:
    assert masking.email(email) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("1234567890", "******7890"),
        ("+447700900123", "*********0123"),
        ("+12345", "**2345"),
        ("+1234", "*****"),
        ("1234", "****"),
        ("7", "*"),
        ("", ""),
    ],
)
def test_four_digits_of_a_number_are_shown_at_most(phone: str, shown: str) -> None:
    assert masking.phone(phone) == shown


@given(st.text())
def test_an_address_that_is_masked_already_stays_as_it_is(email: str) -> None:
    once = masking.email(email)

    assert masking.email(once) == once


@given(st.text())
def test_a_number_that_is_masked_already_stays_as_it_is(phone: str) -> None:
    once = masking.phone(phone)

    assert masking.phone(once) == once


@given(st.text(min_size=1).filter(lambda local: "@" not in local))
def test_no_more_of_an_address_is_shown_than_its_first_letters(local: str) -> None:
    shown, at, domain = masking.email(f"{local}@example.com").rpartition("@")

    assert (at, domain) == ("@", "example.com")
    assert in_clear(shown) <= (2 if len(local) > 2 else 0)
    assert local.startswith(shown.rstrip("*")) or "*" in local


@given(NUMBERS)
def test_no_more_of_a_number_is_shown_than_its_last_digits(phone: str) -> None:
    shown = masking.phone(phone)
    digits = sum(character.isdigit() for character in phone)

    assert len(shown) == len(phone)
    assert in_clear(shown) <= (4 if digits > 4 else 0)
    assert phone.endswith(shown.lstrip("*"))


def test_the_rest_is_not_shown_at_all() -> None:
    assert masking.text("1 Main Street") == "****"
    assert masking.text(None) is None
    assert masking.date() == "****-**-**"
