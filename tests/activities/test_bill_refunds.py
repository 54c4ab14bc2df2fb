"""What goes back is counted on the bill before it goes, and never exceeds what came."""

import asyncio
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.billing.contract import (
    AmountRefused,
    BillStatus,
    PaymentNotApplied,
    RecordRefund,
    RefundExceedsPaid,
    ReserveRefund,
)
from activities.billing.service import BillingService
from activities.contract import By, Undone, UnknownReference, WrongState
from activities.database import broken_guard
from tests.activities.bills import (
    BEGIN,
    TRACE,
    a_bill,
    a_cancellation,
    a_payment,
    a_refund,
    a_reservation,
    forged,
    give_back,
    goes,
    insist,
    opened,
)
from tests.activities.ledger import Ledger
from tests.conftest import EngineOf
from tests.examples import a_process

REFUNDING = a_process("refund-1")
ADD_REFUND = text("""
    INSERT INTO app.settlements (settlement_id, bill_id, kind, amount, state, payment_id)
    VALUES (:refund_id, :bill_id, 'REFUND', :amount, 'RESERVED', :payment_id)
""")


def settled(refund: ReserveRefund, *, is_settled: bool = True) -> RecordRefund:
    """Say how a refund ended that no rule asked for."""
    return RecordRefund(
        refund_id=refund.refund_id, is_settled=is_settled, credits=True, reason="we are sorry"
    )


async def write_refund(
    engine: AsyncEngine, bill_id: UUID, payment_id: UUID | None, amount: str
) -> None:
    """Write a refund past the service, as a bug would."""
    values = {
        "refund_id": uuid4(),
        "bill_id": bill_id,
        "payment_id": payment_id,
        "amount": Decimal(amount),
    }
    async with engine.begin() as connection:
        await connection.execute(BEGIN, {"trace": TRACE})
        await connection.execute(ADD_REFUND, values)


