"""Events nudge: whatever their order and number, what they tell of happens once."""

import asyncio
from itertools import permutations
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

import asyncpg
import pytest

from activities.contract import PaymentNotCompleted
from activities.payments.contract import (
    EventRecorded,
    GatewayEvent,
    OpenPayment,
    PaymentOf,
    PaymentStatus,
)
from db.inbox import Inbox
from tests.activities.till import (
    Till,
    a_first_try,
    a_payment,
    a_refund,
    at_the_desk,
    of,
    of_refund,
)
from tests.waiting import until

# What httpx says of Stripe's own SDK.

Superuser = dict[str, asyncpg.Connection]
ORDERS = sorted(set(permutations(("authorised", "captured", "refunded") * 2)))


def an_event(
    payment: OpenPayment, kind: str, object: str, status: str | None = None, **more: object
) -> GatewayEvent:
    return GatewayEvent(
        event_id=f"evt_{kind}_{payment.payment_id.hex}",
        type=kind,
        object_reference=f"{object}_of_{payment.payment_id.hex}",
        payload={"object": object, "status": status, "currency": "gbp", **more},
        occurred_at=1_796_000_000,
        payment_id=payment.payment_id,
    )


def events_of(payment: OpenPayment) -> dict[str, GatewayEvent]:
    return {
        "authorised": an_event(payment, "authorised", "payment_intent", "requires_capture"),
        "captured": an_event(payment, "captured", "payment_intent", "succeeded"),
        "refunded": an_event(payment, "refunded", "charge", amount_refunded=10500),
    }


async def heard(till: Till, payment: OpenPayment, event: GatewayEvent) -> None:
    """Keep an event; if somebody must act, take late money, and give it back."""
    recorded = await till.do(till.door.record_event, event, process=event.event_id)
    if not recorded.is_news:
        return
    late = f"late-payment-{payment.payment_id}"
    money = await till.do(till.door.record_capture, of(payment), process=late)
    refund_id = uuid5(NAMESPACE_OID, late)
    refund = a_refund(payment).model_copy(
        update={"refund_id": refund_id, "part": str(refund_id), "amount": money.amount}
    )
    await till.do(till.door.open_refund, refund, process=late)
    await till.do(till.door.request_refund, of_refund(refund), process=late)


async def a_lost_capture(till: Till, process: str) -> OpenPayment:
    payment = a_payment()
    await till.do(till.door.authorise, a_first_try(payment), process=process)
    till.capture_outside(payment)
    return payment


async def has_moved_once(till: Till, payment: OpenPayment, payments: asyncpg.Connection) -> None:
    account, row = till.account(payment.payment_id), await till.row(payment.payment_id)
    moves = await payments.fetch(
        """SELECT to_status FROM app.payment_changes WHERE payment_id = $1
           UNION ALL
           SELECT to_status FROM app.refund_changes JOIN app.refunds USING (refund_id)
           WHERE payment_id = $1 ORDER BY 1""",
        payment.payment_id,
    )
    kept = await payments.fetch(
        "SELECT outcome FROM app.gateway_events WHERE payment_id = $1", payment.payment_id
    )
    assert (account.captured, account.refunded, account.refund_pending) == (10500, 10500, 0)
    assert (row.status, row.captured, row.refunded) == ("COMPLETED", row.amount, row.amount)
    assert [move["to_status"] for move in moves] == ["COMPLETED"] * 2 + ["PENDING"] * 2
    assert len(kept) == 3
    assert {event["outcome"] for event in kept} <= {"APPLIED", "IGNORED"}


async def test_gateway_events_in_any_order_and_number_have_one_effect(
    till: Till, superuser: Superuser
) -> None:
    for number, order in enumerate(ORDERS):
        payment = await a_lost_capture(till, f"book-{number}")
        events = events_of(payment)

        for kind in order:
            await heard(till, payment, events[kind])

        await has_moved_once(till, payment, superuser["payments"])


async def test_events_that_come_all_at_once_have_one_effect(
    till: Till, superuser: Superuser
) -> None:
    for number in range(5):
        payment = await a_lost_capture(till, f"book-{number}")

        await asyncio.gather(
            *(heard(till, payment, event) for event in events_of(payment).values()),
            *(heard(till, payment, event) for event in events_of(payment).values()),
        )
        # What was told before its refund was decided is matched in the night.
        await till.do(till.door.reconcile_payment, of(payment), process="night")

        await has_moved_once(till, payment, superuser["payments"])


WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


