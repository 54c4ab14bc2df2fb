"""A bill is reserved before it is paid, so that nobody pays what another is paying."""

import asyncio
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from activities.billing.contract import (
    AmountExceedsDue,
    AmountRefused,
    ApplyPayment,
    BillClosed,
    BillHasPayments,
    BillHeld,
    BillStatus,
    OpenBill,
    ReopenBill,
    ReservePayment,
    VoidBill,
)
from activities.billing.service import BillingService
from activities.contract import Money, Refusal, Undone, UnknownReference, WrongState
from tests.activities.bills import (
    a_bill,
    a_cancellation,
    a_line,
    a_payment,
    a_reservation,
    forged,
    insist,
    opened,
)
from tests.activities.ledger import Ledger
from tests.examples import a_process

PAYING = a_process("payment-1")
TOTAL = Decimal("105.00")


def a_held_bill(payment_id: UUID, price: str = "100.00") -> OpenBill:
    """Ask for the money that a held slot waits for."""
    return a_bill(a_line(price)).model_copy(update={"reserved_for": payment_id})


def the_payment(bill: OpenBill) -> ApplyPayment:
    assert bill.reserved_for
    return ApplyPayment(
        bill_id=bill.bill_id,
        payment_id=bill.reserved_for,
        amount=Money(amount=TOTAL, currency=bill.currency),
    )


