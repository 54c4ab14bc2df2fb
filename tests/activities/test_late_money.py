"""Money that comes when nobody waits for it is written down once, and never lost."""

import asyncio
from decimal import Decimal

import asyncpg
import pytest

from activities.contract import (
    PaymentNotCompleted,
    Refusal,
    Undone,
    UnknownReference,
)
from activities.payments.contract import (
    Attempt,
    GatewayState,
    LateMoney,
    ListUnsettled,
    OpenPayment,
    PaymentStatus,
    RefundStatus,
)
from activities.payments.faults import GatewayUnsure
from activities.payments.gateway import Payment
from tests.activities.interrupted import Interrupted
from tests.activities.till import (
    VISA,
    Till,
    a_first_try,
    a_payment,
    a_refund,
    of,
    of_refund,
)
from tests.examples import a_process

# What httpx says of Stripe's own SDK.

Superuser = dict[str, asyncpg.Connection]
LATE = "late-payment-1"


async def history_of(payments: asyncpg.Connection) -> list[str]:
    rows = await payments.fetch("SELECT to_status FROM app.payment_changes ORDER BY version")
    return [row["to_status"] for row in rows]


async def is_listed(till: Till, payment: OpenPayment) -> bool:
    listed = await till.service.unsettled.list_unsettled(a_process("night"), ListUnsettled())
    return payment.payment_id in [one.payment_id for one in listed.payments]


def money_of(payment: OpenPayment) -> LateMoney:
    return LateMoney(
        at_gateway=GatewayState.CAPTURED,
        bill_id=payment.bill_id,
        appointment_id=payment.appointment_id,
        patient_id=payment.patient_id,
        amount=payment.amount,
    )


async def test_a_capture_that_nobody_heard_of_is_written_down(
    till: Till, superuser: Superuser
) -> None:
    payment = await till.reserve()
    till.capture_outside(payment)

    told = [
        await till.do(till.door.record_capture, of(payment), process=LATE, attempt=attempt)
        for attempt in (1, 2)
    ]

    row = await till.row(payment.payment_id)
    assert told == [money_of(payment)] * 2
    assert (row.status, row.captured) == (PaymentStatus.COMPLETED, Decimal("105.00"))
    assert await history_of(superuser["payments"]) == ["PENDING", "COMPLETED"]


async def test_money_that_comes_after_the_void_is_written_down_all_the_same(
    till: Till, superuser: Superuser
) -> None:
    payment = a_payment()
    await till.service.begin_open_payment(a_process(), payment)
    await till.do(till.door.void, payment)
    # A call that was under way all the time.
    here = Payment(payment.payment_id, payment.amount)
    await till.gateway.open_authorised(here, VISA, payment.process, Attempt())
    till.capture_outside(payment)

    told = await till.do(till.door.record_capture, of(payment), process=LATE)

    row = await till.row(payment.payment_id)
    assert told == money_of(payment)
    assert (row.status, row.failure_code) == (PaymentStatus.COMPLETED, None)
    assert await history_of(superuser["payments"]) == ["PENDING", "FAILED", "COMPLETED"]


async def test_money_that_is_known_already_is_told_and_not_written_again(till: Till) -> None:
    payment = await till.charge()
    before = await till.row(payment.payment_id)

    told = await till.do(till.door.record_capture, of(payment), process=LATE)

    assert told == money_of(payment)
    assert await till.row(payment.payment_id) == before


@pytest.mark.parametrize("state", ["open", "needs action", "authorised", "cancelled", "declined"])
async def test_what_was_not_captured_is_let_go_and_never_comes(till: Till, state: str) -> None:
    payment = a_payment()
    if state == "open":
        await till.do(till.door.open_payment, payment)
    if state == "needs action":
        await till.do(till.door.authorise, a_first_try(payment, "pm_card_authenticationRequired"))
    if state in {"authorised", "cancelled"}:
        await till.do(till.door.authorise, a_first_try(payment))
    if state == "declined":
        with pytest.raises(Refusal):
            await till.do(till.door.authorise, a_first_try(payment, "pm_card_visa_chargeDeclined"))
    if state == "cancelled":
        till.peer.stripe.v1.payment_intents.cancel(till.account(payment.payment_id).id)

    for attempt in (1, 2):
        with pytest.raises(Refusal) as refusal:
            await till.do(till.door.record_capture, of(payment), process=LATE, attempt=attempt)
        assert refusal.value.code == PaymentNotCompleted.code

    account = till.account(payment.payment_id)
    assert (account.status, account.authorised) == ("canceled", 0)
    assert (await till.row(payment.payment_id)).status == PaymentStatus.FAILED


