"""The language of message templates: text, listed values, `if`, and three filters. Pure.

A sandbox stops a template that reaches for attributes, but not one that computes for ever or fills
the memory. So a template is accepted only if its syntax tree holds nothing that could: no loops, no
constants, no operators, no calls.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from unicodedata import category

from babel.dates import format_date, format_time
from babel.numbers import format_currency
from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from typing_extensions import override

from activities.notifications.contract import TemplateInvalid

NAMES = frozenset(
    {
        "recipient.name",
        *("doctor", "department", "when", "timezone", "hold_minutes"),
        *("total", "fee", "refund", "due_date", "decline_code"),
        # A move's old time, the last day to contest; why money comes back, what a decline leaves.
        *("before", "until", "late", "stands"),
    }
)
FILTERS = frozenset({"date", "time", "money"})
LONGEST_TEMPLATE = 16 * 1024
LONGEST_TEXT = 64 * 1024
DEEPEST = 8
LOCALE = "en_GB"
UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
"""Controls, halves of characters, ends of lines and paragraphs: Unicode's categories of them."""

Values = Mapping[str, str | Mapping[str, str]]


class Missing(StrictUndefined):
    """A value that was not given: it can be asked for by `if`, and not be shown."""

    @override
    def __bool__(self) -> bool:  # type: ignore[override] # jinja says that it never returns
        return False


def date(value: str) -> str:
    """Write an ISO date or time as a day; what is none stays as it came."""
    try:
        return format_date(datetime.fromisoformat(value), "EEEE, d MMMM y", locale=LOCALE)
    except ValueError:
        return value


def time(value: str) -> str:
    try:
        return format_time(datetime.fromisoformat(value), "HH:mm", locale=LOCALE)
    except ValueError:
        return value


def money(value: str) -> str:
    """Write `105.00 GBP` as an amount; what is none stays as it came."""
    amount, _, currency = value.partition(" ")
    try:
        return format_currency(Decimal(amount), currency, locale=LOCALE)
    except (InvalidOperation, ValueError):
        return value


# Mail is text/plain: escaped for HTML, a name like O'Neil would arrive as O&#39;Neil.
LANGUAGE = ImmutableSandboxedEnvironment(
    undefined=Missing, autoescape=False, keep_trailing_newline=True
)
LANGUAGE.filters = {"date": date, "time": time, "money": money}
LANGUAGE.globals = {}


def check(template: str) -> None:
    """Raise `TemplateInvalid` unless the template holds nothing but what the language allows."""
    if len(template) > LONGEST_TEMPLATE:
        raise TemplateInvalid("the template is too long")
    try:
        tree = LANGUAGE.parse(template)
    except (TemplateSyntaxError, RecursionError) as error:
        raise TemplateInvalid("the template cannot be read") from error
    check_text(tree.body, 0)


def check_text(body: list[nodes.Node], depth: int) -> None:
    if depth > DEEPEST:
        raise TemplateInvalid("too many questions within questions")
    for node in body:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    check_shown(part)
            case nodes.If():
                check_value(node.test.node if isinstance(node.test, nodes.Not) else node.test)
                check_text([*node.body, *node.elif_, *node.else_], depth + 1)
            case _:
                raise TemplateInvalid(f"{type(node).__name__} is not allowed")


def check_shown(part: nodes.Node) -> None:
    match part:
        case nodes.TemplateData():
            pass
        case nodes.Filter(node=nodes.Expr() as value, name=name) if name in FILTERS:
            if part.args or part.kwargs or part.dyn_args or part.dyn_kwargs:
                raise TemplateInvalid("a filter takes nothing but its value")
            check_value(value)
        case nodes.Filter():
            raise TemplateInvalid("there is no such filter")
        case _:
            check_value(part)


def check_value(node: nodes.Node) -> None:
    match node:
        case nodes.Name(name=name, ctx="load"):
            path = name
        case nodes.Getattr(node=nodes.Name(name=name), attr=attribute, ctx="load"):
            path = f"{name}.{attribute}"
        case _:
            raise TemplateInvalid(f"{type(node).__name__} is not allowed")
    if path not in NAMES:
        raise TemplateInvalid("there is no such value")


@lru_cache(maxsize=256)
def compiled(template: str) -> Template:
    check(template)
    return LANGUAGE.from_string(template)


def render(template: str, values: Values) -> str:
    """Fill in a template. A value is data: it is not read as a template, and has one line."""
    try:
        return "".join(pieces(compiled(template).generate(clean(values))))
    except UndefinedError as error:
        raise TemplateInvalid("a value is missing") from error


def pieces(parts: Iterator[str]) -> Iterator[str]:
    """Stop a text before it fills the memory, not afterwards."""
    length = 0
    for part in parts:
        length += len(part.encode())
        if length > LONGEST_TEXT:
            raise TemplateInvalid("the text is too long")
        yield part


def clean(values: Values) -> dict[str, str | dict[str, str]]:
    return {
        name: one_line(value)
        if isinstance(value, str)
        else {part: one_line(text) for part, text in value.items()}
        for name, value in values.items()
    }


def one_line(value: str) -> str:
    """Take line ends and control characters out of a value, so that it never makes a header."""
    return " ".join("".join(" " if category(c) in UNSEEN else c for c in value).split())
