"""A cancellation and a payment of one visit meet: nothing is lost, nothing comes back twice."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from activities.billing.contract import (
    ApplyPayment,
    BillStatus,
    NoBillYet,
    PaymentUnderWay,
    VoidBill,
)
from activities.billing.service import BillingService
from tests.activities.bills import (
    a_bill,
    a_cancellation,
    a_payment,
    a_reservation,
    insist,
    opened,
)
from tests.activities.ledger import Ledger
from tests.examples import a_process

LATE = timedelta(hours=2)
FEE = Decimal("52.50")
CANCELLING = a_process("cancel-1")


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
        payment, cancellation = a_payment(bill), a_cancellation(bill, before=LATE)
        paying, cancelling = a_process(f"payment-{number}"), a_process(f"cancel-{number}")
        pay = partial(billing.payments.apply_payment, paying, payment)
        cancel = partial(billing.cancellations.apply_cancellation, cancelling, cancellation)

        paid, applied = await asyncio.gather(insist(pay), insist(cancel))

        back = sum((part.amount.amount for part in applied.goes_back), Decimal(0))
        assert paid.excess + back == FEE
    assert await ledger.wrong() == []


async def test_two_cancellations_at_once_give_back_once(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    await opened(billing, bill, "105.00")
    cancellation = a_cancellation(bill)

    cancel = partial(billing.cancellations.apply_cancellation, CANCELLING, cancellation)

    first, second = await asyncio.gather(insist(cancel), insist(cancel))
    other = await billing.cancellations.apply_cancellation(
        a_process("cancel-2"), a_cancellation(bill)
    )

    assert first == second
    assert (len(first.goes_back), other.goes_back) == (1, ())
    assert len(await ledger.settlements(bill.bill_id, "REFUND")) == 1