async def test_an_event_waits_for_what_is_being_written_of_its_payment(
    till: Till, superuser: Superuser
) -> None:
    payment = await a_lost_capture(till, "book-1")

    async with till.service.engine.begin() as writing:
        await Inbox(writing).enter("{}", [f"payment:{payment.payment_id}"])
        keeping = asyncio.create_task(recorded(till, events_of(payment)["captured"]))

        async def is_stopped() -> bool:
            return keeping.done() or bool(await superuser["payments"].fetchval(WAITING))

        await until(is_stopped)
        has_waited = not keeping.done()
    await keeping

    assert has_waited


async def recorded(till: Till, event: GatewayEvent) -> EventRecorded:
    return await till.do(till.door.record_event, event, process=event.event_id)


@pytest.mark.parametrize("status", ["requires_capture", "succeeded", "canceled"])
async def test_what_is_completed_here_is_old_news(till: Till, status: str) -> None:
    payment = await till.charge()

    told = await recorded(till, an_event(payment, "event", "payment_intent", status))

    assert not told.is_news


@pytest.mark.parametrize(
    ("status", "is_news"),
    [
        ("canceled", False),
        ("requires_payment_method", False),
        # Money that can be taken, or was, is never old news of a payment that is over.
        ("requires_capture", True),
        ("succeeded", True),
    ],
)
async def test_an_end_here_explains_no_money_there(
    till: Till, status: str, *, is_news: bool
) -> None:
    payment = await till.reserve()
    await till.do(till.door.void, payment)

    told = await recorded(till, an_event(payment, "event", "payment_intent", status))

    assert told.is_news is is_news


async def test_money_that_a_void_met_is_news_until_somebody_looks_after_it(till: Till) -> None:
    payment = await till.reserve()
    till.capture_outside(payment)
    await till.do(till.door.void, payment)
    late = f"late-payment-{payment.payment_id}"

    first = await recorded(till, an_event(payment, "first", "payment_intent", "succeeded"))
    await till.do(till.door.record_capture, PaymentOf(payment_id=payment.payment_id), process=late)
    second = await recorded(till, an_event(payment, "second", "payment_intent", "succeeded"))

    assert first.is_news
    assert not second.is_news


@pytest.mark.parametrize(
    ("status", "is_news"), [("requires_capture", False), ("succeeded", True), ("canceled", True)]
)
async def test_what_is_reserved_here_is_no_news_but_its_end_is(
    till: Till, status: str, *, is_news: bool
) -> None:
    payment = await till.reserve()

    told = await recorded(till, an_event(payment, "event", "payment_intent", status))

    assert told.is_news is is_news


async def test_what_its_payer_reserved_is_news(till: Till) -> None:
    payment = a_payment()
    await till.do(till.door.open_payment, payment)

    told = await recorded(till, events_of(payment)["authorised"])

    assert told.is_news


@pytest.mark.parametrize(
    ("method", "status", "is_news"),
    [
        ("pm_card_visa", "succeeded", False),
        ("pm_card_visa", "failed", True),
        ("pm_sandbox_refundFails", "failed", False),
        ("pm_sandbox_refundFails", "succeeded", True),
        ("pm_sandbox_refundPending", "succeeded", True),
        ("pm_sandbox_refundPending", "failed", True),
    ],
)
async def test_an_end_of_a_refund_is_old_news_when_it_is_the_one_we_know(
    till: Till, method: str, status: str, *, is_news: bool
) -> None:
    payment = await till.charge(method)
    refund = a_refund(payment)
    await till.do(till.door.open_refund, refund)
    await till.do(till.door.request_refund, of_refund(refund))
    event = an_event(
        *(payment, "event", "refund", status),
        metadata={"refund_id": str(refund.refund_id)},
    )

    assert (await recorded(till, event)).is_news is is_news


@pytest.mark.parametrize(("given_back", "is_news"), [(500, False), (501, True), (499, True)])
async def test_what_went_back_is_old_news_to_the_cent(
    till: Till, given_back: int, *, is_news: bool
) -> None:
    payment = await till.charge()
    refund = a_refund(payment, "5.00")
    await till.do(till.door.open_refund, refund)
    await till.do(till.door.request_refund, of_refund(refund))

    told = await recorded(till, an_event(payment, "event", "charge", amount_refunded=given_back))

    assert told.is_news is is_news


async def outcomes(superuser: Superuser) -> list[str | None]:
    rows = await superuser["payments"].fetch("SELECT outcome FROM app.gateway_events")
    return [row["outcome"] for row in rows]


