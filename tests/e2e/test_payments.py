"""Bills that are paid, in parts and at once, and payments that go back, or refuse to."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.e2e.desk import LATER, Done, card, pounds
from tests.e2e.diary import Visit
from tests.e2e.hospital import Hospital
from tests.e2e.watch import Watch
from tests.waiting import until

TOTAL = "105.00"
REFUNDS_LATER = "pm_sandbox_refundPending"


async def bill_of(hospital: Hospital, visit: Visit) -> dict[str, Any]:
    told: dict[str, Any] = (await hospital.desk.get(f"/v1/bills/{visit.bill}")).json()
    return told


async def give_back(hospital: Hospital, payment: str, amount: str) -> Done:
    """Decide on a refund, and don't wait for its money."""
    body = {"payment_id": payment, "amount": pounds(amount), "reason": "a long wait"}
    return await hospital.desks["billing"].do("/v1/refunds", body)


async def test_a_bill_is_paid_in_parts_by_whatever_comes(hospital: Hospital) -> None:
    visit = await hospital.booked(LATER)

    for method, amount, status, left in (
        ("CASH", "30.00", "PARTIALLY_PAID", "75.00"),
        ("CARD", "50.00", "PARTIALLY_PAID", "25.00"),
        ("BANK_TRANSFER", "24.99", "PARTIALLY_PAID", "0.01"),
        ("CASH", "0.01", "PAID", "0.00"),
    ):
        watch = await Watch.begin(hospital, visit.id)
        paid = await hospital.pay(visit.bill, amount, method)

        assert (paid.answer.status_code, paid.told["status"]) == (201, "COMPLETED")
        assert await watch.row(paid.process, amount=amount) == "O-30"
        bill = await bill_of(hospital, visit)
        assert (bill["status"], bill["balance"]) == (status, pounds(left))
    closed = await hospital.pay(visit.bill, "0.01")
    assert closed.refused == (409, "bill-closed")
    assert (await hospital.account_of(visit.id)).captured == 50_00
    await hospital.check_books()


async def test_what_can_not_be_paid_is_refused_and_changes_nothing(hospital: Hospital) -> None:
    visit = await hospital.booked(LATER)
    before = await bill_of(hospital, visit)

    async def case(
        refused: tuple[int, str], amount: str, currency: str = "GBP", card: str = "pm_card_visa"
    ) -> None:
        watch = await Watch.begin(hospital, visit.id)
        body = {
            "bill_id": visit.bill,
            "amount": {"amount": amount, "currency": currency},
            "method": "CARD",
            "payment_method": card,
        }
        answer = await hospital.carry_out("/v1/payments", body)
        assert answer.refused == refused
        if answer.process:
            row = await watch.row(answer.process)
            assert row == ("O-31" if refused[0] == 402 else "O-32")
        assert stands(await bill_of(hospital, visit)) == stands(before)

    for amount in ("0", "0.00", "-1", "0.005", "105.001", "1e2"):
        await case((422, "validation-failed"), amount)
    await case((422, "validation-failed"), TOTAL, currency="EUR")
    await case((409, "amount-exceeds-due"), "105.01")
    await case((402, "payment-declined"), TOTAL, card="pm_card_visa_chargeDeclined")
    assert [a.captured for a in await hospital.accounts_of(visit.id)] == [0]
    await hospital.check_books()


def stands(told: dict[str, Any]) -> dict[str, Any]:
    """Leave out how often it was touched."""
    return {name: told[name] for name in told if name not in {"version", "updated_at"}}


async def test_of_two_payments_at_once_for_one_bill_one_wins(hospital: Hospital) -> None:
    visit = await hospital.booked(LATER)
    await hospital.gateway.fail("authorise", "slow", seconds=1)

    answers = await asyncio.gather(*(hospital.pay(visit.bill, TOTAL) for _ in range(2)))

    (won,) = [one for one in answers if one.answer.status_code == 201]
    (lost,) = [one for one in answers if one is not won]
    assert lost.refused == (409, "bill-held")
    accounts = await hospital.accounts_of(visit.id)
    assert [account.captured for account in accounts] == [105_00]
    assert (await bill_of(hospital, visit))["status"] == "PAID"
    await hospital.check_books()


