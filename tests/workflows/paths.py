"""The ways through a booking: what is asked, what happens outside, and where it ends."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from uuid import UUID

from activities.contract import Message, Visit
from activities.offers import SlotOffer
from activities.payments.contract import RefundStatus
from tests.examples import TOMORROW_NINE
from tests.fakes.payments import BANK_ASKS, CARD, EMPTY_CARD, NO_CARD
from tests.stage import Stage
from workflows.book_appointment import PayNow
from workflows.held_payment import Pay, Release

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
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


@dataclass(frozen=True)
class Ask:
    """What the caller asks next, so long after the last answer."""

    after: timedelta
    name: Literal["pay", "release"]
    method: str = CARD

    def message(self, number: int) -> Message:
        command = UUID(int=100 + number)
        if self.name == "release":
            return Release(command=command)
        return Pay(command=command, payment_method=self.method)


Happening = Callable[[Stage], None]


@dataclass(frozen=True)
class Path:
    """One way through a booking, and the row of the table that it ends in."""

    name: str
    row: str
    pay: PayNow | None = HOLD_FIRST
    asks: tuple[Ask, ...] = ()
    happens: Mapping[timedelta, Happening] = field(default_factory=dict)
    """What happens outside, so long after the start."""
    slow: Mapping[str, timedelta] = field(default_factory=dict)
    """Steps that take so long."""
    refunding: tuple[RefundStatus, ...] = ()
    offer: SlotOffer | None = None
    """What the doctors' service offers, when it is not the usual."""


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
PATHS = (
    Path("later", "O-01", pay=None),
    Path("prepaid", "O-02", pay=with_method(CARD)),
    Path("prepaid, declined", "O-04", pay=with_method(NO_CARD)),
    Path("prepaid, not captured", "O-04", pay=with_method(EMPTY_CARD)),
    Path(
        "prepaid, the bank asks",
        "O-02",
        pay=with_method(BANK_ASKS),
        happens={MINUTE: pays_outside},
    ),
    Path("held, paid", "O-02", asks=(Ask(MINUTE, "pay"),)),
    Path("held, released", "O-05", asks=(Ask(MINUTE, "release"),)),
    Path("held, forgotten", "O-05"),
    Path(
        "held, paid with another card",
        "O-02",
        asks=(Ask(MINUTE, "pay", NO_CARD), Ask(MINUTE, "pay", EMPTY_CARD), Ask(MINUTE, "pay")),
    ),
    Path("held, declined and forgotten", "O-05", asks=(Ask(MINUTE, "pay", EMPTY_CARD),)),
    Path(
        "held, the bank asks",
        "O-02",
        asks=(Ask(MINUTE, "pay", BANK_ASKS), Ask(2 * MINUTE, "pay")),
        happens={2 * MINUTE: satisfies_the_bank},
    ),
    Path("held, paid outside", "O-02", happens={MINUTE: nothing_new, 2 * MINUTE: pays_outside}),
    Path(
        "held, paid late, slot free",
        "O-06",
        asks=(IN_THE_LAST_SECOND,),
        happens={HOLD + 10 * SECOND: lapses},
        slow=SLOW,
    ),
    Path(
        "held, paid late, slot gone",
        "O-07",
        asks=(IN_THE_LAST_SECOND,),
        happens={HOLD + 10 * SECOND: goes_to_another},
        slow=SLOW,
        refunding=(RefundStatus.PENDING, RefundStatus.PENDING, RefundStatus.COMPLETED),
    ),
)
