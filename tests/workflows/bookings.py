"""The ways through a booking."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from activities.contract import Visit
from activities.offers import SlotOffer
from activities.payments.contract import RefundStatus
from tests.examples import TOMORROW_NINE
from tests.fakes.gateway import BANK_ASKS, CARD, EMPTY_CARD, NO_CARD
from tests.fakes.world import World
from tests.outcomes import Sums
from tests.stage import Stage
from tests.workflows.paths import MINUTE, SECOND, Ask, Path
from workflows.book_appointment import BookAppointment, BookAppointmentWorkflow, PayNow

HOLD = 10 * MINUTE
VISIT = Visit(
    appointment_id=UUID(int=1),
    patient_id=UUID(int=2),
    doctor_id=UUID(int=3),
    department_id=UUID(int=4),
    slot_start=TOMORROW_NINE,
)
BILL, PAYMENT, ANOTHER = UUID(int=5), UUID(int=6), UUID(int=7)
HOLD_FIRST = PayNow(payment_id=PAYMENT)
PROCESS = f"book-{VISIT.appointment_id}"
TOTAL = Decimal("105.00")
"""What the visit of `tests.examples` costs, with its tax."""


def offering(offer: SlotOffer | None) -> Callable[[World], None]:
    def before(world: World) -> None:
        world.doctors.offer = offer

    return before


def booking(
    name: str,
    row: str,
    pay: PayNow | None = HOLD_FIRST,
    offer: SlotOffer | None = None,
    **more: Any,  # noqa: ANN401 - what else a path has
) -> Path:
    return Path(
        name,
        row,
        BookAppointmentWorkflow,
        BookAppointment(visit=VISIT, bill_id=BILL, pay=pay),
        PROCESS,
        VISIT.appointment_id,
        offering(offer),
        **({"sums": Sums(total=TOTAL)} | more),
    )


def pays_outside(stage: Stage) -> None:
    """The patient pays in the gateway's own form, and the gateway tells the process."""
    if PAYMENT in stage.world.payments.payments:
        stage.world.payments.gateway.authorise_outside(PAYMENT)
        stage.tell(stage.runs[PROCESS], "gateway_event")


def satisfies_the_bank(stage: Stage) -> None:
    if PAYMENT in stage.world.payments.payments:
        stage.world.payments.gateway.authorise_outside(PAYMENT)


def nothing_new(stage: Stage) -> None:
    stage.tell(stage.runs[PROCESS], "gateway_event")


def lapses(stage: Stage) -> None:
    stage.world.appointments.lapse(VISIT.appointment_id)


def goes_to_another(stage: Stage) -> None:
    stage.world.appointments.lapse(VISIT.appointment_id, to=ANOTHER)


def with_method(method: str) -> PayNow:
    return PayNow(payment_id=PAYMENT, payment_method=method)


IN_THE_LAST_SECOND = Ask(HOLD - SECOND, "pay")
SLOW = {"capture:a1": 30 * SECOND}
UNSURE = (RefundStatus.PENDING, RefundStatus.PENDING, RefundStatus.COMPLETED)
LATER = booking("later", "O-01", pay=None)
PREPAID = booking("prepaid", "O-02", pay=with_method(CARD))
DECLINED = booking("prepaid, declined", "O-04", pay=with_method(NO_CARD))
EMPTY = booking("prepaid, not captured", "O-04", pay=with_method(EMPTY_CARD))
HELD_AND_PAID = booking("held, paid", "O-02", asks=(Ask(MINUTE, "pay"),))
GONE = booking(
    "held, paid late, slot gone",
    "O-07",
    asks=(IN_THE_LAST_SECOND,),
    happens={HOLD + 10 * SECOND: goes_to_another},
    slow=SLOW,
    refunding=UNSURE,
)
BOOKINGS = (
    LATER,
    PREPAID,
    DECLINED,
    EMPTY,
    booking(
        "prepaid, the bank asks",
        "O-02",
        pay=with_method(BANK_ASKS),
        happens={MINUTE: pays_outside},
    ),
    HELD_AND_PAID,
    booking("held, released", "O-05", asks=(Ask(MINUTE, "release"),)),
    booking("held, forgotten", "O-05"),
    booking(
        "held, paid with another card",
        "O-02",
        asks=(Ask(MINUTE, "pay", NO_CARD), Ask(MINUTE, "pay", EMPTY_CARD), Ask(MINUTE, "pay")),
    ),
    booking("held, declined and forgotten", "O-05", asks=(Ask(MINUTE, "pay", EMPTY_CARD),)),
    booking(
        "held, the bank asks",
        "O-02",
        asks=(Ask(MINUTE, "pay", BANK_ASKS), Ask(2 * MINUTE, "pay")),
        happens={2 * MINUTE: satisfies_the_bank},
    ),
    booking("held, paid outside", "O-02", happens={MINUTE: nothing_new, 2 * MINUTE: pays_outside}),
    booking(
        "held, paid late, slot free",
        "O-06",
        asks=(IN_THE_LAST_SECOND,),
        happens={HOLD + 10 * SECOND: lapses},
        slow=SLOW,
    ),
    GONE,
)