async def test_a_refund_is_pending_until_the_bank_has_settled_it(hospital: Hospital) -> None:
    visit = await hospital.booked(LATER)
    payment = (await hospital.pay(visit.bill, TOTAL, card=REFUNDS_LATER)).told["id"]
    watch = await Watch.begin(hospital, visit.id)

    too_much = await give_back(hospital, payment, "105.01")
    decided = await give_back(hospital, payment, "20.00")
    refund = await hospital.refund_at_gateway(decided.told["id"])
    meanwhile = await give_back(hospital, payment, "85.01")
    await hospital.gateway.settle(refund)

    assert too_much.refused == meanwhile.refused == (409, "refund-exceeds-payment")
    assert (decided.answer.status_code, decided.told["status"]) == (201, "PENDING")
    assert await watch.row(decided.process, amount="20.00") == "O-40"
    read = await hospital.desk.get(f"/v1/refunds/{decided.told['id']}")
    assert read.json()["status"] == "COMPLETED"
    bill = await bill_of(hospital, visit)
    assert (bill["status"], bill["balance"]) == ("PARTIALLY_REFUNDED", pounds("0.00"))
    assert (await hospital.account_of(visit.id)).refunded == 20_00
    await hospital.check_books()


@dataclass(frozen=True)
class Failed:
    """A refund that the bank sent back, here and there."""

    id: str
    at_gateway: str


async def failed_refund(hospital: Hospital, visit: Visit) -> tuple[str, str, Failed]:
    """Cancel a paid visit whose money can't go back: its process, and the step that then waits."""
    why = {"by": "patient", "reason": "feeling better"}
    cancelled = await hospital.desk.do(f"{visit.path}/cancel", why)
    (back,) = cancelled.told["cancellation"]["refunds"]
    failed = Failed(back["id"], await hospital.refund_at_gateway(back["id"]))
    await hospital.gateway.settle(failed.at_gateway, "failed")
    return cancelled.process, await parked_in(hospital, cancelled.process), failed


async def parked_in(hospital: Hospital, process: str) -> str:
    """Wait until a process waits for a person: the step that it waits with."""

    async def look() -> dict[str, Any]:
        saga: dict[str, Any] = (await hospital.desks["ops"].get(f"/v1/sagas/{process}")).json()
        return saga

    saga = await until(look, lambda saga: saga["state"] == "NEEDS_ATTENTION")
    (step,) = saga["parked"]
    return str(step)


async def resolve(hospital: Hospital, process: str, step: str, action: str) -> Done:
    body = {"step": step, "action": action, "reason": "the bank was asked"}
    return await hospital.desks["ops"].do(f"/v1/sagas/{process}/resolve", body)


async def test_of_two_operators_at_once_one_decides_that_a_refund_is_tried_again(
    hospital: Hospital,
) -> None:
    visit = await hospital.booked(card(REFUNDS_LATER))
    watch = await Watch.begin(hospital, visit.id)
    process, step, refund = await failed_refund(hospital, visit)

    decisions = await asyncio.gather(*(resolve(hospital, process, step, "retry") for _ in range(2)))
    again = await hospital.refund_at_gateway(refund.id, but=refund.at_gateway)
    await hospital.gateway.settle(again)

    assert sorted(one.refused for one in decisions) == [(200, None), (409, "saga-not-parked")]
    assert await watch.row(process) == "O-20"
    assert "refund-delayed" in (await watch.seen(process)).messages
    account = await hospital.account_of(visit.id)
    assert (account.captured, account.refunded, account.refund_pending) == (105_00, 105_00, 0)
    late = await resolve(hospital, process, step, "retry")
    assert late.refused == (409, "saga-not-parked")
    await hospital.check_books()


async def test_a_refund_that_is_skipped_is_listed_until_it_is_settled_by_hand(
    hospital: Hospital,
) -> None:
    visit = await hospital.booked(card(REFUNDS_LATER))
    watch = await Watch.begin(hospital, visit.id)
    process, step, _ = await failed_refund(hospital, visit)

    other = await resolve(hospital, process, "record_refund", "skip")
    skipped = await resolve(hospital, process, step, "skip")

    assert other.refused == (409, "saga-not-parked")
    assert skipped.answer.status_code == 200
    assert await watch.row(process) == "O-25"
    assert (await hospital.account_of(visit.id)).net == Decimal(TOTAL)
    (listed,) = await hospital.flaws()
    assert listed.startswith(f"C9 overpaid or reserved: {visit.bill}")

    payments = await hospital.desk.get(f"/v1/payments?bill_id={visit.bill}")
    (payment,) = payments.json()["data"]
    by_hand = await give_back(hospital, payment["id"], TOTAL)
    await hospital.gateway.settle(await hospital.refund_at_gateway(by_hand.told["id"]))
    await hospital.end_of(by_hand.process)

    assert (await bill_of(hospital, visit))["status"] == "REFUNDED"
    await hospital.check_books()
