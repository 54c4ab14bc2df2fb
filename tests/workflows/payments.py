"""The ways through a payment, a refund, and money that comes late."""

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from activities.contract import By
from activities.payments.contract import Method, PaymentStatus, RefundStatus
from tests.drive import Start
from tests.examples import TOMORROW_NINE
from tests.fakes.gateway import BANK_ASKS, CARD, EMPTY_CARD, NO_CARD, Intent
from tests.fakes.payments import Payment
from tests.fakes.slots import EXPIRED, HELD, RELEASED
from tests.fakes.world import World
from tests.outcomes import Sums
from tests.stage import Stage
from tests.workflows.around import origin_interceptor
from tests.workflows.cancellations import TWO_HOURS_AHEAD
from tests.workflows.given import (
    ANOTHER,
    APPOINTMENT,
    BILL,
    HALF,
    PAYMENTS,
    TOTAL,
    Becomes,
    Given,
    over,
    pounds,
    reserved_by_another,
)
from tests.workflows.paths import SECOND, Path
from workflows.cancel_appointment import Cancel, CancelAppointmentWorkflow
from workflows.late_payment import LatePayment, LatePaymentWorkflow
from workflows.refund_payment import RefundPayment, RefundPaymentWorkflow
from workflows.take_payment import TakePayment, TakePaymentWorkflow

PAYMENT, REPAYMENT, LATE_ONE = UUID(int=21), UUID(int=22), UUID(int=23)
UNKNOWN_BILL = UUID(int=24)
CROSSED: dict[str, Any] = {
    "slow": {"capture:a1": 20 * SECOND},
    "when": {"capture:a1": lambda stage: stage.after(SECOND, partial(cancels, stage))},
    "is_crossed": True,
    "is_alive": True,
}
UNPAID, PAID = Given(), Given(paid=("105",))
LATE = Sums(fee=HALF, amount=TOTAL)


ASKED = TakePayment(
    payment_id=PAYMENT,
    bill_id=BILL,
    amount=pounds(TOTAL),
    method=Method.CARD,
    payment_method=CARD,
)


def pay(
    name: str,
    row: str,
    given: Given = UNPAID,
    ask: TakePayment = ASKED,
    **more: Any,  # noqa: ANN401 - what else a path has
) -> Path:
    process, sums = f"payment-{PAYMENT}", Sums(amount=ask.amount.amount)
    return Path(
        f"pay, {name}",
        row,
        TakePaymentWorkflow,
        ask,
        process,
        APPOINTMENT,
        given,
        **({"sums": sums} | more),
    )


def asked(**change: object) -> TakePayment:
    return ASKED.model_copy(update=change)


def no_visit(world: World) -> None:
    """The bill is of somebody who has no visit."""
    world.billing.bills[BILL].appointment_id = None
    del world.appointments.slots[APPOINTMENT]


def cancels(stage: Stage) -> None:
    """The patient cancels, while the money is on its way."""
    request = Cancel(appointment_id=APPOINTMENT, by=By.PATIENT, reason="better")
    around = (origin_interceptor(),)
    start = Start(CancelAppointmentWorkflow, request, "cancel-1", stage.now, {}, around)
    stage.start(start)


def refund(
    name: str,
    row: str,
    amount: str,
    given: Given,
    payment: UUID = PAYMENTS[0],
    **more: Any,  # noqa: ANN401 - what else a path has
) -> Path:
    request = RefundPayment(
        refund_id=REPAYMENT, payment_id=payment, amount=pounds(amount), reason="sorry"
    )
    return Path(
        f"refund, {name}",
        row,
        RefundPaymentWorkflow,
        request,
        f"refund-{REPAYMENT}",
        APPOINTMENT,
        given,
        sums=Sums(amount=Decimal(amount)),
        **more,
    )


def expected(world: World) -> None:
    """A payment that nobody has made yet."""
    pounds_due = pounds(TOTAL)
    world.payments.payments[LATE_ONE] = Payment(
        BILL, APPOINTMENT, UUID(int=2), pounds_due, "book-1", status=PaymentStatus.PENDING
    )
    world.payments.gateway.intents[LATE_ONE] = Intent(pounds_due)


