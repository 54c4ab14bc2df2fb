"""Never more goes back than came in, and what goes back goes back once."""

import asyncio
from decimal import Decimal

import pytest

from activities.contract import PaymentNotCompleted, RefundExceedsPayment
from activities.payments.contract import (
    Attempt,
    OpenPayment,
    OpenRefund,
    RefundState,
    RefundStatus,
)
from activities.payments.faults import GatewayRejected, GatewayUnsure
from activities.payments.gateway import Refund
from tests.activities.till import Till, a_refund, of, of_refund
from tests.examples import a_process

# What httpx says of Stripe's own SDK.


async def settle(till: Till, payment: OpenPayment, status: str) -> None:
    """End the refund of a payment that the gateway has not ended yet."""
    intent = till.account(payment.payment_id).id
    listed = till.peer.stripe.v1.refunds.list({"payment_intent": intent}).data
    (waiting,) = [refund.id for refund in listed if refund.status == "pending"]
    till.peer.http.post(f"/_control/refunds/{waiting}/settle?status={status}").raise_for_status()


async def test_a_refund_goes_back_once(till: Till) -> None:
    payment = await till.charge()
    refund = a_refund(payment, "5.00")

    opened = await till.do(till.door.open_refund, refund)
    states = [await till.do(till.door.request_refund, of_refund(refund)) for _ in range(2)]

    assert opened.status is RefundStatus.PENDING
    assert [state.status for state in states] == [RefundStatus.COMPLETED] * 2
    assert till.account(payment.payment_id).refunded == 500


@pytest.mark.parametrize("kind", ["timeout-after", "500-after", "garbage", "500-stored"])
async def test_a_refund_whose_answer_was_lost_goes_back_once(till: Till, kind: str) -> None:
    payment = await till.charge()
    refund = a_refund(payment, "5.00")
    await till.do(till.door.open_refund, refund)
    till.fails("refund", kind)
    till.fails("retrieve", "ok", "500-not-stored")

    with pytest.raises(GatewayUnsure):
        await till.do(till.door.request_refund, of_refund(refund))
    state = await till.do(till.door.request_refund, of_refund(refund), attempt=2)

    assert state.status is RefundStatus.COMPLETED
    assert till.account(payment.payment_id).refunded == 500


async def test_a_refund_that_takes_its_time_is_settled_by_asking(till: Till) -> None:
    payment = await till.charge("pm_sandbox_refundPending")
    refund = a_refund(payment)
    await till.do(till.door.open_refund, refund)

    states = [
        await till.do(till.door.request_refund, of_refund(refund)),
        await till.do(till.door.settle_refund, of_refund(refund, ":1")),
    ]
    await settle(till, payment, "succeeded")
    states.append(await till.do(till.door.settle_refund, of_refund(refund, ":2")))

    assert [state.status for state in states] == ["PENDING", "PENDING", "COMPLETED"]


async def test_what_failed_may_be_given_back_otherwise(till: Till) -> None:
    payment = await till.charge("pm_sandbox_refundPending")
    first = a_refund(payment)
    await till.do(till.door.open_refund, first)
    await till.do(till.door.request_refund, of_refund(first))
    with pytest.raises(RefundExceedsPayment):
        await till.do(till.door.open_refund, a_refund(payment, "0.01"))

    await settle(till, payment, "failed")
    failed = await till.do(till.door.settle_refund, of_refund(first, ":1"))
    second = await till.do(till.door.open_refund, a_refund(payment))

    assert failed == RefundState(status=RefundStatus.FAILED, failure_code="unknown")
    assert second.status is RefundStatus.PENDING


async def test_a_failed_refund_is_tried_again_when_a_person_says_so(till: Till) -> None:
    payment = await till.charge("pm_sandbox_refundPending")
    refund = a_refund(payment)
    await till.do(till.door.open_refund, refund)
    await till.do(till.door.request_refund, of_refund(refund))
    await settle(till, payment, "failed")
    await till.do(till.door.settle_refund, of_refund(refund, ":1"))

    again = await till.do(till.door.request_refund, of_refund(refund, "~1"))
    late = await till.do(till.door.request_refund, of_refund(refund))
    await settle(till, payment, "succeeded")
    done = await till.do(till.door.settle_refund, of_refund(refund, "~1:1"))

    assert (again.status, late.status) == (RefundStatus.PENDING, RefundStatus.PENDING)
    assert done.status is RefundStatus.COMPLETED
    assert till.account(payment.payment_id).refunded == 10500


async def test_a_refund_that_failed_at_once_is_tried_again_as_a_new_request(till: Till) -> None:
    payment = await till.charge("pm_sandbox_refundFails")
    refund = a_refund(payment)
    await till.do(till.door.open_refund, refund)
    parts = ("", ".2", ".3")

    states = [await till.do(till.door.request_refund, of_refund(refund, part)) for part in parts]

    keys = [f"{refund.refund_id}{part}" for part in parts]
    assert [state.status for state in states] == [RefundStatus.FAILED] * 3
    assert [till.peer.times_executed(key) for key in keys] == [1, 1, 1]
    assert (await till.row(payment.payment_id)).refunded == 0


