"""Money whose gateway, bank, worker or process fails in the worst moment: it moves once."""

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from deploy.peers.payments.shapes import now
from deploy.peers.payments.webhooks import signature
from tests.chaos.outage import (
    Deadlines,
    LateMoney,
    Outage,
    StubbornRefund,
    is_all_used_up,
    is_reminded,
)
from tests.e2e.desk import HELD, LATER
from tests.e2e.diary import Visit
from tests.e2e.hospital import TOTAL, Hospital
from tests.e2e.watch import found
from tests.outcomes import NOTHING
from tests.waiting import until

WINDOW = 300
"""Seconds after which what was signed counts for nothing."""

THREE_DAYS_OLDER = """
    UPDATE app.payment_changes SET accepted_at = accepted_at - interval '3 days'
    WHERE payment_id::text = $1
"""


@pytest.fixture(scope="module")
async def outage(hospital: Hospital) -> Outage:
    """Kill the worker of payments once for all tests that need it to be."""
    outage = Outage(LateMoney(hospital), StubbornRefund(hospital), Deadlines(hospital))
    await outage.live_through(hospital)
    return outage


async def test_money_after_the_hold_expired_is_reheld_or_refunded_never_both(
    hospital: Hospital, outage: Outage
) -> None:
    """Its capture was under way when the worker died, and nobody heard that it was done."""
    nobody_came, let_go, gone = outage.late_money.answers
    wished = outage.late_money.wishes

    assert [nobody_came.status_code, let_go.status_code] == [201, 201]
    assert (gone.status_code, gone.json()["code"]) == (410, "hold-expired")
    visits = [await visit_of(hospital, str(wish.patient)) for wish in wished]
    assert [await hospital.outcome(visit) for visit in visits] == ["O-02", "O-06", "O-07"]
    accounts = [await hospital.account_of(visit) for visit in visits]
    assert {await hospital.gateway.captures(account.id) for account in accounts} == {1}
    assert [account.net for account in accounts] == [105, 105, 0]
    for wish in wished:
        assert await booked_at(hospital, wish.slot) == 1
    await hospital.check_books()


async def visit_of(hospital: Hospital, patient: str) -> str:
    (row,) = await hospital.databases.rows(
        "appointments",
        "SELECT appointment_id FROM app.appointments WHERE patient_id::text = $1",
        patient,
    )
    return str(row["appointment_id"])


async def booked_at(hospital: Hospital, slot: object) -> int:
    rows = await hospital.databases.rows(
        "appointments",
        "SELECT FROM app.appointments WHERE slot_start = $1 AND status = 'BOOKED'",
        slot,
    )
    return len(rows)


async def test_a_refund_that_fails_twice_and_loses_its_worker_pays_once(
    hospital: Hospital, outage: Outage
) -> None:
    refund = outage.refund

    assert await refund.watch.row(refund.decided.process, amount="20.00") == "O-40"
    read = await hospital.desk.get(f"/v1/refunds/{refund.decided.told['id']}")
    assert read.json()["status"] == "COMPLETED"
    account = await hospital.account_of(refund.visit.id)
    assert (account.captured, account.refunded, account.refund_pending) == (105_00, 20_00, 0)
    await hospital.check_books()


async def test_what_falls_due_while_payments_are_away_ends_right(
    hospital: Hospital, outage: Outage
) -> None:
    due = outage.deadlines
    row_of = {visit: due.watches[visit].row for visit in due.watches}

    assert due.cancelled.told["status"] == "CANCELLED"
    assert [part["status"] for part in due.cancelled.told["cancellation"]["refunds"]] == ["PENDING"]
    assert await row_of[due.given_up.id](due.cancelled.process) == "O-20"
    for visit in (due.unpaid, due.paid):
        assert await row_of[visit.id](due.missed[visit.id], fee="52.50") == "O-50"
    account = await hospital.account_of(due.paid.id)
    assert (account.captured, account.refunded) == (105_00, 52_50)
    assert await is_reminded(hospital, due.reminded)
    await hospital.check_books()


async def held(hospital: Hospital) -> Visit:
    """Find a slot that is held, and whose payer has just paid in the gateway's own form."""
    wish = hospital.wish(HELD)
    told = (await hospital.desk.settled(wish)).json()
    await hospital.gateway.confirm((await hospital.account_of(told["id"])).id)
    return Visit(told["id"], told["bill_id"], wish.slot)


async def terminate(hospital: Hospital, visit: Visit) -> None:
    """End the process of a booking by force, and put on record what it can't any more."""
    await hospital.temporal.get_workflow_handle(f"book-{visit.id}").terminate("by a test")
    await hospital.diary.lose(visit.id)