async def test_what_is_reserved_is_paid_and_nothing_stays_reserved(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    reserved = a_reservation(bill)

    first, again = [await billing.payments.reserve_payment(PAYING, reserved) for _ in range(2)]
    before = await ledger.bill(bill.bill_id)
    state = await billing.payments.apply_payment(PAYING, ApplyPayment(**dict(reserved)))

    assert first == again
    assert (first.patient_id, first.appointment_id) == (bill.patient_id, bill.appointment_id)
    assert (before["reserved"], before["paid"], before["status"]) == (TOTAL, 0, "OPEN")
    after = await ledger.bill(bill.bill_id)
    assert (after["reserved"], after["paid"], state.status) == (0, TOTAL, BillStatus.PAID)
    assert await ledger.wrong() == []


async def test_a_payment_that_is_let_go_leaves_the_bill_to_others(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    reserved = a_reservation(bill)
    await billing.payments.reserve_payment(PAYING, reserved)

    for _ in range(2):
        await billing.payments.release_payment(PAYING, reserved)
    await billing.payments.reserve_payment(a_process("payment-2"), a_reservation(bill))

    with pytest.raises(Undone):
        await billing.payments.reserve_payment(PAYING, reserved)
    assert (await ledger.bill(bill.bill_id))["reserved"] == TOTAL
    assert await ledger.wrong() == []


async def test_a_payment_that_was_applied_is_not_let_go(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    reserved = a_reservation(bill)
    await billing.payments.reserve_payment(PAYING, reserved)
    await billing.payments.apply_payment(PAYING, ApplyPayment(**dict(reserved)))

    await billing.payments.release_payment(PAYING, reserved)

    after = await ledger.bill(bill.bill_id)
    assert (after["reserved"], after["paid"]) == (0, TOTAL)
    assert await ledger.wrong() == []


async def test_nobody_reserves_more_than_the_bill_leaves(billing: BillingService) -> None:
    bill, void, paid = a_bill(), a_bill(), a_bill()
    await opened(billing, bill, "5.00")
    await billing.payments.reserve_payment(PAYING, a_reservation(bill, "60.00"))
    await opened(billing, paid, "105.00")
    await opened(billing, void)
    await billing.close_bill(a_process(), VoidBill(bill_id=void.bill_id))
    unpaid = a_bill()
    await opened(billing, unpaid)
    await billing.cancellations.apply_cancellation(a_process("cancel-1"), a_cancellation(unpaid))

    async def refusal(asked: ReservePayment) -> type[Refusal]:
        with pytest.raises(Refusal) as refused:
            await billing.payments.reserve_payment(a_process(f"payment-{asked.payment_id}"), asked)
        return type(refused.value)

    assert await refusal(a_reservation(a_bill())) is UnknownReference
    assert await refusal(a_reservation(bill, "1.00", "EUR")) is AmountRefused
    assert await refusal(a_reservation(void)) is BillClosed
    assert await refusal(a_reservation(paid, "0.01")) is BillClosed
    assert await refusal(a_reservation(unpaid, "0.01")) is BillClosed
    assert await refusal(a_reservation(bill, "100.01")) is AmountExceedsDue
    assert await refusal(a_reservation(bill, "40.01")) is BillHeld
    await billing.payments.reserve_payment(a_process("payment-2"), a_reservation(bill, "40.00"))


@pytest.mark.parametrize("amount", ["0", "-1", "1.005"])
async def test_nobody_reserves_what_nobody_can_pay(
    billing: BillingService, ledger: Ledger, amount: str
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)

    with pytest.raises(AmountRefused):
        await billing.payments.reserve_payment(PAYING, forged(a_reservation(bill), amount))

    assert await ledger.settlements(bill.bill_id, "PAYMENT") == []


async def test_of_two_payments_at_once_one_is_reserved(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)

    async def reserve(number: int) -> object:
        process, asked = a_process(f"payment-{number}"), a_reservation(bill)
        return await insist(lambda: billing.payments.reserve_payment(process, asked))

    answers = await asyncio.gather(*map(reserve, range(4)), return_exceptions=True)

    assert [type(answer) for answer in answers].count(BillHeld) == 3
    assert (await ledger.bill(bill.bill_id))["reserved"] == TOTAL


async def test_the_bill_of_a_held_slot_is_kept_to_its_payment(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_held_bill(uuid4())
    await billing.open_bill(a_process(), bill)

    with pytest.raises(BillHeld):
        await billing.payments.reserve_payment(PAYING, a_reservation(bill, "1.00"))
    other = await billing.payments.apply_payment(a_process("payment-2"), a_payment(bill, "1.00"))
    own = await billing.payments.apply_payment(a_process(), the_payment(bill))

    assert other.excess == 1
    assert (own.status, own.excess) == (BillStatus.PAID, Decimal(0))
    assert (await ledger.bill(bill.bill_id))["reserved"] == 0
    assert await ledger.wrong() == []


async def test_a_held_slot_that_costs_nothing_reserves_nothing(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_held_bill(uuid4(), "0.00")

    state = await billing.open_bill(a_process(), bill)

    assert state.status is BillStatus.PAID
    assert await ledger.settlements(bill.bill_id, "PAYMENT") == []


@pytest.mark.parametrize("is_undone", [True, False])
async def test_a_hold_that_ends_leaves_its_bill_void_and_nothing_reserved(
    billing: BillingService, ledger: Ledger, *, is_undone: bool
) -> None:
    bill = a_held_bill(uuid4())
    await billing.open_bill(a_process(), bill)

    if is_undone:
        await billing.void_bill(a_process(), bill)
    else:
        await billing.close_bill(a_process(), VoidBill(bill_id=bill.bill_id))

    after = await ledger.bill(bill.bill_id)
    assert (after["status"], after["reserved"], after["credited"]) == ("VOID", 0, TOTAL)
    assert await ledger.settlements(bill.bill_id, "PAYMENT") == [
        (bill.reserved_for, TOTAL, "RELEASED")
    ]
    assert await ledger.wrong() == []


async def test_a_bill_is_not_closed_while_somebody_else_pays_it(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    await billing.payments.reserve_payment(PAYING, a_reservation(bill))

    with pytest.raises(BillHasPayments):
        await billing.close_bill(a_process(), VoidBill(bill_id=bill.bill_id))
    await billing.void_bill(a_process(), bill)

    assert (await ledger.bill(bill.bill_id))["reserved"] == TOTAL


async def test_late_money_pays_the_bill_that_was_written_anew(
    billing: BillingService, ledger: Ledger
) -> None:
    bill, new_id = a_held_bill(uuid4()), uuid4()
    await billing.open_bill(a_process(), bill)
    await billing.void_bill(a_process(), bill)
    late = a_process("late-payment-1")
    reopen = ReopenBill(bill_id=bill.bill_id, new_bill_id=new_id)

    too_early = await billing.payments.apply_payment(late, the_payment(bill))
    anew, again = [await billing.reopen_bill(late, reopen) for _ in range(2)]
    other = await billing.reopen_bill(
        a_process("late-payment-2"), ReopenBill(bill_id=bill.bill_id, new_bill_id=uuid4())
    )
    on_new_bill = the_payment(bill).model_copy(update={"bill_id": new_id, "part": "anew"})
    paid = await billing.payments.apply_payment(late, on_new_bill)

    assert too_early.excess == TOTAL
    assert (anew.bill_id, anew.status, anew.total.amount) == (new_id, BillStatus.OPEN, TOTAL)
    assert anew == again == other
    assert (paid.status, paid.excess) == (BillStatus.PAID, Decimal(0))
    assert await ledger.bills_of(bill.appointment_id) == [(bill.bill_id, "VOID"), (new_id, "PAID")]
    assert await ledger.wrong() == []


async def test_a_bill_that_is_not_void_is_not_written_anew(
    billing: BillingService, ledger: Ledger
) -> None:
    bill, cancelled = a_bill(), a_bill()
    await opened(billing, bill)
    await opened(billing, cancelled)
    await billing.cancellations.apply_cancellation(a_process("cancel-1"), a_cancellation(cancelled))

    for number, old in enumerate((bill, cancelled)):
        told = await billing.reopen_bill(
            a_process(f"late-payment-{number}"),
            ReopenBill(bill_id=old.bill_id, new_bill_id=uuid4()),
        )
        assert told.bill_id == old.bill_id
        assert len(await ledger.bills_of(old.appointment_id)) == 1


async def test_a_payment_is_on_one_bill(billing: BillingService) -> None:
    bill, other = a_bill(), a_bill()
    (payment,) = await opened(billing, bill, "105.00")
    await opened(billing, other)

    with pytest.raises(WrongState):
        await billing.payments.apply_payment(
            a_process("payment-2"), payment.model_copy(update={"bill_id": other.bill_id})
        )


async def test_what_came_after_its_payment_was_let_go_is_given_back(
    billing: BillingService, ledger: Ledger
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    reserved = a_reservation(bill)
    await billing.payments.reserve_payment(PAYING, reserved)
    await billing.payments.release_payment(PAYING, reserved)

    late = await billing.payments.apply_payment(
        a_process("late-payment-1"), ApplyPayment(**dict(reserved))
    )

    assert (late.status, late.excess) == (BillStatus.OPEN, TOTAL)
    assert await ledger.wrong() == []
