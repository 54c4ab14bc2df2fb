"""The words that the table of outcomes is written in."""

from itertools import combinations
from typing import Any

from activities.appointments.contract import AppointmentStatus
from tests.fakes.slots import EXPIRED, HELD, RELEASED
from tests.outcomes import Options

CANCELLED, NO_SHOW = AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW
COMPLETED = AppointmentStatus.COMPLETED
BOOK, MOVE, CANCEL = "BookAppointment", "RescheduleAppointment", "CancelAppointment"
PAY, REFUND, LATE = "TakePayment", "RefundPayment", "LatePayment"
CHECK_IN, COMPLETE = "CheckIn", "CompleteVisit"
MISS, WAIVE, LIVE = "MarkNoShow", "WaiveNoShow", "AppointmentLifecycle"
EVENT = "RecordGatewayEvent"
OF_A_VISIT = (MOVE, CANCEL, CHECK_IN, COMPLETE, MISS, WAIVE)
MAKING = ("RegisterPatient", "OnboardDoctor")
CHANGING = ("SetDepartment", "SetSpecialization", "SetSchedule")
ALL = (BOOK, *OF_A_VISIT, PAY, REFUND, LATE, EVENT, *MAKING, *CHANGING)

DONE, REFUSED = frozenset({"DONE"}), frozenset({"REFUSED"})
UNDONE = frozenset({"FAILED", "CANCELLED"})
DECLINED = frozenset({"payment-declined"})
LET_GO = frozenset({"hold-expired", "released"})


def one_of(*options: tuple[str, ...]) -> Options:
    return frozenset(tuple(sorted(option)) for option in options)


def each(*statuses: str) -> Options:
    return frozenset((status,) for status in statuses)


def told(*messages: str, perhaps: tuple[str, ...] = ()) -> Options:
    """Name the messages that are sent, and those that may be."""
    return one_of(
        *(
            (*messages, *more)
            for size in range(len(perhaps) + 1)
            for more in combinations(perhaps, size)
        )
    )


def so(*history: AppointmentStatus) -> frozenset[tuple[AppointmentStatus, ...]]:
    return frozenset({history})


GIVEN_BACK = frozenset({frozenset({"COMPLETED"})})
NO_REFUND: frozenset[str] = frozenset()
PERHAPS_BACK = GIVEN_BACK | {NO_REFUND}
NO_CLAIM = frozenset({()})
CLAIM_OVER = frozenset({((HELD, RELEASED),), ((HELD, EXPIRED),)})
UNPAID, PART_PAID, PAID = each("OPEN"), each("PARTIALLY_PAID"), each("PAID")
PAID_OR_PART = PAID | PART_PAID | each("PARTIALLY_REFUNDED")

KEPT_BY_FORCE: dict[str, Any] = {
    "given": PAID_OR_PART,
    "has_kept": True,
    "bills": PAID_OR_PART,
    "refunds": None,
    "net": None,
    "owed": None,
}
BACK = ("refunded",)
MOVED: dict[str, Any] = {
    "sagas": frozenset({MOVE}),
    "statuses": DONE,
    "holds": frozenset({((HELD, RELEASED),), ((HELD, EXPIRED, RELEASED),)}),
    "moved": 1,
    "events": one_of(("AppointmentRescheduled",)),
    "life": frozenset({"told", "begun"}),
}
