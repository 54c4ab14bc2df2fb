"""The ways through the day of a visit, and through a visit's own life."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from activities.appointments.contract import AppointmentStatus
from activities.contract import Message
from activities.payments.contract import GatewayEvent, RefundStatus
from tests.examples import HALF_AN_HOUR, NOW, TOMORROW_NINE, an_offer
from tests.fakes.gateway import CANCELED, SUCCEEDED
from tests.fakes.slots import CHECKED_IN
from tests.outcomes import Sums
from tests.stage import Stage
from tests.workflows.cancellations import ECG
from tests.workflows.given import (
    APPOINTMENT,
    PAYMENTS,
    TOTAL,
    Given,
    being_changed,
    checked_in,
    missed,
)
from tests.workflows.paths import MINUTE, SECOND, Happening, Path
from tests.workflows.payments import LATE_ONE, expected
from workflows.appointment_lifecycle import AppointmentLifecycleWorkflow, Lifecycle
from workflows.check_in import CheckIn, CheckInWorkflow
from workflows.complete_visit import Complete, CompleteVisitWorkflow
from workflows.mark_no_show import MarkNoShow, MarkNoShowWorkflow
from workflows.record_gateway_event import RecordGatewayEventWorkflow
from workflows.waive_no_show import Waive, WaiveNoShowWorkflow

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOBODY_CAME = TOMORROW_NINE + HALF_AN_HOUR + 15 * MINUTE
COMMAND = UUID(int=31)
LIVES = f"appointment-{APPOINTMENT}"
LIFE = Lifecycle(
    appointment_id=APPOINTMENT,
    slot_start=TOMORROW_NINE,
    slot_end=TOMORROW_NINE + HALF_AN_HOUR,
    terms=an_offer().terms,
)
UNSURE = (RefundStatus.PENDING, RefundStatus.FAILED, RefundStatus.COMPLETED)


KINDS = {
    CheckIn: ("checkin", CheckInWorkflow),
    Complete: ("complete", CompleteVisitWorkflow),
    MarkNoShow: ("noshow", MarkNoShowWorkflow),
    Waive: ("waive", WaiveNoShowWorkflow),
}


def of_visit(name: str, row: str, request: Message, given: Given, **more: Any) -> Path:  # noqa: ANN401 - what else a path has
    verb, workflow = KINDS[type(request)]
    usual: dict[str, Any] = {"at": TOMORROW_NINE, "is_alive": True}
    process = f"{verb}-{APPOINTMENT}-{COMMAND}"
    return Path(name, row, workflow, request, process, APPOINTMENT, given, **(usual | more))


def check_in(name: str, row: str, given: Given, at: datetime = TOMORROW_NINE) -> Path:
    return of_visit(f"check in, {name}", row, CheckIn(appointment_id=APPOINTMENT), given, at=at)


def complete(name: str, row: str, given: Given, **more: Any) -> Path:  # noqa: ANN401
    request = Complete(appointment_id=APPOINTMENT, diagnosis="a cold", doctor_notes="rest")
    return of_visit(f"complete, {name}", row, request, given, **more)


def no_show(name: str, row: str, given: Given, **more: Any) -> Path:  # noqa: ANN401
    usual = {"at": NOBODY_CAME, "sums": Sums(fee=TOTAL)}
    request = MarkNoShow(appointment_id=APPOINTMENT)
    return of_visit(f"no-show, {name}", row, request, given, **(usual | more))


def waive(name: str, row: str, *paid: str, **more: Any) -> Path:  # noqa: ANN401
    usual = {"at": NOBODY_CAME + 7 * DAY}
    given = Given(paid=paid, becomes=more.pop("becomes", missed))
    request = Waive(appointment_id=APPOINTMENT, reason="was ill")
    return of_visit(f"waive, {name}", row, request, given, **(usual | more))


def waived(world: Any) -> None:  # noqa: ANN401
    missed(world)
    bill = next(iter(world.billing.bills.values()))
    bill.credit("WAIVER", bill.owed)


def becomes(*statuses: AppointmentStatus, life: str = LIVES) -> Happening:
    """What others do with the visit, and tell its life."""

    def happens(stage: Stage) -> None:
        stage.world.appointments.slots[APPOINTMENT].history.extend(statuses)
        stage.tell(stage.runs[life], "changed")

    return happens


def is_moved(stage: Stage) -> None:
    slot = stage.world.appointments.slots[APPOINTMENT]
    slot.offer = an_offer(TOMORROW_NINE + DAY)
    slot.visit = slot.visit.model_copy(update={"slot_start": TOMORROW_NINE + DAY})
    stage.tell(stage.runs[LIVES], "changed")


def life(name: str, happens: dict[timedelta, Happening]) -> Path:
    return Path(
        f"life, {name}",
        "O-52",
        AppointmentLifecycleWorkflow,
        LIFE,
        LIVES,
        APPOINTMENT,
        Given(),
        happens=happens,
    )


def event(name: str, given: Given, process: str | None, *alive: str, **change: Any) -> Path:  # noqa: ANN401
    asked = GatewayEvent(
        event_id="evt_1",
        type=SUCCEEDED,
        object_reference="pi_1",
        payload={},
        occurred_at=1,
        process=process,
        payment_id=LATE_ONE,
    )
    return Path(
        f"event, {name}",
        "O-80",
        RecordGatewayEventWorkflow,
        asked.model_copy(update=change),
        "gateway-event-evt_1",
        APPOINTMENT,
        given,
        listening=alive,
    )


BOOKED, ARRIVED = Given(paid=("105",)), Given(paid=("105",), becomes=checked_in)
WITH_MORE = Given(paid=("100", "26"), lines=(ECG,))
EXPECTED = Given(becomes=expected)
CANCELLED, COMPLETED = AppointmentStatus.CANCELLED, AppointmentStatus.COMPLETED
VISIT_PATHS = (
    check_in("booked", "O-60", BOOKED),
    check_in("a day early", "O-13", BOOKED, NOW),
    check_in("while it is changed", "O-13", Given(becomes=being_changed)),
    complete("checked in", "O-60", ARRIVED),
    complete("checked in, life is over", "O-60", ARRIVED, is_alive=False),
    complete("nobody came", "O-13", BOOKED),
    no_show("paid", "O-50", BOOKED),
    no_show("unpaid", "O-50", Given()),
    no_show("part paid", "O-50", Given(paid=("30",))),
    no_show("paid by two, with more on the bill", "O-50", WITH_MORE, refunding=UNSURE),
    no_show("too early", "O-13", BOOKED, at=NOBODY_CAME - timedelta(microseconds=1)),
    no_show("checked in", "O-13", ARRIVED),
    waive("paid", "O-51", "105"),
    waive("paid by two", "O-51", "55", "50", refunding=UNSURE),
    waive("part paid", "O-51", "30"),
    waive("unpaid", "O-51"),
    waive("too late", "O-13", "105", at=NOBODY_CAME + 7 * DAY + timedelta(microseconds=1)),
    waive("again", "O-13", becomes=waived),
    waive("nobody was missed", "O-13", becomes=checked_in),
    life("cancelled", {HOUR: becomes(CANCELLED)}),
    life("moved, then seen", {HOUR: is_moved, 2 * DAY: becomes(CHECKED_IN)}),
    life("missed", {NOBODY_CAME - NOW + SECOND: becomes(AppointmentStatus.NO_SHOW)}),
    event("of a running process", EXPECTED, "book-1", "book-1"),
    event("of a process that is over", EXPECTED, "book-1"),
    event("of nobody", EXPECTED, None),
    event("of a stranger", EXPECTED, None, payment_id=None),
    event("old news", BOOKED, "book-1", "book-1", payment_id=PAYMENTS[0]),
    event("of our own doing", EXPECTED, "book-1", "book-1", type=CANCELED),
)