async def test_what_was_answered_is_not_asked_of_the_gateway_again(till: Till) -> None:
    payment = await till.charge("pm_sandbox_refundFails")
    refund = a_refund(payment)
    await till.do(till.door.open_refund, refund)
    first = await till.do(till.door.request_refund, of_refund(refund))
    till.fails("any", "500-not-stored")  # the gateway may have forgotten our key since

    again = await till.do(till.door.request_refund, of_refund(refund), attempt=7)

    assert first == again


async def test_a_try_that_is_owed_no_more_is_refused_when_others_took_its_money(
    till: Till,
) -> None:
    payment = await till.charge("pm_sandbox_refundPending")
    first, second = a_refund(payment), a_refund(payment)
    await till.do(till.door.open_refund, first)
    await till.do(till.door.request_refund, of_refund(first))
    await settle(till, payment, "failed")
    await till.do(till.door.settle_refund, of_refund(first, ":1"))
    await till.do(till.door.open_refund, second)

    with pytest.raises(RefundExceedsPayment):
        await till.do(till.door.request_refund, of_refund(first, ".2"))

    assert (await till.row(payment.payment_id)).refunded == payment.amount.amount


async def test_two_refunds_at_once_never_give_back_more_than_came_in(till: Till) -> None:
    payment = await till.charge()
    refunds = [a_refund(payment, "60.00") for _ in range(2)]

    async def give_back(refund: OpenRefund) -> RefundState:
        await till.do(till.door.open_refund, refund)
        return await till.do(till.door.request_refund, of_refund(refund))

    outcomes = await asyncio.gather(*map(give_back, refunds), return_exceptions=True)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "RefundExceedsPayment",
        "RefundState",
    ]
    assert till.account(payment.payment_id).refunded == 6000


async def test_several_refunds_give_back_a_payment_in_parts(till: Till) -> None:
    payment = await till.charge()
    refunds = [a_refund(payment, amount) for amount in ("52.50", "52.49", "0.01")]

    async def give_back(refund: OpenRefund) -> RefundState:
        await till.do(till.door.open_refund, refund)
        return await till.do(till.door.request_refund, of_refund(refund))

    states = await asyncio.gather(*map(give_back, refunds))

    assert [state.status for state in states] == [RefundStatus.COMPLETED] * 3
    assert till.account(payment.payment_id).refunded == 10500
    with pytest.raises(RefundExceedsPayment):
        await till.do(till.door.open_refund, a_refund(payment, "0.01"))


async def test_a_refund_made_by_hand_does_not_hide_ours(till: Till) -> None:
    payment = await till.charge("pm_sandbox_refundPending")
    intent = till.account(payment.payment_id).id
    till.peer.stripe.v1.refunds.create(
        {"payment_intent": intent, "amount": 100, "metadata": {"note": "a gift"}}
    )
    refund = a_refund(payment, "5.00")
    await till.do(till.door.open_refund, refund)

    state = await till.do(till.door.request_refund, of_refund(refund))

    assert state.status is RefundStatus.PENDING
    assert till.account(payment.payment_id).refund_pending == 600


async def test_a_refund_that_is_still_alive_is_not_ordered_again(till: Till) -> None:
    payment = await till.charge("pm_sandbox_refundPending")
    refund = a_refund(payment, "5.00")
    await till.do(till.door.open_refund, refund)
    await till.do(till.door.request_refund, of_refund(refund))

    again = await till.do(till.door.request_refund, of_refund(refund, "~1"))

    assert again.status is RefundStatus.PENDING
    assert till.account(payment.payment_id).refund_pending == 500


async def test_nothing_goes_back_of_what_was_not_captured(till: Till) -> None:
    payment = await till.reserve()

    with pytest.raises(PaymentNotCompleted):
        await till.do(till.door.open_refund, a_refund(payment))


async def test_of_many_refunds_at_once_no_more_goes_back_than_came_in(till: Till) -> None:
    payment = await till.charge()
    refunds = [a_refund(payment, "30.00") for _ in range(8)]

    outcomes = await asyncio.gather(
        *(till.service.refunds.open_refund(a_process(), refund) for refund in refunds),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, RefundState) for outcome in outcomes) == 3
    assert sum(isinstance(outcome, RefundExceedsPayment) for outcome in outcomes) == 5


async def test_money_of_another_currency_never_came_in(till: Till) -> None:
    payment = await till.charge()

    with pytest.raises(RefundExceedsPayment):
        await till.do(till.door.open_refund, a_refund(payment, "1.00", "EUR"))


async def test_the_gateway_has_a_ceiling_of_its_own(till: Till) -> None:
    payment = await till.charge()
    known = await till.gateway.read(await till.service.find_payment(of(payment)))
    amount = payment.amount.model_copy(update={"amount": Decimal("105.01")})
    too_much = Refund(payment.payment_id, amount, (known and known.reference) or "")

    with pytest.raises(GatewayRejected, match=r"^400$"):
        await till.gateway.give_back(too_much, "book-1", "", Attempt())

    assert till.account(payment.payment_id).refunded == 0
