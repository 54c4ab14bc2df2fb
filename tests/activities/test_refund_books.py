"""Whatever happens to a bill, in whatever order: its books agree after every step."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.billing.amounts import half_up, minor_of
from activities.billing.contract import (
    ApplyCancellation,
    ApplyPayment,
    GoesBack,
    Line,
    LineKind,
    OpenBill,
    RecordRefund,
    ReservePayment,
    ReserveRefund,
)
from activities.billing.policy import Charge, cost_of, percent_of, rule_of
from activities.billing.service import BillingService
from activities.contract import By, Money
from activities.process import Process
from db.billing.queries import BillQueries
from tests.activities.bills import a_bill, a_price, asked, goes, the_price, the_terms
from tests.activities.ledger import Ledger
from tests.examples import NOW, a_process

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Pay:
    """Pay this percentage of what is due; the money comes, or the card is declined."""

    percent: int
    comes: bool


@dataclass(frozen=True)
class Move:
    """Move the visit to where it costs this."""

    fee: Decimal
    rate: str


@dataclass(frozen=True)
class Forgive:
    """Give back this percentage of what a payment has left, though no rule asks for it."""

    percent: int


@dataclass(frozen=True)
class Arrive:
    """Let what is on its way back arrive."""


@dataclass(frozen=True)
class Cancel:
    """Cancel so many minutes before the visit, at this percentage."""

    minutes: int
    percent: Decimal
    by: By


PERCENTS = st.integers(1, 100)
PRICES = st.decimals(1, 300, places=2)
RATES = st.sampled_from(["0", "0.05", "0.075", "0.2", "1"])


def some_line(kinds: st.SearchStrategy[LineKind]) -> st.SearchStrategy[Line]:
    return st.builds(
        Line,
        kind=kinds,
        description=st.just("x"),
        quantity=st.decimals("0.01", 3, places=2),
        unit_price=PRICES,
        tax_rate=RATES.map(Decimal),
    )


CONSULTATIONS = some_line(st.just(LineKind.CONSULTATION))
OTHERS = some_line(st.sampled_from(LineKind))
PAYMENTS = st.builds(Pay, st.one_of(PERCENTS, st.just(100)), st.sampled_from([True, True, False]))
STEPS = st.one_of(
    PAYMENTS,
    st.builds(Move, st.one_of(PRICES, st.just(Decimal(0))), RATES),
    st.builds(Forgive, PERCENTS),
    st.builds(Arrive),
)
CANCELS = st.builds(
    Cancel,
    st.sampled_from([1, 119, 120, 121]),
    st.sampled_from(["50", "33.33", "100", "0.01"]).map(Decimal),
    st.sampled_from([By.PATIENT, By.PATIENT, By.PATIENT, By.HOSPITAL]),
)


@dataclass
class Story:
    """A bill, and what its patient paid and got back as anybody outside can see it."""

    billing: BillingService
    bills: BillQueries
    ledger: Ledger
    bill: OpenBill
    bill_id: UUID
    steps: int = 0
    captured: dict[UUID, Decimal] = field(default_factory=dict)
    under_way: list[GoesBack] = field(default_factory=list)
    back: defaultdict[UUID, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def process(self) -> Process:
        """Name another process: each step is its own."""
        self.steps += 1
        return a_process(f"{self.bill.bill_id}-{self.steps}")

    @property
    def appointment_id(self) -> UUID:
        assert self.bill.appointment_id
        return self.bill.appointment_id

    def money(self, amount: Decimal) -> Money:
        return Money(amount=amount, currency=self.bill.currency)

    def rounded(self, amount: Decimal) -> Decimal:
        return half_up(amount, minor_of(self.bill.currency))

    async def take(self, step: Pay | Move | Forgive | Arrive) -> None:
        match step:
            case Pay():
                await self.pay(step)
            case Move():
                await self.move(step)
            case Forgive():
                await self.forgive(step)
            case Arrive():
                await self.arrive()

    async def pay(self, step: Pay) -> None:
        bill = await self.ledger.bill(self.bill_id)
        amount = self.rounded(max(bill["balance"], NOTHING) * step.percent / 100)
        if amount <= 0:
            return
        reserved = ReservePayment(
            payment_id=uuid4(), bill_id=self.bill_id, amount=self.money(amount)
        )
        process = self.process()
        await self.billing.payments.reserve_payment(process, reserved)
        if step.comes:
            payment = ApplyPayment(**dict(reserved))
            state = await self.billing.payments.apply_payment(process, payment)
            assert state.excess == 0
            self.captured[reserved.payment_id] = amount
        else:
            await self.billing.payments.release_payment(process, reserved)

    async def move(self, step: Move) -> None:
        price = the_price(self.bill, str(step.fee), step.rate, self.bill.currency)
        quote = await self.billing.prices.quote_move(price)
        paid_by = uuid4() if quote.due_now.amount else None
        wanted = a_price(self.bill, str(step.fee), step.rate, paid_by=paid_by)
        changed = await self.billing.prices.reprice_bill(self.process(), wanted)
        self.bill_id = changed.bill_id
        self.under_way += changed.goes_back
        if paid_by:
            self.captured[paid_by] = quote.due_now.amount

    def left(self) -> dict[UUID, Decimal]:
        """Tell what each payment brought and neither gave back nor is giving back."""
        left = {payment: came - self.back[payment] for payment, came in self.captured.items()}
        for part in self.under_way:
            left[part.payment_id] -= part.amount.amount
        return left

    async def forgive(self, step: Forgive) -> None:
        for payment_id, rest in self.left().items():
            amount = self.rounded(rest * step.percent / 100)
            if amount > 0:
                await self.give(payment_id, min(amount, rest))
                return

    async def give(self, payment_id: UUID, amount: Decimal) -> None:
        refund = ReserveRefund(refund_id=uuid4(), payment_id=payment_id, amount=self.money(amount))
        process = self.process()
        await self.billing.refunds.reserve_refund(process, refund)
        record = RecordRefund(refund_id=refund.refund_id, credits=True, reason="we are sorry")
        await self.billing.refunds.record_refund(process, record)
        self.back[payment_id] += amount

    async def arrive(self) -> None:
        for part in self.under_way:
            record = RecordRefund(refund_id=part.refund_id)
            await self.billing.refunds.record_refund(self.process(), record)
            self.back[part.payment_id] += part.amount.amount
        self.under_way = []

    async def cancel(self, step: Cancel) -> Decimal:
        """Cancel, and compare with what the API quotes by. Tells the fee."""
        terms = the_terms(percent=str(step.percent))
        visit = asked(NOW + timedelta(minutes=step.minutes), by=step.by, terms=terms)
        row = await self.bills.charge_of(self.appointment_id)
        assert row
        charge = Charge(row["consultation"], row["asked"], row["received"])
        rule = rule_of(visit, NOW)
        cost = cost_of(charge, percent_of(rule, terms), minor_of(self.bill.currency))
        cancellation = ApplyCancellation(
            appointment_id=self.appointment_id,
            asked=visit,
            adjustment_id=uuid4(),
            reason="cannot come",
        )
        applied = await self.billing.cancellations.apply_cancellation(self.process(), cancellation)
        assert (applied.rule, applied.fee.amount) == (rule, cost.fee)
        assert goes(applied.goes_back) == cost.refund
        self.under_way += applied.goes_back
        return applied.fee.amount

    async def check(self) -> None:
        assert await self.ledger.wrong() == []
        bill = await self.ledger.bill(self.bill_id)
        assert bill["paid"] == sum(self.captured.values())
        assert bill["refunded"] == sum(self.back.values())
        assert bill["balance"] + goes(tuple(self.under_way)) >= 0
        for payment_id, amount in self.captured.items():
            assert 0 <= self.back[payment_id] <= amount


@given(
    currency=st.sampled_from(["JPY", "GBP"]),
    lines=st.tuples(CONSULTATIONS, OTHERS),
    steps=st.lists(STEPS, min_size=2, max_size=6).flatmap(
        lambda some: PAYMENTS.map(lambda paid: [some[0], paid, *some[1:]])
    ),
    end=CANCELS,
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_what_is_kept_and_what_goes_back_is_what_was_captured(  # noqa: PLR0913, PLR0917
    billing: BillingService,
    bills: BillQueries,
    ledger: Ledger,
    currency: str,
    lines: tuple[Line, ...],
    steps: list[Pay | Move | Forgive | Arrive],
    end: Cancel,
) -> None:
    bill = a_bill(*lines, currency=currency)
    story = Story(billing, bills, ledger, bill, bill.bill_id)
    await billing.open_bill(story.process(), bill)
    for step in steps:
        await story.take(step)
        await story.check()

    fee = await story.cancel(end)
    await story.check()
    await story.arrive()
    await story.check()

    captured, back = sum(story.captured.values()), sum(story.back.values())
    owed = (await ledger.bill(story.bill_id))["balance"]
    assert fee + back == captured + owed
