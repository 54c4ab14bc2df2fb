"""A template says what it may say, and computes nothing."""

import pytest

from activities.notifications.contract import TemplateInvalid
from activities.notifications.templates import check, one_line, render
from tests.activities.planted import PLANTED

ATTACKS = {
    "a class of a class": "{{ ''.__class__.__mro__ }}",
    "an attribute that is not listed": "{{ recipient.__class__ }}",
    "an attribute of an attribute": "{{ recipient.name.upper }}",
    "an attribute by its text": "{{ recipient['__class__'] }}",
    "a filter that reads attributes": "{{ recipient | attr('__class__') }}",
    "a value that is not listed": "{{ config }}",
    "a whole person": "{{ recipient }}",
    "the template itself": "{{ self }}",
    "its blocks": "{{ self._TemplateReference__context }}",
    "a global": "{{ cycler.__init__.__globals__.os }}",
    "a call": "{{ doctor() }}",
    "a method": "{{ doctor.upper() }}",
    "a call in a question": "{% if lipsum() %}x{% endif %}",
    "a long text": "{{ 'a' * 10 ** 8 }}",
    "a wide format": "{{ '%0500000000d' | format(1) }}",
    "a constant": "{{ 1 }}",
    "a sum": "{{ doctor + doctor }}",
    "a list": "{{ [doctor, doctor] }}",
    "a comparison": "{% if doctor == 'Ada' %}x{% endif %}",
    "a test": "{{ doctor is defined }}",
    "a choice": "{{ doctor if doctor else when }}",
    "a filter that is not listed": "{{ doctor | upper }}",
    "a filter of a filter": "{{ total | money | money }}",
    "a filter of a constant": "{{ '1 EUR' | money }}",
    "a filter with arguments": "{{ total | money(doctor) }}",
    "a filter around text": "{% filter upper %}x{% endfilter %}",
    "a loop": "{% for c in doctor %}{{ c }}{% endfor %}",
    "loops in loops": "{% for a in range(9) %}{% for b in range(9) %}x{% endfor %}{% endfor %}",
    "a variable": "{% set doctor = when %}",
    "a variable with a body": "{% set doctor %}x{% endset %}",
    "a scope": "{% with total = fee %}x{% endwith %}",
    "a macro": "{% macro m() %}{{ m() }}{% endmacro %}",
    "a call of a macro": "{% call m() %}x{% endcall %}",
    "another template": "{% include 'etc/passwd' %}",
    "a parent": "{% extends doctor %}",
    "an import": "{% import 'os' as os %}",
    "a block": "{% block b %}x{% endblock %}",
    "other rules": "{% autoescape false %}x{% endautoescape %}",
    "a loop in a question": "{% if fee %}{% for c in fee %}x{% endfor %}{% endif %}",
    "a loop in the other case": "{% if fee %}{% elif total %}{% else %}{{ lipsum }}{% endif %}",
    "deep questions": "{% if fee %}" * 90 + "{% endif %}" * 90,
    "deeper questions": "{% if fee %}" * 1000 + "{% endif %}" * 1000,
    "deep brackets": "{{ " + "(" * 2000 + "fee" + ")" * 2000 + " }}",
    "a book": "a" * 20_000,
    "half a template": "{{ doctor",
    "half a question": "{% if doctor %}",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_template_that_could_do_harm_is_refused(attack: str) -> None:
    with pytest.raises(TemplateInvalid) as refusal:
        check(ATTACKS[attack])

    assert refusal.value.code == "template-invalid"


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_refused_is_not_rendered_either(attack: str) -> None:
    with pytest.raises(TemplateInvalid):
        render(ATTACKS[attack], {"doctor": "Ada", "fee": "1"})


def test_a_template_shows_values_and_asks_for_them() -> None:
    template = (
        "Dear {{ recipient.name }},{% if not fee %} free{% elif total %} {{ total | money }}"
        "{% else %} {{ fee | money }}{% endif %} {# not shown #}on {{ due_date | date }}"
    )
    values = {"fee": "5.50 EUR", "due_date": "2026-12-31"}

    text = render(template, {**values, "recipient": {"name": "Jo"}})

    assert text == "Dear Jo, €5.50 on Thursday, 31 December 2026"


@pytest.mark.parametrize(
    ("template", "value", "shown"),
    [
        ("{{ when | date }}", "2026-12-02T09:05:00", "Wednesday, 2 December 2026"),
        ("{{ when | time }}", "2026-12-02T09:05:00", "09:05"),
        ("{{ when | time }}", "2026-12-02T09:05:00+01:00", "09:05"),
        ("{{ when | money }}", "1234.50 GBP", "£1,234.50"),
        ("{{ when | money }}", "1234 JPY", "JP¥1,234"),
        ("{{ when | money }}", "0.00 EUR", "€0.00"),
        ("{{ when | date }}", "soon", "soon"),
        ("{{ when | time }}", "soon", "soon"),
        ("{{ when | money }}", "a lot", "a lot"),
    ],
)
def test_a_filter_writes_a_value_for_people(template: str, value: str, shown: str) -> None:
    assert render(template, {"when": value}) == shown


def test_a_value_that_is_missing_can_be_asked_for_and_not_be_shown() -> None:
    assert render("{% if fee %}x{% endif %}-", {}) == "-"
    with pytest.raises(TemplateInvalid):
        render("{{ fee }}", {})
    with pytest.raises(TemplateInvalid):
        render("{{ fee | money }}", {})


def test_a_value_is_never_read_as_a_template() -> None:
    assert render("{{ doctor }}", {"doctor": "{{ fee }}<b>&"}) == "{{ fee }}<b>&"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0", "\v", "\f", "\x1c", "\x85", "\u2028"])
def test_a_value_has_one_line(end: str) -> None:
    assert render("{{ doctor }}", {"doctor": f"Ada{end}Bcc: x@y.org"}) == "Ada Bcc: x@y.org"


def test_a_name_keeps_its_letters() -> None:
    for name in ("Zoë O'Neil", "Łukasz", "می‌نا", "李小龙", "👩‍⚕️"):
        assert one_line(name) == name


def test_a_text_that_grows_too_long_is_refused_before_it_is_whole() -> None:
    template = "{{ doctor }}" * 1000

    with pytest.raises(TemplateInvalid):
        render(template, {"doctor": "x" * 1_000_000})


OF_A_VISIT = {
    "doctor": "Ada Wong",
    "department": "Cardiology",
    "when": "Wednesday, 02 December 2026 at 09:00 (UTC)",
}
TOTAL = {"total": "105.00 GBP"}
MONEY = {"fee": "52.50 GBP", "refund": "52.50 GBP"}
SAID = [
    ("booked", OF_A_VISIT, ["is booked", "Ada Wong"], ["£"]),
    ("booked", {**OF_A_VISIT, **TOTAL, "due_date": "2026-12-31"}, ["£105.00", "31 Dec"], []),
    ("receipt", {**OF_A_VISIT, **TOTAL}, ["£105.00", "When: Wednesday"], []),
    ("receipt", TOTAL, ["£105.00"], ["Doctor", "When"]),
    ("hold-expired", {**OF_A_VISIT, "hold_minutes": "10"}, ["for 10 minutes"], []),
    ("payment-declined", OF_A_VISIT, ["so it is not booked. You were", "Ada Wong"], ["£"]),
    ("payment-declined", {**OF_A_VISIT, "stands": "yes"}, ["Nothing else"], ["not booked", "£"]),
    (
        *("payment-declined", {**TOTAL, "stands": "yes"}),
        *(["payment of £105.00. Nothing else"], ["not booked", "Doctor"]),
    ),
    ("moved", {**OF_A_VISIT, "before": "Monday at 8"}, ["the old time, Monday at 8."], []),
    ("moved", OF_A_VISIT, ["When: Wednesday"], ["old time"]),
    ("cancelled", OF_A_VISIT, ["need not come", "Ada Wong"], ["Fee", "£", "money"]),
    ("cancelled", {**OF_A_VISIT, **MONEY}, ["Fee: £52.50", "back to you: £52.50"], []),
    ("refunded", {**OF_A_VISIT, **TOTAL}, ["£105.00", "Ada Wong"], ["no longer free"]),
    ("refunded", {**OF_A_VISIT, **TOTAL, "late": "yes"}, ["£105.00", "no longer free"], []),
    ("refunded", TOTAL, ["£105.00"], ["Doctor", "no longer free"]),
    ("refund-delayed", {**OF_A_VISIT, **TOTAL}, ["£105.00", "Ada Wong"], []),
    ("refund-delayed", TOTAL, ["£105.00"], ["Doctor"]),
    ("reminder", OF_A_VISIT, ["When: Wednesday", "Ada Wong"], []),
    (
        *("no-show", {**OF_A_VISIT, "fee": "105.00 GBP", "until": "2026-12-09"}),
        *(["Fee: £105.00", "by Wednesday, 9 December 2026. The fee"], []),
    ),
    ("no-show", {**OF_A_VISIT, "until": "2026-12-09"}, ["by Wednesday, 9"], ["Fee", "fee"]),
    ("waived", {**OF_A_VISIT, **TOTAL}, ["£105.00", "Ada Wong"], []),
    ("completed", OF_A_VISIT, ["Thank you", "Ada Wong"], []),
]


@pytest.mark.parametrize(("event", "values", "said", "unsaid"), SAID)
def test_a_planted_message_says_what_it_knows_and_nothing_else(
    event: str, values: dict[str, str], said: list[str], unsaid: list[str]
) -> None:
    subject, body = (
        render(template, {**values, "recipient": {"name": "Jo Doe"}}) for template in PLANTED[event]
    )

    assert body.startswith("Dear Jo Doe,\n\n")
    assert body.endswith("\n")
    assert "\n\n\n" not in body
    assert len(subject) < 80
    assert all(words in body for words in said)
    assert not any(words in subject + body for words in unsaid)


def test_every_planted_message_has_been_read() -> None:
    assert {event for event, *_ in SAID} == set(PLANTED)


@pytest.mark.parametrize("event", PLANTED)
def test_a_planted_template_is_one_that_is_accepted(event: str) -> None:
    for template in PLANTED[event]:
        check(template)