async def test_money_that_comes_when_its_process_is_over_books_or_goes_back_never_both(
    hospital: Hospital,
) -> None:
    """Two processes were terminated, and undid nothing; the third let the slot go."""
    await hospital.gateway.deliver("hold")
    free, gone, let_go = [await held(hospital) for _ in range(3)]
    for visit in (free, gone):
        await terminate(hospital, visit)
    await hospital.diary.expire(gone.id)
    next_one = await hospital.booked(LATER, slot=gone.slot)
    await hospital.gateway.fail("cancel", "slow", seconds=1)
    letting_go = asyncio.create_task(hospital.desk.release(let_go.id))
    await until(lambda: is_all_used_up(hospital))
    accounts = [await hospital.account_of(visit.id) for visit in (free, gone, let_go)]
    for account in accounts:
        await hospital.gateway.capture(account.id)
    await letting_go
    await hospital.end_of(f"book-{let_go.id}")

    await hospital.gateway.deliver("duplicate")
    ends = [await late_payment(hospital, account.payment_id) for account in accounts]
    await hospital.gateway.deliver("normal")

    assert ends == [("DONE", None)] * 3
    booked, lost, given_up = [await found(hospital, visit.id) for visit in (free, gone, let_go)]
    assert [one.visit[-1] for one in (booked, lost, given_up)] == ["BOOKED", "EXPIRED", "RELEASED"]
    assert (booked.bills, booked.refunds, booked.net) == (("PAID",), {}, Decimal(TOTAL))
    assert sorted(booked.messages) == ["booked", "receipt"]
    assert booked.nudges == 0
    for back in (lost, given_up):
        assert (back.bills, back.net) == (("VOID",), NOTHING)
        assert (list(back.refunds.values()), back.messages) == (["COMPLETED"], ("refunded",))
    assert await hospital.outcome(next_one.id) == "O-01"
    await hospital.check_books()


async def late_payment(hospital: Hospital, payment: str) -> tuple[str, str | None]:
    """Wait for the end of the process that looks after money which nobody waited for."""
    process = f"late-payment-{payment}"
    await until(lambda: hospital.describe(process), seconds=20)
    return await hospital.end_of(process)


async def test_a_payment_whose_events_were_lost_for_three_days_heals(hospital: Hospital) -> None:
    """Its process was terminated, and what the gateway told of it never came."""
    await hospital.gateway.deliver("hold")
    visit = await held(hospital)
    await terminate(hospital, visit)
    account = await hospital.account_of(visit.id)
    await hospital.gateway.capture(account.id)
    await hospital.databases.change("payments", THREE_DAYS_OLDER, account.payment_id)

    night = await reconciled(hospital)
    healed = await late_payment(hospital, account.payment_id)
    open_then = await unsettled(hospital, account.payment_id)
    await reconciled(hospital)
    open_now = await unsettled(hospital, account.payment_id)
    await hospital.gateway.deliver("normal")

    assert night["begun"] >= 1
    assert healed == ("DONE", None)
    assert (open_then, open_now) == (True, False)
    now = await found(hospital, visit.id)
    assert (now.visit[-1], now.bills, now.net) == ("BOOKED", ("PAID",), Decimal(TOTAL))
    assert sorted(now.messages) == ["booked", "receipt"]
    await hospital.check_books()


async def reconciled(hospital: Hospital) -> dict[str, int]:
    """Compare the day, as every night does with the one before."""
    done = await hospital.carry_out(
        "/v1/reconciliations", {"date": f"{datetime.now(UTC):%Y-%m-%d}"}, "billing"
    )
    figures: dict[str, int] = done.told["figures"]
    return figures


async def unsettled(hospital: Hospital, payment: str) -> bool:
    """Tell whether the audit lists a payment as one that has not come to its end."""
    (finding,) = await hospital.databases.rows(
        "audit",
        "SELECT resolved_at FROM app.findings WHERE object_key = $1"
        " AND check_name = 'I-39 not settled'",
        payment,
    )
    return finding["resolved_at"] is None


async def test_only_what_the_gateway_signed_just_now_is_heard(hospital: Hospital) -> None:
    wish = hospital.wish(HELD)
    visit = (await hospital.desk.settled(wish)).json()["id"]
    account = await hospital.account_of(visit)
    secret = hospital.stack.secrets.webhook_secret
    claim = {"id": account.id, "object": "payment_intent", "status": "succeeded"}
    about = {"payment_id": account.payment_id, "process": f"book-{visit}"}

    def event(name: str) -> str:
        """Claim that the visit was paid for: it was not."""
        data = {"object": {**claim, "metadata": about}}
        told = {"id": name, "type": "payment_intent.succeeded", "created": now(), "data": data}
        return json.dumps(told)

    async def heard(name: str, key: str = secret, age: int = 0, sent: str = "") -> int:
        body = event(name)
        return await hospital.hook(sent or body, signature(body, key, now() - age))

    refused = [
        await heard("evt_forged", secret[::-1]),
        await heard("evt_replayed", age=WINDOW + 1),
        await heard("evt_changed", sent=event("evt_another")),
        await hospital.hook(event("evt_unsigned"), ""),
    ]
    taken = [await heard("evt_signed") for _ in range(3)]

    assert (refused, taken) == ([400] * 4, [200] * 3)
    await hospital.end_of("gateway-event-evt_signed")
    assert await kept(hospital, account.payment_id) == ["evt_signed"]
    # It only made its process ask, and the gateway knows of no money.
    read = (await hospital.desk.get(f"/v1/appointments/{visit}")).json()
    assert read["status"] == "HELD"
    await hospital.desk.release(visit)
    assert await hospital.outcome(visit) == "O-05"
    await hospital.check_books()


async def kept(hospital: Hospital, payment: str) -> list[str]:
    rows = await hospital.databases.rows(
        "payments",
        "SELECT event_id FROM app.gateway_events"
        " WHERE payment_id::text = $1 AND type = 'payment_intent.succeeded'",
        payment,
    )
    return [row["event_id"] for row in rows]
