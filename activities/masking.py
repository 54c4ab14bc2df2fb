"""How personal data is shown to whoever may not know it: in answers and in logs."""

STARS = "****"
LETTERS, DIGITS = 2, 4
"""What is shown of an address before its @, and of a number at its end, at most."""


def email(address: str) -> str:
    """Show the first letters and the domain; of one or two letters, none."""
    local, at, domain = address.rpartition("@")
    # Stars are no letters: what is masked already stays as it is.
    shown = local[:LETTERS].replace("*", "") if len(local) > LETTERS else ""
    return f"{shown}{STARS}{at}{domain if at else ''}"


def phone(number: str) -> str:
    """Show the last four digits; of four or fewer, none."""
    hidden, shown = number[:-DIGITS], number[-DIGITS:]
    digits = sum(character.isdigit() for character in number)
    is_masked = bool(hidden) and set(hidden) == {"*"}
    if digits <= DIGITS and not is_masked:
        hidden, shown = number, ""
    return "*" * len(hidden) + shown


def text(value: str | None) -> str | None:
    """Show that there is something."""
    return STARS if value else value


def date() -> str:
    return "****-**-**"
