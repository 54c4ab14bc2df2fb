"""What stays on the bill of a visit that does not take place, and what goes back."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4, uuid5

import pytest

from activities.billing.contract import (
    ApplyPayment,
    BillStatus,
    CancellationRule,
    QuoteCancellation,
)
from activities.billing.service import BillingService
from activities.contract import (
    By,
    Money,
    QuoteChanged,
)
from tests.activities.bills import (
    DAY,
    a_bill,
    a_cancellation,
    a_line,
    a_reservation,
    asked,
    give_back,
    opened,
    with_an_other_line,
)
from tests.activities.ledger import Ledger
from tests.examples import NOW, a_process

LATE = timedelta(hours=2)
FEE = Decimal("52.50")
CANCELLING = a_process("cancel-1")


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
