"""What two databases say of one thing is the same, or it is told what differs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from activities.comparisons import bills, money
from activities.facts import AccountFact, BillFact, EndFact, FeeFact, PaymentFact, VisitFact
from activities.offers import Terms

VISIT = UUID(int=1)
TOTAL = Decimal("105.00")


def terms(**changes: object) -> Terms:
    accepted = Terms(
        late_cancel_minutes=120,
        late_cancel_fee_percent=Decimal(50),
        no_show_fee_percent=Decimal(100),
    )
    return accepted.model_copy(update=changes)


def a_visit(status: str, *, was_booked: bool = True) -> VisitFact:
    return VisitFact(
        appointment_id=VISIT, status=status, was_booked=was_booked, processes=("book-1",)
    )


def a_bill(status: str, *credits: str, due: Decimal = TOTAL) -> BillFact:
    return BillFact(
        bill_id=uuid4(),
        appointment_id=VISIT,
        status=status,
        due_before_fees=due,
        credits=credits,
        processes=("payment-1",),
    )


GIVEN_UP = a_bill("VOID", "VOID", due=Decimal(0))
RIGHT = {
    "booked": ("BOOKED", [a_bill("OPEN")]),
    "booked by late money": ("BOOKED", [GIVEN_UP, a_bill("PAID")]),
    "booked, and so cheap by now that nothing is asked for": (
        "BOOKED",
        [a_bill("VOID", "PRICE_DROP", due=Decimal(0))],
    ),
    "booked, and free": ("BOOKED", [a_bill("PAID", due=Decimal(0))]),
    "completed": ("COMPLETED", [a_bill("PAID")]),
    "cancelled, nothing kept": ("CANCELLED", [a_bill("VOID", "CANCELLATION")]),
    "cancelled, a fee kept": ("CANCELLED", [a_bill("PARTIALLY_REFUNDED", "CANCELLATION")]),
    "cancelled after late money": ("CANCELLED", [GIVEN_UP, a_bill("REFUNDED", "CANCELLATION")]),
    "cancelled, and it was free": ("CANCELLED", [a_bill("PAID", due=Decimal(0))]),
    "missed": ("NO_SHOW", [a_bill("OPEN", "NO_SHOW")]),
    "missed and forgiven": ("NO_SHOW", [a_bill("VOID", "NO_SHOW", "WAIVER")]),
    "forgiven before it was settled": ("NO_SHOW", [a_bill("VOID", "WAIVER")]),
}
WRONG = {
    "booked, no bill": ("BOOKED", [], bills.OF_VISITS),
    "booked, and its bill was given up": ("BOOKED", [GIVEN_UP], bills.OF_VISITS),
    "booked, two bills": (
        "BOOKED",
        [a_bill("OPEN"), a_bill("PAID")],
        bills.OF_VISITS,
    ),
    "cancelled, two live bills": (
        "CANCELLED",
        [a_bill("OPEN", "CANCELLATION"), a_bill("PAID")],
        bills.OF_VISITS,
    ),
    "cancelled, no bill": ("CANCELLED", [], bills.OF_VISITS),
    "booked, its bill cancelled": (
        "BOOKED",
        [a_bill("VOID", "CANCELLATION")],
        bills.OF_VISITS,
    ),
    "booked, a fee kept": ("BOOKED", [a_bill("OPEN", "CANCELLATION")], bills.FEES),
    "cancelled, not settled": ("CANCELLED", [a_bill("OPEN")], bills.FEES),
    "cancelled, settled twice": (
        "CANCELLED",
        [a_bill("OPEN", "CANCELLATION", "CANCELLATION")],
        bills.FEES,
    ),
    "cancelled, settled as missed": ("CANCELLED", [a_bill("OPEN", "NO_SHOW")], bills.FEES),
    "missed, not settled": ("NO_SHOW", [a_bill("OPEN")], bills.FEES),
    "cancelled, forgiven as missed": (
        "CANCELLED",
        [a_bill("OPEN", "CANCELLATION", "WAIVER")],
        bills.FEES,
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_a_visit_whose_bill_is_as_its_end_wants_it_is_right(case: str) -> None:
    status, billed = RIGHT[case]

    assert list(bills.bills_of_visits([a_visit(status)], billed)) == []


@pytest.mark.parametrize("case", WRONG)
def test_a_visit_whose_bill_is_not_as_its_end_wants_it_is_told(case: str) -> None:
    status, billed, check = WRONG[case]

    [found] = bills.bills_of_visits([a_visit(status)], billed)

    assert (found.check, found.object_key) == (check, str(VISIT))
    assert set(found.processes) == {"book-1", *(["payment-1"] if billed else [])}
    assert found.appointment_id == VISIT


HALF = Decimal("52.50")
BEGINS, TWO_HOURS = datetime(2026, 12, 2, 9, tzinfo=UTC), timedelta(hours=2)
MICROSECOND = timedelta(microseconds=1)
FEES: dict[str, tuple[datetime, dict[str, object], Decimal]] = {
    "in time": (BEGINS - TWO_HOURS - MICROSECOND, {}, Decimal(0)),
    "two hours before": (BEGINS - TWO_HOURS, {}, HALF),
    "later": (BEGINS - TWO_HOURS + MICROSECOND, {}, HALF),
    "in time, but moved late": (BEGINS - 2 * TWO_HOURS, {"late_move": True}, HALF),
    "by the hospital": (BEGINS - MICROSECOND, {"by_patient": False}, Decimal(0)),
    "in a fresh booking's grace": (
        BEGINS - TWO_HOURS,
        {"booked_at": BEGINS - TWO_HOURS, "terms": terms(cancel_grace_minutes=5)},
        Decimal(0),
    ),
    "on other terms": (BEGINS - TWO_HOURS, {"terms": terms(late_cancel_minutes=60)}, Decimal(0)),
}


def cancelled(at: datetime, **changes: object) -> VisitFact:
    end = EndFact(
        at=at,
        by_patient=True,
        slot_start=BEGINS,
        booked_at=BEGINS - 100 * TWO_HOURS,
        late_move=False,
        terms=terms(),
    )
    end = end.model_copy(update=changes)
    return a_visit("CANCELLED").model_copy(update={"end": end})


def kept(amount: Decimal, kind: str = "CANCELLATION", **changes: object) -> BillFact:
    fee = FeeFact(kept=amount, consultation=TOTAL, asked=TOTAL, is_waived=False, minor=2)
    return a_bill("OPEN", kind).model_copy(update={"fee": fee.model_copy(update=changes)})


@pytest.mark.parametrize("case", FEES)
def test_a_fee_is_what_the_rule_says_by_the_moment_and_the_terms(case: str) -> None:
    at, changes, fee = FEES[case]
    visit = cancelled(at, **changes)

    assert list(bills.bills_of_visits([visit], [kept(fee)])) == []
    [found] = bills.bills_of_visits([visit], [kept(fee + Decimal("0.01"))])
    assert found.check == bills.RULES


@pytest.mark.parametrize(
    ("is_waived", "asked", "fee"),
    [
        (False, TOTAL, TOTAL),
        (True, TOTAL, Decimal(0)),
        # No fee is more than the bill still asked for.
        (False, Decimal("10.00"), Decimal("10.00")),
    ],
)
def test_who_did_not_come_owes_the_consultation_unless_it_was_forgiven(
    is_waived: bool,  # noqa: FBT001 - a parameter of the test
    asked: Decimal,
    fee: Decimal,
) -> None:
    visit = cancelled(BEGINS).model_copy(update={"status": "NO_SHOW"})
    bill = kept(fee, "NO_SHOW", is_waived=is_waived, asked=asked)
    wrong = kept(fee + Decimal("0.01"), "NO_SHOW", is_waived=is_waived, asked=asked)

    assert list(bills.bills_of_visits([visit], [bill])) == []
    assert [one.check for one in bills.bills_of_visits([visit], [wrong])] == [bills.RULES]


@pytest.mark.parametrize(
    ("status", "bill", "is_wrong"),
    [
        ("HELD", "OPEN", False),
        ("EXPIRED", "VOID", False),
        ("EXPIRED", "OPEN", True),
        ("RELEASED", "PAID", True),
    ],
)
def test_a_visit_that_was_never_booked_owes_nothing_once_it_is_let_go(
    status: str,
    bill: str,
    is_wrong: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    visit = a_visit(status, was_booked=False)

    found = list(bills.bills_of_visits([visit], [a_bill(bill)]))

    assert bool(found) == is_wrong


def test_money_is_the_same_on_both_sides_or_on_neither() -> None:
    def account(number: int, net: str) -> AccountFact:
        return AccountFact(id=UUID(int=number), net=Decimal(net), processes=(f"p-{number}",))

    billed = [account(1, "105.00"), account(2, "52.50"), account(3, "0.00"), account(4, "0.01")]
    paid = [account(1, "105.00"), account(2, "52.51"), account(5, "7.00"), account(6, "0")]

    found = list(money.books(billed, paid))

    assert [UUID(one.object_key).int for one in found] == [2, 4, 5]
    assert found[0].details == {"billing": "52.50", "payments": "52.51"}
    assert found[0].processes == ("p-2", "p-2")


@dataclass(frozen=True)
class Account:
    """A payment at the gateway."""

    id: str = "pi_1"
    payment_id: str = str(UUID(int=7))
    authorised: int = 10500
    captured: int = 10500
    net: Decimal = TOTAL


def a_payment(**changes: object) -> PaymentFact:
    paid = PaymentFact(payment_id=UUID(int=7), reference="pi_1", is_completed=True, net=TOTAL)
    return paid.model_copy(update=changes)


AT_THE_GATEWAY = {
    "all is well": ([a_payment()], [Account()], []),
    "declined": (
        [a_payment(is_completed=False, net=Decimal(0))],
        [Account(authorised=0, captured=0, net=Decimal(0))],
        [],
    ),
    "a penny": ([a_payment(net=Decimal("104.99"))], [Account()], ["105.00 there, 104.99 here"]),
    "captured twice": ([a_payment()], [Account(), Account("pi_2")], ["2 times", "not ours"]),
    "nobody's": ([], [Account()], ["not ours"]),
    "another's": ([a_payment(reference="pi_9")], [Account()], ["not ours"]),
    "still reserved": (
        [a_payment(is_completed=False, net=Decimal(0))],
        [Account(captured=0, net=Decimal(0))],
        ["still reserved"],
    ),
    "here alone": ([a_payment()], [], ["captured here alone"]),
}


@pytest.mark.parametrize("case", AT_THE_GATEWAY)
def test_the_gateway_has_the_same_books(case: str) -> None:
    payments, accounts, wrong = AT_THE_GATEWAY[case]

    found = list(money.gateway(payments, accounts))

    assert len(found) == len(wrong)
    for one, said in zip(found, wrong, strict=True):
        assert said in one.details["wrong"]
