"""The ways through a move."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from activities.contract import By
from activities.payments.contract import RefundStatus
from tests.examples import TOMORROW_NINE
from tests.fakes.gateway import BANK_ASKS, CARD, EMPTY_CARD, NO_CARD
from tests.outcomes import Sums
from tests.stage import Stage
from tests.workflows.given import (
    ANOTHER,
    APPOINTMENT,
    TOTAL,
    Given,
    being_changed,
    offer_at,
    reserved_by_another,
    visit_at,
)
from tests.workflows.paths import Path
from workflows.reschedule_appointment import Reschedule, RescheduleAppointmentWorkflow

LATER = TOMORROW_NINE + timedelta(hours=1)
CLAIM, PAYMENT, OTHER_DOCTOR = UUID(int=11), UUID(int=12), UUID(int=13)
PROCESS = f"reschedule-{APPOINTMENT}-{UUID(int=14)}"
DEARER, CHEAPER = Decimal(150), Decimal(40)
UNPAID = Given()
NOW_DEARER, NOW_CHEAPER = Sums(total=Decimal("157.50")), Sums(total=Decimal("42.00"))


ASKED = Reschedule(visit=visit_at(LATER), hold_id=CLAIM, payment_id=PAYMENT)


def move(
    name: str,
    row: str,
    given: Given = UNPAID,
    ask: Reschedule = ASKED,
    **more: Any,  # noqa: ANN401 - what else a path has
) -> Path:
    usual: dict[str, Any] = {"is_alive": True, "sums": Sums(total=TOTAL)}
    return Path(
        f"move, {name}",
        row,
        RescheduleAppointmentWorkflow,
        ask,
        PROCESS,
        APPOINTMENT,
        given,
        **(usual | more),
    )


def asked(**change: object) -> Reschedule:
    return ASKED.model_copy(update=change)


def priced(fee: Decimal, *paid: str) -> Given:
    """A visit that was paid by these, and would cost another fee."""
    return Given(paid=paid, offered=offer_at(LATER, fee))


def lapses(stage: Stage) -> None:
    stage.world.appointments.lapse(CLAIM)


def goes_to_another(stage: Stage) -> None:
    stage.world.appointments.lapse(CLAIM, to=ANOTHER)


def dearer(name: str, row: str, card: str | None = CARD, **more: Any) -> Path:  # noqa: ANN401
    given, ask = priced(DEARER, "105"), asked(payment_method=card)
    return move(f"paid, dearer, {name}", row, given, ask, **({"sums": NOW_DEARER} | more))


def cheaper(name: str, *paid: str, **more: Any) -> Path:  # noqa: ANN401
    given = priced(CHEAPER, *paid)
    return move(f"{name}, cheaper", "O-12", given, sums=NOW_CHEAPER, **more)


UNSURE = (RefundStatus.PENDING, RefundStatus.FAILED, RefundStatus.COMPLETED)
BY_HOSPITAL = asked(visit=visit_at(LATER, OTHER_DOCTOR), by=By.HOSPITAL)
LAST_CALL = TOMORROW_NINE - timedelta(hours=1)
PAID_DEARER = dearer("paid", "O-11")
MOVES = (
    move("unpaid, same price", "O-10"),
    move("paid, same price, life is over", "O-10", Given(paid=("105",)), is_alive=False),
    move("at the last moment", "O-10", at=LAST_CALL),
    move("by the hospital, to another doctor", "O-10", ask=BY_HOSPITAL),
    move("unpaid, dearer", "O-11", priced(DEARER), sums=NOW_DEARER),
    move("part paid, dearer", "O-11", priced(DEARER, "30"), sums=NOW_DEARER),
    PAID_DEARER,
    dearer("the claim lapses", "O-11", when={"capture:a1": lapses}),
    dearer("the slot is gone", "O-07", when={"capture:a1": goes_to_another}),
    dearer("declined", "O-14", NO_CARD),
    dearer("not captured", "O-14", EMPTY_CARD),
    dearer("the bank asks", "O-14", BANK_ASKS),
    dearer("without a card", "O-14", None),
    cheaper("unpaid"),
    cheaper("part paid", "30"),
    cheaper("paid", "105", refunding=UNSURE),
    cheaper("paid by two", "55", "50"),
    move("unpaid, the slot is gone", "O-13", when={"quote_move": goes_to_another}),
    move("too late", "O-13", at=LAST_CALL + timedelta(microseconds=1)),
    move("while it is changed", "O-13", Given(becomes=being_changed)),
    move("while somebody pays", "O-13", Given(becomes=reserved_by_another)),
)