async def test_a_refund_that_no_rule_asked_for_is_credited_too(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    (payment,) = await opened(billing, bill, "105.00")
    refund = a_refund(payment, "20.00")

    due = await billing.refunds.reserve_refund(REFUNDING, refund)
    under_way = await ledger.bill(bill.bill_id)
    first, again = [
        await billing.refunds.record_refund(REFUNDING, settled(refund)) for _ in range(2)
    ]

    assert (due.patient_id, due.appointment_id) == (bill.patient_id, bill.appointment_id)
    assert (under_way["status"], under_way["refunded"]) == ("PAID", 0)
    assert first == again
    assert first.status is BillStatus.PARTIALLY_REFUNDED
    after = await ledger.bill(bill.bill_id)
    assert (after["credited"], after["refunded"], after["balance"]) == (20, 20, 0)
    assert await ledger.adjustments(bill.bill_id) == [("GOODWILL", Decimal(20), Decimal(0))]
    assert await ledger.wrong() == []


async def test_a_refund_before_the_bill_is_paid_lowers_what_is_due(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    (payment,) = await opened(billing, bill, "20.00")
    refund = a_refund(payment, "20.00")
    await billing.refunds.reserve_refund(REFUNDING, refund)

    state = await billing.refunds.record_refund(REFUNDING, settled(refund))
    await billing.payments.reserve_payment(a_process("payment-2"), a_reservation(bill, "85.00"))
    rest = await billing.payments.apply_payment(a_process("payment-3"), a_payment(bill, "1.00"))

    assert state.status is BillStatus.REFUNDED
    assert rest.excess == 1
    assert (await ledger.bill(bill.bill_id))["balance"] == Decimal("85.00")


async def test_a_refund_that_can_not_come_leaves_the_bill_as_it_was(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    (payment,) = await opened(billing, bill, "105.00")
    refund = a_refund(payment, "105.00")
    await billing.refunds.reserve_refund(REFUNDING, refund)

    state = await billing.refunds.record_refund(REFUNDING, settled(refund, is_settled=False))

    assert state.status is BillStatus.PAID
    assert (await ledger.bill(bill.bill_id))["balance"] == 0
    assert await ledger.settlements(bill.bill_id, "REFUND") == [
        (refund.refund_id, Decimal("105.00"), "RELEASED")
    ]
    with pytest.raises(WrongState):
        await billing.refunds.record_refund(a_process("refund-2"), settled(refund))


async def test_a_cancellation_that_can_not_be_given_back_keeps_its_credit(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    (payment,) = await opened(billing, bill, "105.00")
    cancelled = await billing.cancellations.apply_cancellation(
        a_process("cancel-1"), a_cancellation(bill)
    )
    (part,) = cancelled.goes_back
    stuck = RecordRefund(refund_id=part.refund_id, is_settled=False)
    await billing.refunds.record_refund(a_process("cancel-1"), stuck)
    listed = await ledger.bill(bill.bill_id)
    by_hand = a_refund(payment, "105.00")

    await billing.refunds.reserve_refund(REFUNDING, by_hand)
    state = await billing.refunds.record_refund(REFUNDING, settled(by_hand))

    assert (listed["status"], listed["balance"]) == ("PAID", Decimal("-105.00"))
    assert state.status is BillStatus.REFUNDED
    assert [kind for kind, *_ in await ledger.adjustments(bill.bill_id)] == ["CANCELLATION"]
    assert await ledger.wrong() == []


@pytest.mark.parametrize("is_cancelled_first", [True, False])
async def test_what_the_patient_gets_back_does_not_depend_on_which_came_first(
    billing: BillingService, ledger: Ledger, *, is_cancelled_first: bool
) -> None:
    bill = a_bill()
    (payment,) = await opened(billing, bill, "105.00")
    refund = a_refund(payment, "20.00")
    await billing.refunds.reserve_refund(REFUNDING, refund)
    cancellation = a_cancellation(bill, by=By.HOSPITAL)

    if not is_cancelled_first:
        await billing.refunds.record_refund(REFUNDING, settled(refund))
    cancelled = await billing.cancellations.apply_cancellation(a_process("cancel-1"), cancellation)
    if is_cancelled_first:
        await billing.refunds.record_refund(REFUNDING, settled(refund))
    ended = await give_back(billing, cancelled.goes_back)

    assert goes(cancelled.goes_back) == Decimal("85.00")
    assert ended is BillStatus.REFUNDED
    assert (await ledger.bill(bill.bill_id))["balance"] == 0
    assert await ledger.wrong() == []


async def test_a_refund_that_was_never_decided_counts_no_more(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    (payment,) = await opened(billing, bill, "105.00")
    refund, whole = a_refund(payment, "20.00"), a_refund(payment, "105.00")
    await billing.refunds.reserve_refund(REFUNDING, refund)

    for _ in range(2):
        await billing.refunds.release_refund(REFUNDING, refund)
    await billing.refunds.reserve_refund(a_process("refund-2"), whole)

    with pytest.raises(Undone):
        await billing.refunds.reserve_refund(REFUNDING, refund)
    assert (whole.refund_id, Decimal(105), "RESERVED") in await ledger.settlements(
        bill.bill_id, "REFUND"
    )


async def test_of_a_payment_no_more_goes_back_than_it_brought(billing: BillingService) -> None:
    bill = a_bill()
    small, large = await opened(billing, bill, "5.00", "100.00")
    await billing.refunds.reserve_refund(REFUNDING, a_refund(large, "60.00"))

    for number, refund in enumerate((a_refund(small, "5.01"), a_refund(large, "40.01"))):
        with pytest.raises(RefundExceedsPaid):
            await billing.refunds.reserve_refund(a_process(f"refund-2-{number}"), refund)
    await billing.refunds.reserve_refund(a_process("refund-3"), a_refund(large, "40.00"))


async def test_of_two_refunds_at_once_one_is_too_much(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    (payment,) = await opened(billing, bill, "105.00")

    async def give(number: int) -> object:
        process, asked = a_process(f"refund-{number}"), a_refund(payment, "60.00")
        return await insist(lambda: billing.refunds.reserve_refund(process, asked))

    answers = await asyncio.gather(*map(give, range(4)), return_exceptions=True)

    assert [type(answer) for answer in answers].count(RefundExceedsPaid) == 3
    assert len(await ledger.settlements(bill.bill_id, "REFUND")) == 1


async def test_of_a_refund_and_a_cancellation_at_once_nothing_goes_back_twice(
    billing: BillingService, ledger: Ledger
) -> None:
    for number in range(10):
        bill = a_bill()
        (payment,) = await opened(billing, bill, "105.00")

        refunding, cancelling = a_process(f"refund-{number}"), a_process(f"cancel-{number}")
        refund, cancellation = a_refund(payment, "60.00"), a_cancellation(bill)
        give = partial(billing.refunds.reserve_refund, refunding, refund)
        cancel = partial(billing.cancellations.apply_cancellation, cancelling, cancellation)

        refunded, cancelled = await asyncio.gather(
            insist(give), insist(cancel), return_exceptions=True
        )

        assert not isinstance(cancelled, BaseException)
        taken = 0 if isinstance(refunded, RefundExceedsPaid) else 60
        assert goes(cancelled.goes_back) + taken == 105
    assert await ledger.wrong() == []


async def test_only_what_is_on_a_bill_can_be_given_back(billing: BillingService) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    reserved = a_reservation(bill)
    await billing.payments.reserve_payment(a_process("payment-1"), reserved)

    for number, payment in enumerate((reserved, a_payment(bill))):
        refund = a_refund(a_payment(bill).model_copy(update=dict(payment)), "1.00")
        with pytest.raises(PaymentNotApplied):
            await billing.refunds.reserve_refund(a_process(f"refund-{number}"), refund)
    with pytest.raises(UnknownReference):
        await billing.refunds.record_refund(REFUNDING, RecordRefund(refund_id=uuid4()))


@pytest.mark.parametrize("amount", ["0", "-1", "1.005"])
async def test_no_layer_gives_back_what_nobody_can_pay(
    billing: BillingService, engine_of: EngineOf, amount: str
) -> None:
    bill = a_bill()
    (payment,) = await opened(billing, bill, "105.00")

    with pytest.raises(ValidationError):
        a_refund(payment, amount)
    with pytest.raises(AmountRefused):
        await billing.refunds.reserve_refund(REFUNDING, forged(a_refund(payment, "1.00"), amount))
    if amount != "1.005":  # NUMERIC(12,2) rounds a third decimal before any check sees it
        with pytest.raises(IntegrityError) as broken:
            await write_refund(engine_of("billing"), bill.bill_id, payment.payment_id, amount)
        assert broken_guard(broken.value) == "settlement_positive"


async def test_no_layer_gives_back_in_another_currency(billing: BillingService) -> None:
    (payment,) = await opened(billing, a_bill(), "105.00")

    with pytest.raises(AmountRefused):
        await billing.refunds.reserve_refund(REFUNDING, a_refund(payment, "1.00", "EUR"))


async def test_the_database_gives_no_payment_back_more_than_it_brought(
    billing: BillingService, engine_of: EngineOf
) -> None:
    bill, other, unpaid = a_bill(), a_bill(), a_bill()
    (payment,) = await opened(billing, bill, "105.00")
    (of_other,) = await opened(billing, other, "105.00")
    await opened(billing, unpaid)
    reserved = a_reservation(unpaid)
    await billing.payments.reserve_payment(a_process("payment-1"), reserved)
    await billing.refunds.reserve_refund(REFUNDING, a_refund(payment, "60.00"))

    for on, of, amount, guard in (
        (bill, payment.payment_id, "45.01", "refund_within_payment"),
        (bill, of_other.payment_id, "1.00", "refund_within_payment"),
        (unpaid, reserved.payment_id, "1.00", "refund_within_payment"),
        (bill, None, "1.00", "refund_of_payment"),
        (bill, uuid4(), "1.00", "settlements_payment_id_fkey"),
    ):
        with pytest.raises(IntegrityError) as broken:
            await write_refund(engine_of("billing"), on.bill_id, of, amount)
        assert broken_guard(broken.value) == guard
