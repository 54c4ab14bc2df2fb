"""What stays on the bill of a visit that does not take place, and what goes back."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4, uuid5

import pytest

from activities.billing.contract import (
    ApplyNoShow,
    ApplyPayment,
    BillStatus,
    CancellationRule,
    GoesBack,
    LineKind,
    NoBillYet,
    OpenBill,
    PaymentUnderWay,
    QuoteCancellation,
    QuoteChanged,
    RecordRefund,
    VoidBill,
    WaiveNoShow,
)
from activities.billing.service import BillingService
from activities.contract import By, Money, WrongState
from tests.activities.bills import (
    DAY,
    a_bill,
    a_cancellation,
    a_line,
    a_payment,
    a_reservation,
    asked,
    the_terms,
)
from tests.activities.ledger import Ledger
from tests.conftest import EngineOf
from tests.examples import NOW, a_process

LATE = timedelta(hours=2)
FEE = Decimal("52.50")
CANCELLING = a_process("cancel-1")


@pytest.fixture
def ledger(engine_of: EngineOf) -> Ledger:
    return Ledger(engine_of("billing"))


def with_an_other_line() -> OpenBill:
    """Ask for a consultation of 105.00 and for something of 21.00."""
    other = a_line("20.00").model_copy(update={"kind": LineKind.PROCEDURE})
    return a_bill(a_line("100.00"), other)


async def opened(billing: BillingService, bill: OpenBill, *paid: str) -> list[ApplyPayment]:
    await billing.open_bill(a_process(), bill)
    payments = [a_payment(bill, amount) for amount in paid]
    for number, payment in enumerate(payments):
        await billing.payments.apply_payment(a_process(f"payment-{number}"), payment)
    return payments


async def give_back(billing: BillingService, parts: tuple[GoesBack, ...]) -> BillStatus | None:
    """Let everything that goes back arrive."""
    status = None
    for part in parts:
        record = RecordRefund(refund_id=part.refund_id, part=str(part.refund_id))
        status = (await billing.refunds.record_refund(CANCELLING, record)).status
    return status


@dataclass(frozen=True)
class Cancelled:
    """What was paid, who cancelled so long before, and what came of it."""

    paid: tuple[str, ...]
    fee: str
    back: tuple[str, ...]
    status: str
    end: str | None = None
    before: timedelta = LATE
    by: By = By.PATIENT


FREE = [
    Cancelled(("126.00",), "0", ("126.00",), "PAID", "REFUNDED", DAY),  # O-20
    Cancelled(("60.00",), "0", ("60.00",), "PAID", "REFUNDED", DAY),
    Cancelled(("126.00",), "0", ("126.00",), "PAID", "REFUNDED", by=By.HOSPITAL),
    Cancelled((), "0", (), "VOID", before=DAY),  # O-21
    Cancelled((), "0", (), "VOID", by=By.HOSPITAL),
]
WITH_A_FEE = [
    Cancelled(("126.00",), "52.50", ("73.50",), "PAID", "PARTIALLY_REFUNDED"),  # O-22
    Cancelled((), "52.50", (), "OPEN"),  # O-23
    Cancelled(("52.49",), "52.50", (), "PARTIALLY_PAID"),  # O-24
    Cancelled(("52.50",), "52.50", (), "PAID"),
    Cancelled(("52.51",), "52.50", ("0.01",), "PAID", "PARTIALLY_REFUNDED"),
    Cancelled(
        *(("60.00", "40.00", "26.00"), "52.50", ("26.00", "40.00", "7.50")),
        *("PAID", "PARTIALLY_REFUNDED"),
    ),
]


@pytest.mark.parametrize("case", FREE + WITH_A_FEE, ids=str)
async def test_a_cancellation_keeps_the_fee_and_gives_back_the_rest(
    billing: BillingService, ledger: Ledger, case: Cancelled
) -> None:
    bill = with_an_other_line()
    payments = await opened(billing, bill, *case.paid)
    cancellation = a_cancellation(bill, before=case.before, by=case.by)

    applied, again = [
        await billing.cancellations.apply_cancellation(CANCELLING, cancellation) for _ in range(2)
    ]
    ended = await give_back(billing, applied.goes_back)

    fee = Decimal(case.fee)
    newest_first = [payment.payment_id for payment in reversed(payments)][: len(case.back)]
    assert applied == again
    assert (applied.bill_id, applied.status) == (bill.bill_id, case.status)
    assert applied.fee == Money(amount=fee, currency="GBP")
    assert [str(part.amount.amount) for part in applied.goes_back] == list(case.back)
    assert [(part.payment_id, part.refund_id) for part in applied.goes_back] == [
        (payment_id, uuid5(cancellation.adjustment_id, str(payment_id)))
        for payment_id in newest_first
    ]
    assert ended == case.end
    credit = ("CANCELLATION", Decimal("126.00") - fee, fee)
    assert await ledger.adjustments(bill.bill_id) == [credit]
    received = sum((Decimal(amount) for amount in case.paid), Decimal(0))
    assert (await ledger.bill(bill.bill_id))["balance"] == max(fee - received, Decimal(0))
    assert await ledger.wrong() == []


async def test_what_was_captured_last_goes_back_first_though_it_was_reserved_before(
    billing: BillingService,
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    slow, quick = a_reservation(bill, "60.00"), a_reservation(bill, "45.00")
    for number, reserved in enumerate((slow, quick)):
        await billing.payments.reserve_payment(a_process(f"payment-{number}"), reserved)
    for number, reserved in ((1, quick), (0, slow)):
        payment = ApplyPayment(**dict(reserved))
        await billing.payments.apply_payment(a_process(f"payment-{number}"), payment)

    applied = await billing.cancellations.apply_cancellation(
        CANCELLING, a_cancellation(bill, before=LATE)
    )

    assert [(p.payment_id, p.amount.amount) for p in applied.goes_back] == [
        (slow.payment_id, Decimal("52.50"))
    ]


async def test_a_fee_of_the_whole_amount_gives_nothing_back(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill(a_line("0.01", "0"))
    await opened(billing, bill, "0.01")

    applied = await billing.cancellations.apply_cancellation(
        CANCELLING, a_cancellation(bill, before=LATE)
    )

    assert (applied.status, applied.fee.amount) == (BillStatus.PAID, Decimal("0.01"))
    assert applied.goes_back == ()
    assert await ledger.settlements(bill.bill_id, "REFUND") == []


async def test_a_visit_that_cost_nothing_is_cancelled_without_a_trace_on_its_bill(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill(a_line("0.00"))
    await billing.open_bill(a_process(), bill)

    applied = await billing.cancellations.apply_cancellation(
        CANCELLING, a_cancellation(bill, before=LATE)
    )

    assert (applied.status, applied.fee.amount) == (BillStatus.PAID, Decimal(0))
    assert applied.rule is CancellationRule.LATE_CANCELLATION
    assert await ledger.adjustments(bill.bill_id) == []


@pytest.mark.parametrize(
    ("later", "rule"),
    [
        (-1, CancellationRule.FREE),
        (0, CancellationRule.LATE_CANCELLATION),
        (1, CancellationRule.LATE_CANCELLATION),
    ],
)
async def test_the_moment_that_the_process_was_accepted_at_decides(
    billing: BillingService, later: int, rule: CancellationRule
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    accepted = a_process("cancel-1", NOW + timedelta(microseconds=later))

    applied = await billing.cancellations.apply_cancellation(
        accepted, a_cancellation(bill, before=LATE)
    )

    assert applied.rule is rule


@pytest.mark.parametrize(
    ("accepted", "is_refused"), [("52.50", False), ("52.49", True), ("0.00", True)]
)
async def test_nobody_pays_a_higher_fee_than_was_agreed_to(
    billing: BillingService, ledger: Ledger, accepted: str, *, is_refused: bool
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    quote = QuoteCancellation(
        appointment_id=bill.appointment_id or uuid4(),
        asked=asked(NOW + LATE),
        accept_fee=Money(amount=Decimal(accepted), currency="GBP"),
    )

    if is_refused:
        with pytest.raises(QuoteChanged) as refused:
            await billing.cancellations.quote_cancellation(CANCELLING, quote)
        assert refused.value.details == {"fee": "52.50", "currency": "GBP"}
    else:
        await billing.cancellations.quote_cancellation(CANCELLING, quote)

    assert await ledger.adjustments(bill.bill_id) == []


async def test_a_fee_in_another_currency_was_not_agreed_to(billing: BillingService) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    quote = QuoteCancellation(
        appointment_id=bill.appointment_id or uuid4(),
        asked=asked(NOW + LATE),
        accept_fee=Money(amount=Decimal("52.50"), currency="JPY"),
    )

    with pytest.raises(QuoteChanged):
        await billing.cancellations.quote_cancellation(CANCELLING, quote)


async def test_a_cancellation_waits_for_the_bill_of_its_booking(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    cancellation = a_cancellation(bill)

    with pytest.raises(NoBillYet) as later:
        await billing.cancellations.apply_cancellation(CANCELLING, cancellation)
    await billing.open_bill(a_process(), bill)
    applied = await billing.cancellations.apply_cancellation(CANCELLING, cancellation)

    assert later.value.retry_after == timedelta(milliseconds=200)
    assert applied.status is BillStatus.VOID
    assert await ledger.wrong() == []


async def test_a_bill_that_was_closed_is_no_bill_of_the_visit(billing: BillingService) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    await billing.close_bill(a_process(), VoidBill(bill_id=bill.bill_id))

    with pytest.raises(NoBillYet):
        await billing.cancellations.apply_cancellation(CANCELLING, a_cancellation(bill))


async def test_a_cancellation_waits_for_a_payment_and_reckons_with_what_came(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    reserved, cancellation = a_reservation(bill), a_cancellation(bill, before=LATE)
    await billing.payments.reserve_payment(a_process("payment-1"), reserved)

    with pytest.raises(PaymentUnderWay):
        await billing.cancellations.apply_cancellation(CANCELLING, cancellation)
    assert await ledger.adjustments(bill.bill_id) == []
    payment = ApplyPayment(**dict(reserved))
    await billing.payments.apply_payment(a_process("payment-1"), payment)
    applied = await billing.cancellations.apply_cancellation(CANCELLING, cancellation)

    assert [part.amount.amount for part in applied.goes_back] == [FEE]


async def test_a_payment_that_ends_without_money_lets_the_cancellation_go_on(
    billing: BillingService,
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    reserved = a_reservation(bill)
    await billing.payments.reserve_payment(a_process("payment-1"), reserved)
    await billing.payments.release_payment(a_process("payment-1"), reserved)

    applied = await billing.cancellations.apply_cancellation(CANCELLING, a_cancellation(bill))

    assert applied.status is BillStatus.VOID


async def test_money_that_comes_after_the_cancellation_pays_the_fee_and_no_more(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    await billing.cancellations.apply_cancellation(CANCELLING, a_cancellation(bill, before=LATE))

    state = await billing.payments.apply_payment(a_process("payment-1"), a_payment(bill))

    assert (state.status, state.excess) == (BillStatus.PAID, FEE)
    assert await ledger.wrong() == []


async def test_of_a_cancellation_and_a_payment_at_once_nothing_is_lost(
    billing: BillingService, ledger: Ledger
) -> None:
    for number in range(10):
        bill = a_bill()
        await billing.open_bill(a_process(f"book-{number}"), bill)

        paid, applied = await asyncio.gather(
            billing.payments.apply_payment(a_process(f"payment-{number}"), a_payment(bill)),
            billing.cancellations.apply_cancellation(
                a_process(f"cancel-{number}"), a_cancellation(bill, before=LATE)
            ),
        )

        back = sum((part.amount.amount for part in applied.goes_back), Decimal(0))
        assert paid.excess + back == FEE
    assert await ledger.wrong() == []


async def test_two_cancellations_at_once_give_back_once(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    await opened(billing, bill, "105.00")
    cancellation = a_cancellation(bill)

    first, second = await asyncio.gather(
        *(billing.cancellations.apply_cancellation(CANCELLING, cancellation) for _ in range(2))
    )
    other = await billing.cancellations.apply_cancellation(
        a_process("cancel-2"), a_cancellation(bill)
    )

    assert first == second
    assert (len(first.goes_back), other.goes_back) == (1, ())
    assert len(await ledger.settlements(bill.bill_id, "REFUND")) == 1


def a_no_show(bill: OpenBill, percent: str = "100") -> ApplyNoShow:
    return ApplyNoShow(
        appointment_id=bill.appointment_id or uuid4(),
        terms=the_terms(no_show=percent),
        adjustment_id=uuid4(),
    )


def a_waiver(bill: OpenBill) -> WaiveNoShow:
    return WaiveNoShow(
        appointment_id=bill.appointment_id or uuid4(), adjustment_id=uuid4(), reason="an accident"
    )


@dataclass(frozen=True)
class Missed:
    """What was paid for a missed visit, what came back at once, and what when it was waived."""

    paid: tuple[str, ...]
    back: str
    owed: str
    waived: str
    percent: str = "100"


@pytest.mark.parametrize(
    "case",
    [
        Missed(("126.00",), "21.00", "0", "105.00"),
        Missed((), "0", "105.00", "0"),
        Missed(("126.00",), "73.50", "0", "52.50", "50"),
        Missed(("60.00",), "0", "45.00", "60.00"),
        Missed((), "0", "0", "0", "0"),
    ],
    ids=str,
)
async def test_a_missed_visit_keeps_its_consultation_until_it_is_waived(
    billing: BillingService, ledger: Ledger, case: Missed
) -> None:
    bill = with_an_other_line()
    await opened(billing, bill, *case.paid)
    no_show = a_no_show(bill, case.percent)

    missed = await billing.cancellations.apply_no_show(a_process("noshow-1"), no_show)
    at_rest = (await ledger.bill(bill.bill_id))["balance"] + goes(missed.goes_back)
    forgiven = await billing.cancellations.waive_no_show(a_process("waive-1"), a_waiver(bill))
    await give_back(billing, (*missed.goes_back, *forgiven.goes_back))

    fee = Decimal(105) * Decimal(case.percent) / 100
    assert missed.fee.amount == forgiven.fee.amount == fee
    assert goes(missed.goes_back) == Decimal(case.back)
    assert at_rest == Decimal(case.owed)
    assert goes(forgiven.goes_back) == Decimal(case.waived)
    after = await ledger.bill(bill.bill_id)
    assert (after["balance"], after["status"]) == (0, "REFUNDED" if case.paid else "VOID")
    assert await ledger.wrong() == []


@pytest.mark.parametrize("paid", [[], ["126.00"]])
async def test_a_fee_is_waived_once(billing: BillingService, paid: list[str]) -> None:
    bill = with_an_other_line()
    await opened(billing, bill, *paid)
    await billing.cancellations.apply_no_show(a_process("noshow-1"), a_no_show(bill))
    await billing.cancellations.waive_no_show(a_process("waive-1"), a_waiver(bill))

    with pytest.raises(WrongState) as refused:
        await billing.cancellations.waive_no_show(a_process("waive-2"), a_waiver(bill))

    assert refused.value.details == {"status": "PAID" if paid else "VOID"}


@pytest.mark.parametrize("paid", [[], ["126.00"]])
async def test_a_waiver_that_is_quicker_than_the_fee_leaves_nothing_to_pay(
    billing: BillingService, ledger: Ledger, paid: list[str]
) -> None:
    bill = with_an_other_line()
    await opened(billing, bill, *paid)

    waived = await billing.cancellations.waive_no_show(a_process("waive-1"), a_waiver(bill))
    missed = await billing.cancellations.apply_no_show(a_process("noshow-1"), a_no_show(bill))

    assert (waived.fee.amount, missed.fee.amount) == (Decimal(105), Decimal(0))
    total = sum((Decimal(amount) for amount in paid), Decimal(0))
    assert goes((*waived.goes_back, *missed.goes_back)) == total
    assert (await ledger.bill(bill.bill_id))["balance"] == -total


def goes(parts: tuple[GoesBack, ...]) -> Decimal:
    return sum((part.amount.amount for part in parts), Decimal(0))
