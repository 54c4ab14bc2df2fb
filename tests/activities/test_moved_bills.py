"""The bill of a moved visit asks for what the visit costs now, to the cent."""

from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.billing.amounts import half_up, price_of, surcharge
from activities.billing.contract import (
    AmountRefused,
    BillStatus,
    NoBillYet,
    OpenBill,
    PaymentUnderWay,
    RecordRefund,
)
from activities.billing.service import BillingService
from activities.contract import Money, WrongState
from tests.activities.bills import (
    DAY,
    a_bill,
    a_cancellation,
    a_line,
    a_payment,
    a_price,
    a_refund,
    a_reservation,
    opened,
    the_price,
    with_an_other_line,
)
from tests.activities.ledger import Ledger
from tests.examples import a_process

MOVING = a_process("reschedule-1")
NOTHING = Decimal(0)


async def a_visit(billing: BillingService, *paid: str) -> OpenBill:
    """Book a visit of 105.00, and pay so much of it."""
    bill = a_bill()
    await opened(billing, bill, *paid)
    return bill


@pytest.mark.parametrize(
    ("paid", "fee", "due_now"),
    [
        (["105.00"], "200.00", "105.00"),
        (["60.00"], "200.00", "0.00"),
        ([], "200.00", "0.00"),
        (["105.00"], "50.00", "0.00"),
        (["105.00"], "100.00", "0.00"),
    ],
)
async def test_only_a_paid_visit_pays_its_difference_before_it_moves(
    billing: BillingService, ledger: Ledger, paid: list[str], fee: str, due_now: str
) -> None:
    bill = await a_visit(billing, *paid)
    before = await ledger.bill(bill.bill_id)

    quote = await billing.prices.quote_move(the_price(bill, fee))

    assert (quote.bill_id, quote.changes_price) == (bill.bill_id, fee != "100.00")
    assert quote.due_now.amount == Decimal(due_now)
    assert await ledger.bill(bill.bill_id) == before