async def test_what_the_gateway_cannot_find_yet_is_asked_for_again(till: Till) -> None:
    payment = a_payment()
    await till.service.begin_open_payment(a_process(), payment)

    with pytest.raises(GatewayUnsure):
        await till.do(till.door.record_capture, of(payment), process=LATE)

    assert (await till.row(payment.payment_id)).status == PaymentStatus.PENDING


async def test_a_payment_of_somebody_else_is_none_of_ours(till: Till) -> None:
    with pytest.raises(UnknownReference):
        await till.do(till.door.record_capture, of(a_payment()), process=LATE)


async def test_late_money_goes_back_and_no_more_than_that(till: Till) -> None:
    payment = await till.reserve()
    till.capture_outside(payment)
    await till.do(till.door.record_capture, of(payment), process=LATE)
    refund = a_refund(payment)

    await till.do(till.door.open_refund, refund, process=LATE)
    state = await till.do(till.door.request_refund, of_refund(refund), process=LATE)
    with pytest.raises(Refusal) as refusal:
        await till.do(till.door.open_refund, a_refund(payment, "0.01"), process=LATE)

    assert state.status is RefundStatus.COMPLETED
    assert refusal.value.code == "refund-exceeds-payment"
    assert till.account(payment.payment_id).refunded == 10500


async def test_an_undo_is_not_stopped_by_money_that_came_and_the_money_is_not_forgotten(
    till: Till,
) -> None:
    payment = await till.reserve()
    till.capture_outside(payment)

    for attempt in (1, 2):
        await till.do(till.door.void, payment, attempt=attempt)
    undone = await till.row(payment.payment_id)
    was_listed = await is_listed(till, payment)
    told = await till.do(till.door.record_capture, of(payment), process=LATE)

    assert (undone.status, undone.failure_code) == (PaymentStatus.COMPLETED, "voided")
    assert was_listed
    assert told == money_of(payment)
    assert (await till.row(payment.payment_id)).failure_code is None
    assert not await is_listed(till, payment)


async def test_money_that_was_written_down_before_its_void_is_not_forgotten_either(
    till: Till,
) -> None:
    payment = await till.charge()

    await till.do(till.door.void, payment)
    was_listed = await is_listed(till, payment)
    await till.do(till.door.record_capture, of(payment), process=LATE)

    assert was_listed
    assert not await is_listed(till, payment)
    assert till.account(payment.payment_id).captured == 10500


@pytest.mark.parametrize("moment", ["first", "then"])
async def test_a_capture_that_meets_its_void_ends_in_one_of_two_ways(
    till: Till, moment: str
) -> None:
    payment = await till.reserve()
    gateway = Interrupted(till.peer.url, **{moment: lambda: till.do(till.door.void, payment)})

    with pytest.raises((Undone, Refusal)):
        await till.do(till.before(gateway).capture, of(payment, "a1"))

    account, row = till.account(payment.payment_id), await till.row(payment.payment_id)
    assert account.authorised == account.captured
    assert row.captured * 100 == account.captured
    assert await is_listed(till, payment) == (account.captured > 0)
    await gateway.close()


async def test_captures_and_voids_at_once_never_lose_money(till: Till) -> None:
    payments = {f"book-{number}": a_payment() for number in range(6)}
    for process, payment in payments.items():
        await till.do(till.door.authorise, a_first_try(payment), process=process)

    await asyncio.gather(
        *(
            till.do(till.door.capture, of(payment, "a1"), process=process)
            for process, payment in payments.items()
        ),
        *(
            till.do(till.door.void, payment, process=process)
            for process, payment in payments.items()
        ),
        return_exceptions=True,
    )

    for payment in payments.values():
        account, row = till.account(payment.payment_id), await till.row(payment.payment_id)
        assert account.status in {"canceled", "succeeded"}
        assert row.captured * 100 == account.captured
        # Whoever has the money, a process must find out what for.
        assert await is_listed(till, payment) == (account.captured > 0)
