"""Money that the front desk takes never goes to the gateway, and is counted like any other."""

import asyncio
from decimal import Decimal
from uuid import uuid4

import pytest
from pydantic import ValidationError

from activities.contract import (
    Money,
    RefundExceedsPayment,
    WrongState,
)
from activities.payments.contract import (
    Method,
    OpenRefund,
    PayAtDesk,
    PaymentState,
    PaymentStatus,
    RefundReason,
    RefundState,
    RefundStatus,
)
from activities.payments.faults import GatewayRejected
from tests.activities.till import Till, an_authorisation, at_the_desk, forged, of, of_refund
from tests.examples import NOW, a_process

# What httpx says of Stripe's own SDK.

AT_DESK = [method for method in Method if method is not Method.CARD]


def back(payment: PayAtDesk, amount: str) -> OpenRefund:
    refund_id = uuid4()
    return OpenRefund(
        part=str(refund_id),
        refund_id=refund_id,
        payment_id=payment.payment_id,
        amount=Money(amount=Decimal(amount), currency="GBP"),
        reason_code=RefundReason.GOODWILL,
        reason="it was paid twice",
        process="book-1",
    )


@pytest.mark.parametrize("method", AT_DESK)
async def test_money_at_the_desk_is_there_at_once(till: Till, method: Method) -> None:
    payment = at_the_desk(method=method, reference="R-17")
    till.fails("any", "500-not-stored")  # whoever asks the gateway would meet it

    states = [await till.do(till.door.record_at_desk, payment) for _ in range(2)]

    row = await till.row(payment.payment_id)
    assert states == [PaymentState(status=PaymentStatus.COMPLETED)] * 2
    assert (row.method, row.status, row.captured) == (method, "COMPLETED", Decimal("105.00"))
    assert row.reference == "R-17"


async def test_it_is_paid_when_it_was_accepted(till: Till) -> None:
    payment = at_the_desk()

    await till.do(till.door.record_at_desk, payment)

    async with till.service.engine.connect() as connection:
        found = await connection.exec_driver_sql("SELECT paid_at, authorised_at FROM app.payments")
    assert tuple(found.one()) == (NOW, NOW)


async def test_what_the_desk_writes_down_may_come_twice_and_is_no_name_at_the_gateway(
    till: Till,
) -> None:
    card = await till.charge()
    reference = (await till.row(card.payment_id)).reference

    for note in ("INVOICE 7", "INVOICE 7", reference):
        await till.do(till.door.record_at_desk, at_the_desk(reference=note), process=str(uuid4()))
    state = await till.do(till.door.read_payment, of(card))

    assert state.status is PaymentStatus.COMPLETED


def test_a_card_is_not_taken_at_the_desk() -> None:
    with pytest.raises(ValidationError, match="a card is the gateway's"):
        at_the_desk(method=Method.CARD)


@pytest.mark.parametrize("amount", ["0", "-1", "1.005"])
async def test_no_layer_takes_an_amount_that_nobody_can_hand_over(till: Till, amount: str) -> None:
    wrong = at_the_desk().model_copy(update={"amount": forged(amount)})

    with pytest.raises(ValidationError):
        at_the_desk(amount)
    with pytest.raises(GatewayRejected):
        await till.do(till.door.record_at_desk, wrong)


async def test_the_gateway_is_not_asked_for_what_it_never_had(till: Till) -> None:
    payment = at_the_desk(reference="R-17")
    await till.do(till.door.record_at_desk, payment)
    meant = of(payment)

    with pytest.raises(WrongState):
        await till.do(till.door.read_payment, meant)
    with pytest.raises(WrongState):
        await till.do(till.door.record_capture, meant)
    with pytest.raises(WrongState):
        await till.do(till.door.reconcile_payment, meant)
    with pytest.raises(WrongState):
        await till.do(till.door.capture, of(payment, "a1"))
    with pytest.raises(WrongState):
        await till.do(till.door.authorise, an_authorisation(payment))


async def test_what_came_in_at_the_desk_goes_back_there_at_once(till: Till) -> None:
    payment = at_the_desk()
    await till.do(till.door.record_at_desk, payment)
    first, second, too_much = (back(payment, amount) for amount in ("5.00", "100.00", "0.01"))
    till.fails("any", "500-not-stored")

    states: list[RefundState] = []
    for refund in (first, second):
        await till.do(till.door.open_refund, refund)
        states += [await till.do(till.door.request_refund, of_refund(refund)) for _ in range(2)]
    with pytest.raises(RefundExceedsPayment):
        await till.do(till.door.open_refund, too_much)

    assert [state.status for state in states] == [RefundStatus.COMPLETED] * 4
    assert (await till.row(payment.payment_id)).refunded == Decimal("105.00")


async def test_of_many_refunds_at_the_desk_no_more_goes_back_than_came_in(till: Till) -> None:
    payment = at_the_desk()
    await till.do(till.door.record_at_desk, payment)

    outcomes = await asyncio.gather(
        *(till.service.refunds.open_refund(a_process(), back(payment, "30.00")) for _ in range(8)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, RefundState) for outcome in outcomes) == 3
    assert sum(isinstance(outcome, RefundExceedsPayment) for outcome in outcomes) == 5
