"""A missed visit costs its consultation, unless that is waived."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from activities.billing.contract import (
    ApplyNoShow,
    OpenBill,
    WaiveNoShow,
)
from activities.billing.service import BillingService
from activities.contract import WrongState
from tests.activities.bills import (
    give_back,
    goes,
    opened,
    the_terms,
    with_an_other_line,
)
from tests.activities.ledger import Ledger
from tests.examples import a_process

LATE = timedelta(hours=2)
FEE = Decimal("52.50")
CANCELLING = a_process("cancel-1")


def a_no_show(bill: OpenBill, percent: str = "100") -> ApplyNoShow:
    return ApplyNoShow(
        appointment_id=bill.appointment_id or uuid4(),
        terms=the_terms(no_show=percent),
        adjustment_id=uuid4(),
    )


def a_waiver(bill: OpenBill) -> WaiveNoShow:
    return WaiveNoShow(
        appointment_id=bill.appointment_id or uuid4(), adjustment_id=uuid4(), reason="an accident"
    )


@dataclass(frozen=True)
class Missed:
    """What was paid for a missed visit, what came back at once, and what when it was waived."""

    paid: tuple[str, ...]
    back: str
    owed: str
    waived: str
    percent: str = "100"


@pytest.mark.parametrize(
    "case",
    [
        Missed(("126.00",), "21.00", "0", "105.00"),
        Missed((), "0", "105.00", "0"),
        Missed(("126.00",), "73.50", "0", "52.50", "50"),
        Missed(("60.00",), "0", "45.00", "60.00"),
        Missed((), "0", "0", "0", "0"),
    ],
    ids=str,
)
async def test_a_missed_visit_keeps_its_consultation_until_it_is_waived(
    billing: BillingService, ledger: Ledger, case: Missed
) -> None:
    bill = with_an_other_line()
    await opened(billing, bill, *case.paid)
    no_show = a_no_show(bill, case.percent)

    missed = await billing.cancellations.apply_no_show(a_process("noshow-1"), no_show)
    at_rest = (await ledger.bill(bill.bill_id))["balance"] + goes(missed.goes_back)
    forgiven = await billing.cancellations.waive_no_show(a_process("waive-1"), a_waiver(bill))
    await give_back(billing, (*missed.goes_back, *forgiven.goes_back))

    fee = Decimal(105) * Decimal(case.percent) / 100
    assert missed.fee.amount == forgiven.fee.amount == fee
    assert goes(missed.goes_back) == Decimal(case.back)
    assert at_rest == Decimal(case.owed)
    assert goes(forgiven.goes_back) == Decimal(case.waived)
    after = await ledger.bill(bill.bill_id)
    assert (after["balance"], after["status"]) == (0, "REFUNDED" if case.paid else "VOID")
    assert await ledger.wrong() == []


@pytest.mark.parametrize("paid", [[], ["126.00"]])
async def test_a_fee_is_waived_once(billing: BillingService, paid: list[str]) -> None:
    bill = with_an_other_line()
    await opened(billing, bill, *paid)
    await billing.cancellations.apply_no_show(a_process("noshow-1"), a_no_show(bill))
    await billing.cancellations.waive_no_show(a_process("waive-1"), a_waiver(bill))

    with pytest.raises(WrongState) as refused:
        await billing.cancellations.waive_no_show(a_process("waive-2"), a_waiver(bill))

    assert refused.value.details == {"status": "PAID" if paid else "VOID"}


@pytest.mark.parametrize("paid", [[], ["126.00"]])
async def test_a_waiver_that_is_quicker_than_the_fee_leaves_nothing_to_pay(
    billing: BillingService, ledger: Ledger, paid: list[str]
) -> None:
    bill = with_an_other_line()
    await opened(billing, bill, *paid)

    waived = await billing.cancellations.waive_no_show(a_process("waive-1"), a_waiver(bill))
    missed = await billing.cancellations.apply_no_show(a_process("noshow-1"), a_no_show(bill))

    assert (waived.fee.amount, missed.fee.amount) == (Decimal(105), Decimal(0))
    total = sum((Decimal(amount) for amount in paid), Decimal(0))
    assert goes((*waived.goes_back, *missed.goes_back)) == total
    assert (await ledger.bill(bill.bill_id))["balance"] == -total