def came_late(*history: Any, is_captured: bool = True, is_over: bool = True) -> Becomes:  # noqa: ANN401
    """A payment that its process gave up, and that the gateway knows better."""

    def becomes(world: World) -> None:
        expected(world)
        world.payments.payments[LATE_ONE].status = PaymentStatus.FAILED
        world.payments.gateway.authorise_outside(LATE_ONE)
        if is_captured:
            world.payments.gateway.capture_outside(LATE_ONE)
        if history:
            world.appointments.slots[APPOINTMENT].history[:] = history
            world.notifications.letters.clear()
        if is_over:
            over(world)

    return becomes


def late(
    name: str,
    row: str,
    becomes: Becomes,
    *paid: str,
    **more: Any,  # noqa: ANN401
) -> Path:
    return Path(
        f"late money, {name}",
        row,
        LatePaymentWorkflow,
        LatePayment(payment_id=LATE_ONE),
        f"late-payment-{LATE_ONE}",
        APPOINTMENT,
        Given(paid=paid, becomes=becomes),
        **({"sums": Sums(total=TOTAL)} | more),
    )


def then_taken(becomes: Becomes) -> Becomes:
    def taken(world: World) -> None:
        world.appointments.slots[APPOINTMENT].history[:] = [HELD]
        world.appointments.lapse(APPOINTMENT, to=ANOTHER)
        becomes(world)

    return taken


def for_no_visit(becomes: Becomes) -> Becomes:
    def without(world: World) -> None:
        becomes(world)
        no_visit(world)
        world.payments.payments[LATE_ONE].appointment_id = None

    return without


UNSURE = (RefundStatus.PENDING, RefundStatus.FAILED, RefundStatus.COMPLETED)
ON_A_LIVE_BILL = came_late(is_over=False)
AT_DESK = asked(method=Method.CASH, payment_method=None)
PAYMENT_PATHS = (
    pay("all", "O-30"),
    pay("a part", "O-30", ask=asked(amount=pounds("30"))),
    pay("the rest", "O-30", Given(paid=("30",)), asked(amount=pounds("75"))),
    pay("cash", "O-30", ask=AT_DESK),
    pay("a bill without a visit", "O-30", Given(becomes=no_visit)),
    pay("declined", "O-31", ask=asked(payment_method=NO_CARD)),
    pay("not captured", "O-31", ask=asked(payment_method=EMPTY_CARD)),
    pay("the bank asks", "O-31", ask=asked(payment_method=BANK_ASKS)),
    pay("without a card", "O-31", ask=asked(payment_method=None)),
    pay("twice", "O-32", PAID),
    pay("too much", "O-32", ask=asked(amount=pounds("105.01"))),
    pay("what another pays", "O-32", Given(becomes=reserved_by_another)),
    pay("an unknown bill", "O-32", ask=asked(bill_id=UNKNOWN_BILL)),
    pay("cancelled meanwhile", "O-33", **CROSSED),
    pay("cancelled late meanwhile", "O-33", Given(TWO_HOURS_AHEAD), sums=LATE, **CROSSED),
    refund("all", "O-40", "105", PAID),
    refund("a part of the second", "O-40", "20", Given(paid=("55", "50")), PAYMENTS[1]),
    refund("cash", "O-40", "105", Given(paid=("105",), method=Method.CASH)),
    refund("it fails once", "O-40", "105", PAID, refunding=UNSURE),
    refund("more than was paid", "O-32", "105.01", PAID),
    refund("what was never paid", "O-32", "105", UNPAID, ANOTHER),
    late("the slot is free", "O-06", came_late(HELD, EXPIRED)),
    late("the slot is gone", "O-07", then_taken(came_late()), refunding=UNSURE),
    late("the visit was let go", "O-07", came_late(HELD, RELEASED)),
    late("the visit is over", "O-07", came_late(HELD, EXPIRED), at=TOMORROW_NINE),
    late("only authorised", "O-05", came_late(HELD, EXPIRED, is_captured=False)),
    late("on a bill that asks for it", "O-30", ON_A_LIVE_BILL, is_alive=True),
    late("on a bill without a visit", "O-30", for_no_visit(ON_A_LIVE_BILL)),
    late("on a bill that was paid", "O-34", ON_A_LIVE_BILL, "105", is_alive=True),
)
