"""Visits that are cancelled: what is told before is what is charged, and the rest comes back."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.e2e.desk import LATER, Done, card, pounds
from tests.e2e.diary import Visit
from tests.e2e.hospital import Hospital
from tests.e2e.watch import Watch

TOO_LATE = timedelta(hours=1, minutes=59)
FEE, TOTAL = "52.50", "105.00"
REFUNDS_LATER = "pm_sandbox_refundPending"


async def cancel(
    hospital: Hospital, visit: Visit, by: str = "patient", accept: str | None = None
) -> Done:
    agreed = {"accept_fee": pounds(accept)} if accept else {}
    body = {"by": by, "reason": "feeling better", **agreed}
    return await hospital.carry_out(f"{visit.path}/cancel", body)


async def quote(hospital: Hospital, visit: Visit, by: str = "patient") -> dict[str, Any]:
    told = await hospital.desk.get(f"{visit.path}/cancellation-quote?by={by}")
    assert told.status_code == 200, told.text
    quoted: dict[str, Any] = told.json()
    return quoted


async def late(hospital: Hospital, *payments: tuple[str, str]) -> Visit:
    """Find a visit that begins in less than two hours, with these payments of its bill."""
    visit = await hospital.long_booked(TOO_LATE)
    for method, amount in payments:
        await hospital.pay(visit.bill, amount, method)
    return visit


async def test_what_was_quoted_is_charged_and_half_of_the_visit_comes_back(
    hospital: Hospital,
) -> None:
    visit = await late(hospital, ("CARD", TOTAL))
    watch = await Watch.begin(hospital, visit.id)

    quoted = await quote(hospital, visit)
    less = await cancel(hospital, visit, accept="52.49")
    assert await watch.row(less.process) == "O-13"
    cancelled = await cancel(hospital, visit, accept=FEE)

    assert (quoted["rule"], quoted["fee_percent"]) == ("late-cancellation", 50)
    assert (quoted["paid"], quoted["fee"], quoted["refund"]) == (
        *(pounds(TOTAL), pounds(FEE), pounds(FEE)),
    )
    assert less.refused == (409, "quote-changed")
    assert less.told["quote"]["fee"] == quoted["fee"]
    assert (cancelled.answer.status_code, cancelled.told["status"]) == (200, "CANCELLED")
    assert cancelled.told["cancellation"]["fee"] == quoted["fee"]
    (back,) = cancelled.told["cancellation"]["refunds"]
    assert back["amount"] == quoted["refund"]
    assert await watch.row(cancelled.process, fee=FEE) == "O-22"
    account = await hospital.account_of(visit.id)
    assert (account.captured, account.refunded) == (105_00, 52_50)
    assert (await hospital.desk.get(f"/v1/refunds/{back['id']}")).json()["status"] == "COMPLETED"
    life, _ = await hospital.end_of(f"appointment-{visit.id}")
    assert life == "DONE"
    await hospital.check_books()


async def test_every_cancellation_costs_what_its_quote_says(hospital: Hospital) -> None:
    async def case(
        visit: Visit, ends: tuple[str, str], fee: str, *back: str, by: str = "patient"
    ) -> None:
        watch, quoted = await Watch.begin(hospital, visit.id), await quote(hospital, visit, by)

        cancelled = await cancel(hospital, visit, by, accept=fee)

        told = cancelled.told["cancellation"]
        assert told["fee"] == quoted["fee"] == pounds(fee)
        assert [part["amount"] for part in told["refunds"]] == [pounds(amount) for amount in back]
        assert f"{sum(map(float, back)):.2f}" == quoted["refund"]["amount"]
        row = await watch.row(cancelled.process, fee=fee)
        bill = (await hospital.desk.get(f"/v1/bills/{visit.bill}")).json()["status"]
        assert (row, bill) == ends

    async def arrived() -> Visit:
        """Find a patient who waits already."""
        visit = await late(hospital, ("CARD", TOTAL))
        await hospital.carry_out(f"{visit.path}/check-in")
        return visit

    async def late_moved() -> Visit:
        """Find a visit that was moved when cancelling it would have cost something already."""
        visit = await late(hospital, ("CARD", TOTAL))
        to = {"slot_start": hospital.slot().isoformat()}
        moved = await hospital.carry_out(f"{visit.path}/reschedule", to)
        assert moved.answer.status_code == 200, moved.told
        return visit

    cash_and_card = (("CASH", "30.00"), ("CARD", "40.00"))
    visits = await asyncio.gather(
        hospital.booked(card()),
        hospital.booked(LATER),
        late(hospital),
        late(hospital, *cash_and_card),
        late(hospital, ("CARD", "20.00"), ("BANK_TRANSFER", "10.00")),
        late(hospital, ("CASH", FEE)),
        late(hospital, *cash_and_card),
        late(hospital),
        arrived(),
        late_moved(),
    )
    free, unpaid, unpaid_late, part_paid, paid_less, paid_fee, ours, ours_unpaid, here, moved = (
        visits
    )
    await asyncio.gather(
        case(free, ("O-20", "REFUNDED"), "0.00", TOTAL),
        case(unpaid, ("O-21", "VOID"), "0.00"),
        case(unpaid_late, ("O-23", "OPEN"), FEE),
        case(part_paid, ("O-24", "PARTIALLY_REFUNDED"), FEE, "17.50"),
        case(paid_less, ("O-24", "PARTIALLY_PAID"), FEE),
        case(paid_fee, ("O-24", "PAID"), FEE),
        # The newest payment first.
        case(ours, ("O-20", "REFUNDED"), "0.00", "40.00", "30.00", by="hospital"),
        case(ours_unpaid, ("O-21", "VOID"), "0.00", by="hospital"),
        case(here, ("O-20", "REFUNDED"), "0.00", TOTAL, by="hospital"),
        case(moved, ("O-22", "PARTIALLY_REFUNDED"), FEE, FEE),
    )
    account = await hospital.account_of(part_paid.id)
    assert (account.captured, account.refunded) == (40_00, 17_50)
    await hospital.check_books()


async def test_a_cancelled_slot_is_sold_again_while_its_money_is_on_its_way(
    hospital: Hospital,
) -> None:
    visit = await hospital.booked(card(REFUNDS_LATER))
    watch = await Watch.begin(hospital, visit.id)

    cancelled = await hospital.desk.do(
        f"{visit.path}/cancel", {"by": "patient", "reason": "feeling better"}
    )
    next_one = await hospital.booked(slot=visit.slot)
    (back,) = cancelled.told["cancellation"]["refunds"]
    refund = await hospital.refund_at_gateway(back["id"])
    account = await hospital.account_of(visit.id)
    pending = await hospital.desk.get(f"/v1/refunds/{back['id']}")
    await hospital.gateway.settle(refund)

    assert cancelled.told["status"] == "CANCELLED"
    assert await hospital.outcome(next_one.id) == "O-01"
    assert (account.refunded, account.refund_pending) == (0, 105_00)
    assert pending.json()["status"] == "PENDING"
    assert await watch.row(cancelled.process) == "O-20"
    account = await hospital.account_of(visit.id)
    assert (account.refunded, account.refund_pending) == (105_00, 0)
    await hospital.check_books()
