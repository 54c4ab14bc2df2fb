"""A bill follows what is paid and credited."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from activities.billing.contract import (
    BillHasPayments,
    BillHeld,
    BillState,
    BillStatus,
    VoidBill,
)
from activities.billing.service import BillingService
from activities.contract import Undone, WrongState
from db.billing.queries import BillFilter, BillQueries
from db.reading import EVERYTHING, Sight
from tests.activities.bills import (
    BEGIN,
    DUE,
    TRACE,
    a_bill,
    a_line,
    a_payment,
    a_reservation,
    insist,
    reserve,
)
from tests.conftest import EngineOf
from tests.examples import a_process

NOTHING = Decimal(0)
RESERVE_ALL = text("UPDATE app.bills SET version = version + 1, reserved_amount = total_amount")


async def test_a_bill_that_asks_for_nothing_is_paid(billing: BillingService) -> None:
    state = await billing.open_bill(a_process(), a_bill(a_line("0.00")))

    assert state.status is BillStatus.PAID


async def test_the_same_bill_is_opened_and_observed_once(billing: BillingService) -> None:
    bill, process = a_bill(), a_process()
    before = REGISTRY.get_sample_value("bill_creation_latency_ms_count") or 0

    first, second = [await billing.open_bill(process, bill) for _ in range(2)]

    assert first == second
    assert REGISTRY.get_sample_value("bill_creation_latency_ms_count") == before + 1


async def test_a_visit_has_one_live_bill(billing: BillingService) -> None:
    first = a_bill()
    second = a_bill(appointment=first.appointment_id)
    await billing.open_bill(a_process("book-1"), first)

    with pytest.raises(WrongState):
        await billing.open_bill(a_process("book-2"), second)
    await billing.void_bill(a_process("book-1"), first)
    reopened = await billing.open_bill(a_process("late-payment-1"), second)

    assert reopened.status is BillStatus.OPEN


async def test_an_undone_bill_is_void_and_says_why(
    billing: BillingService, bills: BillQueries
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)

    for _ in range(2):
        await billing.void_bill(a_process(), bill)

    found = await bills.find(bill.bill_id, EVERYTHING)
    (credit,) = await bills.adjustments(bill.bill_id)
    assert found is not None
    assert (found["status"], found["balance"]) == ("VOID", 0)
    assert (credit["kind"], credit["amount"]) == ("VOID", Decimal("105.00"))
    assert credit["reason"] == "the booking was not completed"


async def test_a_bill_that_comes_after_its_undo_is_refused(billing: BillingService) -> None:
    late = a_bill()
    await billing.void_bill(a_process(), late)

    with pytest.raises(Undone):
        await billing.open_bill(a_process(), late)


async def test_the_bill_of_a_lost_hold_is_closed_once(billing: BillingService) -> None:
    bill = a_bill()
    lost = VoidBill(bill_id=bill.bill_id, reason="the slot was lost")
    await billing.open_bill(a_process(), bill)

    states = [await billing.close_bill(a_process(), lost) for _ in range(2)]

    assert [state.status for state in states] == [BillStatus.VOID] * 2


async def test_a_bill_with_payments_is_never_void(billing: BillingService) -> None:
    bill = a_bill()
    await billing.open_bill(a_process("book-1"), bill)
    await billing.payments.apply_payment(a_process("payment-1"), a_payment(bill, "5.00"))

    with pytest.raises(BillHasPayments):
        await billing.close_bill(a_process("book-1"), VoidBill(bill_id=bill.bill_id))
    await billing.void_bill(a_process("book-1"), bill)
    paid = await billing.payments.apply_payment(a_process("payment-2"), a_payment(bill, "100.00"))

    assert paid.status is BillStatus.PAID


async def test_payments_fill_the_bill_and_what_is_too_much_goes_back(
    billing: BillingService,
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)

    part = await billing.payments.apply_payment(a_process("payment-1"), a_payment(bill, "60.00"))
    rest = await billing.payments.apply_payment(a_process("payment-2"), a_payment(bill, "60.00"))

    assert (part.status, part.excess) == (BillStatus.PARTIALLY_PAID, NOTHING)
    assert (rest.status, rest.excess) == (BillStatus.PAID, Decimal("15.00"))


async def test_a_payment_is_applied_once_whoever_applies_it(billing: BillingService) -> None:
    bill = a_bill()
    payment = a_payment(bill, "120.00")
    await billing.open_bill(a_process(), bill)

    processes = ["payment-1", "payment-1", "reconcile-1"]
    states = [await billing.payments.apply_payment(a_process(name), payment) for name in processes]

    assert {state.excess for state in states} == {Decimal("15.00")}


async def test_of_two_payments_of_one_debt_at_once_one_is_too_much(
    billing: BillingService,
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)

    async def pay(number: int) -> BillState:
        process, payment = a_process(f"payment-{number}"), a_payment(bill)
        return await insist(lambda: billing.payments.apply_payment(process, payment))

    states = await asyncio.gather(*map(pay, range(2)))

    assert sorted(state.excess for state in states) == [0, Decimal("105.00")]


async def test_a_payment_waits_for_what_another_writes_on_its_bill(
    billing: BillingService, engine_of: EngineOf
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    async with engine_of("billing").begin() as another:
        await another.execute(BEGIN, {"trace": TRACE})
        await another.execute(RESERVE_ALL)
        asked = billing.payments.reserve_payment(a_process("payment-1"), a_reservation(bill))
        waiting = asyncio.create_task(asked)
        await asyncio.sleep(0.1)
        assert not waiting.done()

    with pytest.raises(BillHeld):
        await waiting


async def test_a_void_bill_takes_nothing(billing: BillingService) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    await billing.void_bill(a_process(), bill)

    state = await billing.payments.apply_payment(a_process("payment-1"), a_payment(bill))

    assert (state.status, state.excess) == (BillStatus.VOID, Decimal("105.00"))


async def test_what_another_payment_has_reserved_is_not_taken(
    billing: BillingService, engine_of: EngineOf
) -> None:
    bill = a_bill()
    await billing.open_bill(a_process(), bill)
    reserved = a_payment(bill, "100.00")
    await reserve(engine_of("billing"), reserved)

    other = await billing.payments.apply_payment(a_process("payment-1"), a_payment(bill))
    own = await billing.payments.apply_payment(a_process("payment-2"), reserved)

    assert (other.status, other.excess) == (BillStatus.PARTIALLY_PAID, Decimal("100.00"))
    assert (own.status, own.excess) == (BillStatus.PAID, NOTHING)


async def test_bills_are_found_by_visit_by_patient_and_when_overdue(
    billing: BillingService, bills: BillQueries
) -> None:
    first, second = a_bill(), a_bill()
    for number, bill in enumerate((first, second)):
        await billing.open_bill(a_process(f"book-{number}"), bill)
    await billing.payments.apply_payment(a_process("payment-1"), a_payment(second))
    after = BillFilter(overdue_on=DUE + timedelta(days=1))

    overdue = await bills.list(after, EVERYTHING, "due_date", 10, None)
    in_time = await bills.list(BillFilter(overdue_on=DUE), EVERYTHING, "due_date", 10, None)
    own = await bills.list(
        BillFilter(), Sight(patient_id=second.patient_id), "-created_at", 10, None
    )
    (of_visit,) = await bills.find_of_appointments([second.appointment_id or uuid4()], EVERYTHING)

    assert [row["bill_id"] for row in overdue.rows] == [first.bill_id]
    assert list(in_time.rows) == []
    assert [row["bill_id"] for row in own.rows] == [second.bill_id]
    assert of_visit["paid"] is True
    assert len(await bills.lines(first.bill_id)) == 1