async def test_a_dearer_visit_is_charged_together_with_what_was_paid_for_it(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = await a_visit(billing, "105.00")
    payment_id = uuid4()
    dearer = a_price(bill, "120.00", paid_by=payment_id)

    first, again = [await billing.prices.reprice_bill(MOVING, dearer) for _ in range(2)]

    assert first == again
    assert (first.status, first.total.amount) == (BillStatus.PAID, Decimal("126.00"))
    assert first.goes_back == ()
    payments = await ledger.settlements(bill.bill_id, "PAYMENT")
    assert (payment_id, Decimal("21.00"), "APPLIED") in payments
    assert (await ledger.bill(bill.bill_id))["balance"] == 0
    assert await ledger.wrong() == []


@pytest.mark.parametrize(
    ("paid", "status", "balance"),
    [([], "OPEN", "126.00"), (["60.00"], "PARTIALLY_PAID", "66.00")],
)
async def test_a_dearer_visit_that_is_not_paid_owes_more(
    billing: BillingService, ledger: Ledger, paid: list[str], status: str, balance: str
) -> None:
    bill = await a_visit(billing, *paid)

    changed = await billing.prices.reprice_bill(MOVING, a_price(bill, "120.00"))

    assert changed.status == status
    assert (await ledger.bill(bill.bill_id))["balance"] == Decimal(balance)


@pytest.mark.parametrize(
    ("paid", "status", "back"),
    [
        ([], "OPEN", []),
        (["60.00"], "PARTIALLY_PAID", []),
        (["90.00"], "PAID", ["6.00"]),
        (["100.00", "5.00"], "PAID", ["5.00", "16.00"]),
    ],
)
async def test_a_cheaper_visit_gives_back_what_was_paid_too_much(
    billing: BillingService, ledger: Ledger, paid: list[str], status: str, back: list[str]
) -> None:
    bill = await a_visit(billing, *paid)

    changed = await billing.prices.reprice_bill(MOVING, a_price(bill, "80.00"))

    assert changed.status == status
    assert [part.amount.amount for part in changed.goes_back] == [Decimal(a) for a in back]
    assert await ledger.adjustments(bill.bill_id) == [("PRICE_DROP", Decimal("21.00"), NOTHING)]
    assert await ledger.wrong() == []


async def test_a_cheaper_and_then_dearer_visit_costs_what_it_costs(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = await a_visit(billing, "105.00")
    cheaper = await billing.prices.reprice_bill(MOVING, a_price(bill, "80.00"))
    quote = await billing.prices.quote_move(the_price(bill, "100.00"))

    await billing.prices.reprice_bill(
        a_process("reschedule-2"), a_price(bill, "100.00", paid_by=uuid4())
    )
    (part,) = cheaper.goes_back
    state = await billing.refunds.record_refund(MOVING, RecordRefund(refund_id=part.refund_id))

    assert quote.due_now.amount == Decimal("21.00")
    assert state.status is BillStatus.PARTIALLY_REFUNDED
    after = await ledger.bill(bill.bill_id)
    assert (after["balance"], after["paid"], after["refunded"]) == (0, Decimal(126), Decimal(21))
    assert await ledger.consultation(bill.bill_id) == Decimal("105.00")


async def test_a_free_visit_has_a_paid_bill_though_nobody_paid_what_it_cost_before(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = await a_visit(billing)

    free = await billing.prices.reprice_bill(MOVING, a_price(bill, "0.00"))
    quote = await billing.prices.quote_move(the_price(bill, "80.00"))
    dearer = await billing.prices.reprice_bill(a_process("reschedule-2"), a_price(bill, "80.00"))

    assert (free.status, free.total.amount) == (BillStatus.PAID, NOTHING)
    assert free.bill_id == quote.bill_id != bill.bill_id
    assert quote.due_now.amount == 0
    assert (dearer.bill_id, dearer.status) == (free.bill_id, BillStatus.OPEN)
    assert (await ledger.bill(dearer.bill_id))["balance"] == Decimal("84.00")
    assert await ledger.bills_of(bill.appointment_id) == [
        (bill.bill_id, "VOID"),
        (free.bill_id, "OPEN"),
    ]


async def test_a_paid_visit_that_becomes_free_and_dearer_again_is_paid_anew(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = await a_visit(billing, "105.00")
    free = await billing.prices.reprice_bill(MOVING, a_price(bill, "0.00"))
    (part,) = free.goes_back
    back = await billing.refunds.record_refund(MOVING, RecordRefund(refund_id=part.refund_id))

    quote = await billing.prices.quote_move(the_price(bill, "80.00"))
    dearer = await billing.prices.reprice_bill(
        a_process("reschedule-2"), a_price(bill, "80.00", paid_by=uuid4())
    )

    assert back.status is BillStatus.REFUNDED
    assert quote.due_now.amount == Decimal("84.00")
    assert dearer.status is BillStatus.PARTIALLY_REFUNDED
    assert (await ledger.bill(bill.bill_id))["balance"] == 0


async def test_a_bill_that_was_paid_while_the_visit_moved_owes_the_difference(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = await a_visit(billing)
    quote = await billing.prices.quote_move(the_price(bill, "120.00"))
    await billing.payments.apply_payment(a_process("payment-1"), a_payment(bill))

    changed = await billing.prices.reprice_bill(MOVING, a_price(bill, "120.00"))

    assert quote.due_now.amount == 0
    assert changed.status is BillStatus.PARTIALLY_PAID
    assert (await ledger.bill(bill.bill_id))["balance"] == Decimal("21.00")


async def test_a_move_waits_for_the_bill_and_for_every_payment(billing: BillingService) -> None:
    bill = a_bill()
    price, dearer = the_price(bill, "120.00"), a_price(bill, "120.00")

    for ask in (
        lambda: billing.prices.quote_move(price),
        lambda: billing.prices.reprice_bill(MOVING, dearer),
    ):
        with pytest.raises(NoBillYet):
            await ask()
    await billing.open_bill(a_process(), bill)
    await billing.payments.reserve_payment(a_process("payment-1"), a_reservation(bill, "1.00"))
    for ask in (
        lambda: billing.prices.quote_move(price),
        lambda: billing.prices.reprice_bill(MOVING, dearer),
    ):
        with pytest.raises(PaymentUnderWay):
            await ask()


async def test_a_visit_that_was_cancelled_meanwhile_costs_no_more(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = await a_visit(billing, "105.00")
    cancelled = await billing.cancellations.apply_cancellation(
        a_process("cancel-1"), a_cancellation(bill, before=DAY / 24)
    )
    payment_id = uuid4()

    unpaid = await billing.prices.reprice_bill(a_process("reschedule-1"), a_price(bill, "120.00"))
    cheaper = await billing.prices.reprice_bill(a_process("reschedule-2"), a_price(bill, "80.00"))
    paid = await billing.prices.reprice_bill(
        a_process("reschedule-3"), a_price(bill, "120.00", paid_by=payment_id)
    )

    assert unpaid.total == cheaper.total == cancelled.total
    assert [(part.payment_id, part.amount.amount) for part in paid.goes_back] == [
        (payment_id, Decimal("21.00"))
    ]
    assert await ledger.consultation(bill.bill_id) == Decimal("105.00")
    assert await ledger.wrong() == []


async def test_a_visit_that_becomes_cheaper_than_what_was_forgiven_of_it_costs_nothing(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    (payment,) = await opened(billing, bill, "105.00")
    refund = a_refund(payment, "100.00")
    await billing.refunds.reserve_refund(a_process("refund-1"), refund)
    record = RecordRefund(refund_id=refund.refund_id, credits=True, reason="we are sorry")
    await billing.refunds.record_refund(a_process("refund-1"), record)

    cheaper = await billing.prices.reprice_bill(MOVING, a_price(bill, "50.00"))

    assert [part.amount.amount for part in cheaper.goes_back] == [Decimal("5.00")]
    assert (await ledger.bill(bill.bill_id))["credited"] == Decimal("105.00")
    assert await ledger.wrong() == []


async def test_what_was_paid_for_nothing_is_a_matter_for_a_person(billing: BillingService) -> None:
    bill = await a_visit(billing, "105.00")

    with pytest.raises(WrongState):
        await billing.prices.reprice_bill(MOVING, a_price(bill, "80.00", paid_by=uuid4()))


@pytest.mark.parametrize(("fee", "currency"), [("-0.01", "GBP"), ("1.005", "GBP"), ("80", "EUR")])
async def test_no_visit_gets_a_price_that_nobody_can_pay(
    billing: BillingService, fee: str, currency: str
) -> None:
    bill = await a_visit(billing)
    wrong = the_price(bill, "80.00")
    money = Money.model_construct(amount=Decimal(fee), currency=currency)
    price = wrong.model_copy(update={"fee": money})

    with pytest.raises(AmountRefused):
        await billing.prices.quote_move(price)
    with pytest.raises(AmountRefused):
        await billing.prices.reprice_bill(
            MOVING, a_price(bill, "80.00").model_copy(update={"fee": money})
        )


async def test_other_lines_stay_as_they_are(billing: BillingService, ledger: Ledger) -> None:
    bill = with_an_other_line()
    await billing.open_bill(a_process(), bill)

    changed = await billing.prices.reprice_bill(MOVING, a_price(bill, "0.00"))

    assert changed.bill_id == bill.bill_id
    assert (await ledger.bill(bill.bill_id))["balance"] == Decimal("21.00")


@given(
    gross=st.integers(1, 10_000_000), rate=st.integers(0, 10_000), minor=st.sampled_from([0, 1, 2])
)
def test_a_surcharge_has_at_most_one_unit_too_much(gross: int, rate: int, minor: int) -> None:
    wanted, tax_rate = Decimal(gross).scaleb(-minor), Decimal(rate).scaleb(-4)

    line = surcharge("Difference", wanted, tax_rate, minor)

    assert 0 <= line.gross - wanted <= Decimal(1).scaleb(-minor)
    assert line.total == half_up(line.line.unit_price, minor) == line.line.unit_price
    assert line.tax == half_up(line.total * tax_rate, minor)


FEES = st.lists(
    st.tuples(st.integers(0, 30_000), st.sampled_from(["0", "0.05", "0.075", "0.2", "1"])),
    min_size=1,
    max_size=6,
)


@given(prices=FEES, currency=st.sampled_from(["JPY", "GBP"]))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_after_any_moves_the_bill_has_the_price_of_the_last(
    billing: BillingService, ledger: Ledger, prices: list[tuple[int, str]], currency: str
) -> None:
    bill = a_bill(a_line("33.33"), currency=currency)
    await billing.open_bill(a_process(f"book-{bill.bill_id}"), bill)
    for move, (fee, rate) in enumerate(prices):
        price = a_price(bill, str(Decimal(fee) / 100), rate)
        process = a_process(f"reschedule-{bill.bill_id}-{move}")

        changed = await billing.prices.reprice_bill(process, price)

        assert await ledger.consultation(changed.bill_id) == price_of(price, currency)
        balance = (await ledger.bill(changed.bill_id))["balance"]
        assert balance == price_of(price, currency)
    assert await ledger.wrong() == []
