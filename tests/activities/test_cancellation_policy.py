"""What a cancellation costs is decided by the moment that it was asked at, to the microsecond."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.billing.contract import CancellationAsked, CancellationRule
from activities.billing.policy import (
    NOTHING,
    Charge,
    Cost,
    cost_of,
    free_until,
    percent_of,
    refused_from,
    rule_of,
)
from activities.contract import By
from tests.activities.bills import asked, the_terms

FREE, GRACE = CancellationRule.FREE, CancellationRule.GRACE
LATE, MOVED = CancellationRule.LATE_CANCELLATION, CancellationRule.LATE_MOVE
HOSPITAL = CancellationRule.HOSPITAL
TWO_HOURS, DAY = timedelta(hours=2), timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
ORDINARY = datetime(2026, 12, 1, 9, tzinfo=UTC)
# The clock changes, or midnight strikes, within the two hours before each.
PLACES = [
    ("UTC", ORDINARY),
    ("UTC", datetime(2027, 1, 1, 0, 30, tzinfo=UTC)),
    ("Europe/London", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
    ("Europe/London", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ("America/New_York", datetime(2027, 3, 14, 8, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 7, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2027, 4, 3, 16, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "start"), PLACES)
@pytest.mark.parametrize(
    ("before", "rule"),
    [
        (TWO_HOURS + MICROSECOND, FREE),
        (TWO_HOURS, LATE),
        (TWO_HOURS - MICROSECOND, LATE),
        (MICROSECOND, LATE),
    ],
)
def test_a_cancellation_is_free_only_more_than_two_hours_before(
    zone: str, start: datetime, before: timedelta, rule: CancellationRule
) -> None:
    there = ZoneInfo(zone)
    visit = asked(start.astimezone(there))

    assert rule_of(visit, (start - before).astimezone(there)) is rule
    assert rule_of(visit, start - before) is rule


@pytest.mark.parametrize(("zone", "start"), PLACES)
@pytest.mark.parametrize(
    ("after", "rule"), [(-MICROSECOND, GRACE), (timedelta(), GRACE), (MICROSECOND, LATE)]
)
def test_a_fresh_booking_is_free_inside_the_two_hours_too(
    zone: str, start: datetime, after: timedelta, rule: CancellationRule
) -> None:
    there = ZoneInfo(zone)
    booked_at = start - TWO_HOURS
    terms = the_terms(grace=90)
    visit = asked(start.astimezone(there), booked_at.astimezone(there), terms=terms)

    moment = booked_at + timedelta(minutes=90) + after

    assert rule_of(visit, moment.astimezone(there)) is rule


def test_without_a_grace_nothing_is_free_at_the_moment_of_the_booking() -> None:
    booked_at = ORDINARY - TWO_HOURS

    assert rule_of(asked(ORDINARY, booked_at), booked_at) is LATE


@pytest.mark.parametrize("grace", [0, 60])
def test_a_late_move_costs_for_good(grace: int) -> None:
    booked_at = ORDINARY - 9 * DAY
    moved = asked(ORDINARY, booked_at, late_move=True, terms=the_terms(grace=grace))

    for moment in (booked_at, ORDINARY - 8 * DAY, ORDINARY - MICROSECOND):
        assert rule_of(moved, moment) is MOVED
    assert free_until(moved) is None


@pytest.mark.parametrize("late_move", [False, True])
def test_a_hospital_that_cancels_gives_everything_back(*, late_move: bool) -> None:
    visit = asked(ORDINARY, by=By.HOSPITAL, late_move=late_move)

    for moment in (ORDINARY - DAY, ORDINARY - MICROSECOND, ORDINARY + DAY):
        assert rule_of(visit, moment) is HOSPITAL
    assert percent_of(HOSPITAL, visit.terms) == 0
    assert (free_until(visit), refused_from(visit)) == (None, None)


@pytest.mark.parametrize(
    ("grace", "until"),
    [
        (0, ORDINARY - TWO_HOURS),
        (30, ORDINARY - TWO_HOURS),
        (90, ORDINARY - TWO_HOURS + timedelta(minutes=30)),
        (24 * 60, ORDINARY),
    ],
)
def test_the_quote_says_until_when_it_is_free(grace: int, until: datetime) -> None:
    booked_at = ORDINARY - TWO_HOURS - timedelta(hours=1)
    visit = asked(ORDINARY, booked_at, terms=the_terms(grace=grace))

    assert free_until(visit) == until
    assert refused_from(visit) == ORDINARY


@pytest.mark.parametrize("rule", [FREE, GRACE, HOSPITAL])
def test_the_terms_that_were_accepted_decide(rule: CancellationRule) -> None:
    terms = the_terms(percent="33.33")

    assert percent_of(rule, terms) == 0
    assert percent_of(LATE, terms) == percent_of(MOVED, terms) == Decimal("33.33")


@pytest.mark.parametrize(
    ("consultation", "percent", "minor", "fee"),
    [
        ("105.00", "50", 2, "52.50"),
        ("0.01", "50", 2, "0.01"),
        ("0.03", "50", 2, "0.02"),
        ("0.05", "50", 2, "0.03"),
        ("105.00", "33.33", 2, "35.00"),
        ("105.00", "100", 2, "105.00"),
        ("105.00", "0", 2, "0"),
        ("5", "50", 0, "3"),
        ("105", "50", 0, "53"),
        ("0.5", "50", 1, "0.3"),
    ],
)
def test_a_fee_is_rounded_half_up_to_what_can_be_paid(
    consultation: str, percent: str, minor: int, fee: str
) -> None:
    amount = Decimal(consultation)

    cost = cost_of(Charge(amount, amount, amount), Decimal(percent), minor)

    assert cost.fee == Decimal(fee)
    assert cost.fee.as_tuple().exponent == -minor
    assert cost.credit == cost.refund == amount - cost.fee


def test_a_fee_that_nobody_paid_gives_nothing_back() -> None:
    consultation, others = Decimal("105.00"), Decimal("20.00")

    unpaid = cost_of(Charge(consultation, consultation + others, NOTHING), Decimal(50), 2)
    half_paid = cost_of(Charge(consultation, consultation + others, Decimal(60)), Decimal(50), 2)

    assert unpaid == Cost(Decimal("52.50"), Decimal("72.50"), NOTHING)
    assert half_paid.refund == Decimal("7.50")


def test_what_was_forgiven_before_is_not_charged_as_a_fee() -> None:
    charge = Charge(consultation=Decimal(100), asked=Decimal(20), received=Decimal(20))

    cost = cost_of(charge, Decimal(50), 2)

    assert cost == Cost(Decimal(20), NOTHING, NOTHING)


MOMENTS = st.integers(-3 * 24 * 3600, 0).map(lambda seconds: ORDINARY + timedelta(seconds=seconds))


@st.composite
def visits(draw: st.DrawFn) -> CancellationAsked:
    return asked(
        ORDINARY,
        draw(MOMENTS),
        by=draw(st.sampled_from(By)),
        late_move=draw(st.booleans()),
        terms=the_terms(
            minutes=draw(st.integers(0, 3000)),
            percent=str(draw(st.decimals(0, 100, places=2))),
            grace=draw(st.one_of(st.just(0), st.integers(0, 3000))),
        ),
    )


@st.composite
def charges(draw: st.DrawFn, minor: int) -> Charge:
    def amount(most: Decimal = Decimal(100_000)) -> Decimal:
        return draw(st.decimals(0, most, places=minor))

    consultation = amount()
    total = consultation + amount()
    owed = total - amount(total)
    return Charge(consultation, owed, amount(total))


@given(visit=visits(), moments=st.lists(MOMENTS, min_size=2, max_size=6), data=st.data())
def test_a_later_asking_never_brings_more_back(
    visit: CancellationAsked, moments: list[datetime], data: st.DataObject
) -> None:
    minor = data.draw(st.integers(0, 2))
    charge = data.draw(charges(minor))

    costs = [
        cost_of(charge, percent_of(rule_of(visit, moment), visit.terms), minor)
        for moment in sorted(moments)
    ]

    refunds = [cost.refund for cost in costs]
    assert refunds == sorted(refunds, reverse=True)
    for cost in costs:
        assert 0 <= cost.refund <= charge.received
        assert 0 <= cost.fee <= charge.asked
        assert cost.fee + cost.credit == charge.asked
        if charge.received >= cost.fee:
            assert cost.fee + cost.refund == charge.received


@given(visit=visits(), moment=MOMENTS)
def test_what_the_quote_says_is_what_is_charged(visit: CancellationAsked, moment: datetime) -> None:
    until = free_until(visit)
    is_free = rule_of(visit, moment) in (FREE, GRACE, HOSPITAL)

    if until is None:
        assert is_free is (visit.by is By.HOSPITAL)
    elif moment != until:
        assert is_free is (moment < until)
