"""What has not ended in time is found, and compared with the gateway's books."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from activities.payments import reconciling, stripe_gateway
from activities.payments.contract import (
    Attempt,
    Captured,
    CapturedPayment,
    GatewayEvent,
    GatewayState,
    ListCaptured,
    ListUnsettled,
    OpenPayment,
    PaymentStatus,
    Reconciled,
    RefundStatus,
    Unsettled,
    UnsettledPayment,
    UnsettledRefund,
    Verdict,
)
from activities.payments.gateway import Return
from tests.activities.till import Till, a_first_try, a_payment, a_refund, of, of_refund
from tests.examples import NOW, a_process

# What httpx says of Stripe's own SDK.

INSTANT = timedelta(microseconds=1)
OVERDUE, FORSAKEN = NOW + timedelta(minutes=15), NOW + timedelta(hours=1)
NIGHT = NOW + timedelta(hours=16)


async def listed(till: Till, at: datetime = NIGHT, after: UUID | None = None) -> Unsettled:
    night = a_process("night", at)
    return await till.do(till.door.list_unsettled, ListUnsettled(after=after), process=night)


async def compared(till: Till, payment: OpenPayment, at: datetime = NIGHT) -> Reconciled:
    return await till.do(till.door.reconcile_payment, of(payment), process=a_process("night", at))


def an_event(payment: OpenPayment, at: datetime, name: str = "evt_1") -> GatewayEvent:
    return GatewayEvent(
        event_id=name,
        type="payment_intent.succeeded",
        object_reference="pi_1",
        payload={"object": "payment_intent", "status": "succeeded"},
        occurred_at=int(at.timestamp()),
        payment_id=payment.payment_id,
    )


@pytest.mark.parametrize(
    ("at", "is_overdue"), [(OVERDUE - INSTANT, False), (OVERDUE, False), (OVERDUE + INSTANT, True)]
)
async def test_a_payment_is_asked_for_after_a_quarter_of_an_hour(
    till: Till, at: datetime, *, is_overdue: bool
) -> None:
    payment = await till.reserve()

    found = await listed(till, at)

    waiting = UnsettledPayment(
        payment_id=payment.payment_id,
        bill_id=payment.bill_id,
        appointment_id=payment.appointment_id,
        status=PaymentStatus.PENDING,
        process="book-1",
    )
    assert found == Unsettled(payments=(waiting,) if is_overdue else ())


@pytest.mark.parametrize(
    ("at", "is_overdue"), [(OVERDUE - INSTANT, False), (OVERDUE, False), (OVERDUE + INSTANT, True)]
)
async def test_a_refund_is_asked_for_after_a_quarter_of_an_hour(
    till: Till, at: datetime, *, is_overdue: bool
) -> None:
    payment = await till.charge()
    refund = a_refund(payment)
    await till.do(till.door.open_refund, refund, process="cancel-1")

    found = await listed(till, at)

    waiting = UnsettledRefund(
        refund_id=refund.refund_id, payment_id=payment.payment_id, process="cancel-1"
    )
    assert found.refunds == ((waiting,) if is_overdue else ())
    assert [one.status for one in found.payments] == ["COMPLETED"] * is_overdue


@pytest.mark.parametrize(
    ("at", "is_overdue"), [(OVERDUE - INSTANT, False), (OVERDUE, False), (OVERDUE + INSTANT, True)]
)
async def test_an_event_that_nobody_handled_is_found_after_a_quarter_of_an_hour(
    till: Till, at: datetime, *, is_overdue: bool
) -> None:
    payment = await till.reserve()
    await till.do(till.door.void, payment)
    ours, stray = an_event(payment, NOW), an_event(a_payment(), NOW, "evt_2")
    for event in (ours, stray):
        await till.do(till.door.record_event, event, process=event.event_id)

    found = await listed(till, at)

    assert [one.payment_id for one in found.payments] == [payment.payment_id] * is_overdue
    assert [one.event_id for one in found.events] == ["evt_2"] * is_overdue


async def test_what_has_ended_is_not_asked_for(till: Till) -> None:
    payment = await till.charge()
    refund = a_refund(payment)
    await till.do(till.door.open_refund, refund)
    await till.do(till.door.request_refund, of_refund(refund))
    voided = a_payment()
    await till.do(till.door.authorise, a_first_try(voided), process="book-2")
    await till.do(till.door.void, voided, process="book-2")

    assert await listed(till) == Unsettled()


async def test_a_long_list_comes_in_pages(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "PAGE", 2)
    payments = [a_payment() for _ in range(5)]
    for number, payment in enumerate(payments):
        await till.service.begin_open_payment(a_process(f"book-{number}"), payment)
    stray = an_event(a_payment(), NOW)
    await till.do(till.door.record_event, stray, process=stray.event_id)

    pages: list[Unsettled] = []
    after = None
    while not pages or after:
        pages.append(await listed(till, after=after))
        after = pages[-1].next

    ids = [one.payment_id for page in pages for one in page.payments]
    assert [len(page.payments) for page in pages] == [2, 2, 1]
    assert ids == sorted(payment.payment_id for payment in payments)
    assert [len(page.events) for page in pages] == [1, 0, 0]


Happened = Callable[[Till], Awaitable[OpenPayment]]


async def charged(till: Till) -> OpenPayment:
    return await till.charge()


async def voided(till: Till) -> OpenPayment:
    payment = await till.reserve()
    await till.do(till.door.void, payment)
    return payment


async def expected(till: Till) -> OpenPayment:
    payment = a_payment()
    await till.service.begin_open_payment(a_process(), payment)
    return payment


async def voided_before_it_was_asked_for(till: Till) -> OpenPayment:
    payment = await expected(till)
    await till.do(till.door.void, payment)
    return payment


async def captured_outside(till: Till) -> OpenPayment:
    payment = await till.reserve()
    till.capture_outside(payment)
    return payment


async def captured_before_its_void(till: Till) -> OpenPayment:
    payment = await captured_outside(till)
    await till.do(till.door.void, payment)
    return payment


async def partly_captured(till: Till) -> OpenPayment:
    payment = await till.reserve()
    intent = till.account(payment.payment_id).id
    till.peer.stripe.v1.payment_intents.capture(intent, {"amount_to_capture": 10499})
    return payment


async def cancelled_outside(till: Till) -> OpenPayment:
    payment = await till.reserve()
    till.peer.stripe.v1.payment_intents.cancel(till.account(payment.payment_id).id)
    return payment


async def given_back(till: Till) -> OpenPayment:
    payment = await till.charge()
    refund = a_refund(payment, "5.00")
    await till.do(till.door.open_refund, refund)
    await till.do(till.door.request_refund, of_refund(refund))
    return payment


async def on_its_way_back(till: Till) -> OpenPayment:
    payment = await till.charge()
    await till.do(till.door.open_refund, a_refund(payment, "5.00"))
    refund_outside(till, payment, 500)
    return payment


async def lost_on_its_way_back(till: Till) -> OpenPayment:
    payment = await till.charge()
    refund = a_refund(payment, "5.00")
    await till.do(till.door.open_refund, refund)
    heard = Return(reference="re_1", status=RefundStatus.COMPLETED)
    await till.service.refunds.heard(heard).requested(a_process(), of_refund(refund))
    return payment


async def given_back_by_hand(till: Till) -> OpenPayment:
    payment = await till.charge()
    refund_outside(till, payment, 1)
    return payment


def refund_outside(till: Till, payment: OpenPayment, amount: int) -> None:
    intent = till.account(payment.payment_id).id
    till.peer.stripe.v1.refunds.create({"payment_intent": intent, "amount": amount})


@pytest.mark.parametrize(
    ("happened", "verdict", "status"),
    [
        (charged, Verdict.AGREES, PaymentStatus.COMPLETED),
        (given_back, Verdict.AGREES, PaymentStatus.COMPLETED),
        (on_its_way_back, Verdict.AGREES, PaymentStatus.COMPLETED),
        (voided, Verdict.AGREES, PaymentStatus.FAILED),
        (voided_before_it_was_asked_for, Verdict.AGREES, PaymentStatus.FAILED),
        (cancelled_outside, Verdict.AGREES, PaymentStatus.FAILED),
        (captured_outside, Verdict.CAPTURED_UNKNOWN, PaymentStatus.PENDING),
        (captured_before_its_void, Verdict.CAPTURED_UNKNOWN, PaymentStatus.COMPLETED),
        (Till.reserve, Verdict.AUTHORISED_STRAY, PaymentStatus.PENDING),
        (expected, Verdict.GATEWAY_UNKNOWN, PaymentStatus.FAILED),
        (partly_captured, Verdict.AMOUNT_DIFFERS, PaymentStatus.PENDING),
        (given_back_by_hand, Verdict.AMOUNT_DIFFERS, PaymentStatus.COMPLETED),
        (lost_on_its_way_back, Verdict.AMOUNT_DIFFERS, PaymentStatus.COMPLETED),
    ],
)
async def test_a_payment_is_compared_with_the_gateways_books(
    till: Till, happened: Happened, verdict: Verdict, status: PaymentStatus
) -> None:
    payment = await happened(till)
    before = till.account(payment.payment_id) if till.accounts(payment.payment_id) else None

    told = [await compared(till, payment) for _ in range(2)]

    same = Reconciled(payment_id=payment.payment_id, verdict=verdict, status=status)
    assert told[0] == same
    # What was let go because nobody had asked for it agrees from then on.
    assert told[1] == same.model_copy(
        update={"verdict": Verdict.AGREES} if happened is expected else {}
    )
    assert (await till.row(payment.payment_id)).status == status
    if before:
        assert till.account(payment.payment_id) == before


@pytest.mark.parametrize(
    ("at", "is_forsaken"),
    [(FORSAKEN - INSTANT, False), (FORSAKEN, False), (FORSAKEN + INSTANT, True)],
)
async def test_nobody_waits_for_a_payer_after_an_hour(
    till: Till, at: datetime, *, is_forsaken: bool
) -> None:
    reserved, unasked = await till.reserve(), a_payment()
    await till.service.begin_open_payment(a_process("book-2"), unasked)

    first, second = await compared(till, reserved, at), await compared(till, unasked, at)

    assert first.verdict is (Verdict.AUTHORISED_STRAY if is_forsaken else Verdict.AGREES)
    assert second.verdict is Verdict.GATEWAY_UNKNOWN
    assert second.status is (PaymentStatus.FAILED if is_forsaken else PaymentStatus.PENDING)


async def test_money_that_can_still_be_taken_after_a_void_is_a_stray(till: Till) -> None:
    payment = await voided_before_it_was_asked_for(till)
    late = await till.service.find_payment(of(payment))
    await till.gateway.open_authorised(late, "pm_card_visa", payment.process, Attempt())

    assert (await compared(till, payment, NOW)).verdict is Verdict.AUTHORISED_STRAY


async def test_a_capture_that_is_gone_from_the_gateway_is_a_finding(till: Till) -> None:
    payment = a_payment()
    await till.service.begin_open_payment(a_process(), payment)
    late = await till.service.find_payment(of(payment))
    heard = await till.gateway.open_authorised(late, "pm_card_visa", payment.process, Attempt())
    await till.service.heard(replace(heard, state=GatewayState.CAPTURED)).captured(
        a_process(), of(payment)
    )

    assert (await compared(till, payment)).verdict is Verdict.AMOUNT_DIFFERS


async def test_events_of_a_payment_that_agrees_are_handled(till: Till) -> None:
    payment = await captured_outside(till)
    event = an_event(payment, NOW)
    recorded = await till.do(till.door.record_event, event, process=event.event_id)

    verdicts = [(await compared(till, payment)).verdict]
    still_listed = await listed(till)
    await till.do(till.door.record_capture, of(payment), process="late-payment-1")
    verdicts.append((await compared(till, payment)).verdict)

    assert recorded.is_news
    assert verdicts == [Verdict.CAPTURED_UNKNOWN, Verdict.AGREES]
    assert [one.payment_id for one in still_listed.payments] == [payment.payment_id]
    assert await listed(till) == Unsettled()


async def test_an_event_of_a_refund_that_agrees_is_handled_in_the_night(till: Till) -> None:
    payment = await given_back(till)
    event = an_event(payment, NOW).model_copy(
        update={"payload": {"object": "charge", "amount_refunded": 1, "currency": "gbp"}}
    )
    await till.do(till.door.record_event, event, process=event.event_id)
    was_listed = await listed(till)

    await compared(till, payment)

    assert [one.payment_id for one in was_listed.payments] == [payment.payment_id]
    assert await listed(till) == Unsettled()


async def test_what_the_gateway_captured_and_is_not_completed_here_is_listed(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_gateway, "PAGE", 1)
    since = datetime.now(UTC).replace(microsecond=0)
    known, pending, reserved = await till.charge(), a_payment(), a_payment()
    await till.do(till.door.authorise, a_first_try(pending), process="book-2")
    till.capture_outside(pending)
    await till.do(till.door.authorise, a_first_try(reserved), process="book-3")
    stranger = till.peer.charge().id
    until = datetime.now(UTC) + timedelta(seconds=1)

    pages: list[Captured] = []
    asked = ListCaptured(since=since, until=until)
    while not pages or pages[-1].next:
        pages.append(await till.do(till.door.list_captured, asked))
        asked = asked.model_copy(update={"after": pages[-1].next})

    found = {one.reference: one for page in pages for one in page.payments}
    reference = till.account(pending.payment_id).id
    assert found[stranger] == CapturedPayment(reference=stranger)
    assert found[reference] == CapturedPayment(
        reference=reference, payment_id=pending.payment_id, status=PaymentStatus.PENDING
    )
    assert not found.keys() & {till.account(payment.payment_id).id for payment in (known, reserved)}
    assert len(pages) >= 4


async def test_what_was_captured_before_or_after_is_in_no_list_of_a_day(till: Till) -> None:
    till.peer.charge()
    now = datetime.now(UTC).replace(microsecond=0)

    spans = [(now + timedelta(seconds=1), now + timedelta(days=1)), (now, now)]
    pages = [
        await till.do(till.door.list_captured, ListCaptured(since=since, until=until))
        for since, until in spans
    ]

    assert [page.payments for page in pages] == [(), ()]