@pytest.mark.parametrize("end", ["capture", "void", "record_capture"])
async def test_news_is_open_until_the_record_says_it_too(
    till: Till, superuser: Superuser, end: str
) -> None:
    payment = a_payment()
    await till.do(till.door.open_payment, payment)
    till.authorise_outside(payment)
    await recorded(till, events_of(payment)["authorised"])
    before = await outcomes(superuser)

    match end:
        case "capture":
            await till.do(till.door.capture, of(payment))
        case "void":
            await till.do(till.door.void, payment)
        case _:
            with pytest.raises(PaymentNotCompleted):
                await till.do(till.door.record_capture, of(payment), process="late-payment-1")

    assert before == [None]
    assert await outcomes(superuser) == ["APPLIED"]


@pytest.mark.parametrize("method", ["pm_sandbox_refundFails", "pm_card_visa"])
async def test_news_of_a_refund_is_open_until_its_end_is_recorded(
    till: Till, superuser: Superuser, method: str
) -> None:
    payment = await till.charge(method)
    refund = a_refund(payment)
    await till.do(till.door.open_refund, refund)
    notes = {"refund_id": str(refund.refund_id)}
    await recorded(till, an_event(payment, "early", "refund", "succeeded", metadata=notes))
    before = await outcomes(superuser)

    await till.do(till.door.request_refund, of_refund(refund))

    assert before == [None]
    assert await outcomes(superuser) == ["APPLIED"]


async def test_what_a_void_met_stays_open(till: Till, superuser: Superuser) -> None:
    payment = await till.reserve()
    till.capture_outside(payment)
    await recorded(till, events_of(payment)["captured"])

    await till.do(till.door.void, payment)

    assert await outcomes(superuser) == [None]


@pytest.mark.parametrize(
    "kind", ["payment_intent.created", "payment_intent.canceled", "charge.succeeded"]
)
async def test_what_asks_for_nothing_is_news_only_of_a_stranger(till: Till, kind: str) -> None:
    ours = an_event(await till.reserve(), "event", "charge").model_copy(update={"type": kind})
    theirs = an_event(a_payment(), "event", "charge").model_copy(update={"type": kind})

    assert not (await recorded(till, ours)).is_news
    assert (await recorded(till, theirs)).is_news


@pytest.mark.parametrize("way", ["ours", "theirs", "of its payment", "in its notes"])
async def test_an_event_finds_its_payment_by_whatever_it_says(
    till: Till, superuser: Superuser, way: str
) -> None:
    payment = await till.charge()
    intent = till.account(payment.payment_id).id
    told: dict[str, Any] = {"payment_id": None, "object_reference": "ch_1"}
    says: dict[str, dict[str, Any]] = {
        "ours": {"payment_id": payment.payment_id},
        "theirs": {"object_reference": intent},
        "of its payment": {"payload": {"object": "charge", "payment_intent": intent}},
        "in its notes": {"payload": {"metadata": {"payment_id": str(payment.payment_id)}}},
    }
    event = an_event(payment, "event", "charge").model_copy(update=told | says[way])

    await recorded(till, event)

    row = await superuser["payments"].fetchrow("SELECT * FROM app.gateway_events")
    assert row is not None
    assert row["payment_id"] == payment.payment_id


@pytest.mark.parametrize("notes", [None, {}, {"payment_id": "7"}, {"payment_id": 7}, "none"])
async def test_an_event_of_a_stranger_is_kept_and_stays_open(till: Till, notes: object) -> None:
    event = an_event(a_payment(), "event", "charge", metadata=notes).model_copy(
        update={"payment_id": None}
    )

    assert (await recorded(till, event)).is_news


async def test_what_the_desk_wrote_down_is_no_payment_of_the_gateways(
    till: Till, superuser: Superuser
) -> None:
    desk = at_the_desk(reference="pi_1")
    await till.do(till.door.record_at_desk, desk)
    event = an_event(a_payment(), "event", "payment_intent", "succeeded").model_copy(
        update={"payment_id": None, "object_reference": "pi_1"}
    )

    assert (await recorded(till, event)).is_news
    assert await superuser["payments"].fetchval("SELECT payment_id FROM app.gateway_events") is None


async def test_a_refund_of_a_stranger_is_no_refund_of_ours(till: Till) -> None:
    ours, theirs = await till.charge(), a_payment()
    refund = a_refund(ours)
    await till.do(till.door.open_refund, refund)
    await till.do(till.door.request_refund, of_refund(refund))
    event = an_event(theirs, "event", "refund", "succeeded", metadata={"refund_id": str(uuid4())})

    assert (await recorded(till, event)).is_news
    assert (await till.row(ours.payment_id)).status == PaymentStatus.COMPLETED
