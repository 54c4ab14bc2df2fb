"""The table of outcomes (reliability.md 2.3), as data. Anything else violates I-20."""

from itertools import combinations
from typing import Any

from activities.appointments.contract import AppointmentStatus
from tests.fakes.slots import BOOKED, CHECKED_IN, EXPIRED, HELD, RELEASED
from tests.outcomes import NONE, Options, Row, Seen, Sums

CANCELLED, NO_SHOW = AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW
COMPLETED = AppointmentStatus.COMPLETED
BOOK, MOVE, CANCEL = "BookAppointment", "RescheduleAppointment", "CancelAppointment"
PAY, REFUND, LATE = "TakePayment", "RefundPayment", "LatePayment"
CHECK_IN, COMPLETE = "CheckIn", "CompleteVisit"
MISS, WAIVE, LIVE = "MarkNoShow", "WaiveNoShow", "AppointmentLifecycle"
EVENT = "RecordGatewayEvent"
OF_A_VISIT = (MOVE, CANCEL, CHECK_IN, COMPLETE, MISS, WAIVE)
ALL = (BOOK, *OF_A_VISIT, PAY, REFUND, LATE, EVENT)

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

BOUGHT: dict[str, Any] = {
    "statuses": DONE,
    "net": "total",
    "owed": "total",
    "messages": told("booked", "receipt"),
}
NOT_BOUGHT: dict[str, Any] = {
    "statuses": REFUSED,
    "bills": one_of(("VOID",)),
    "payments": one_of((), ("FAILED",)),
}
A_BOOKING: dict[str, Any] = {
    "sagas": frozenset({BOOK}),
    "events": one_of(("AppointmentCreated",)),
    "life": frozenset({"begun"}),
}
BOOKINGS = (
    Row(
        "O-01",
        **A_BOOKING,
        statuses=DONE,
        visit=so(BOOKED),
        bills=one_of(("OPEN",), ("PAID",)),
        owed="total",
        messages=told("booked"),
    ),
    Row(
        "O-02",
        **A_BOOKING,
        **BOUGHT,
        visit=so(HELD, BOOKED),
        bills=one_of(("PAID",)),
        payments=each("COMPLETED"),
    ),
    Row("O-03", frozenset({BOOK}), REFUSED, other_refusals=LET_GO | DECLINED),
    Row(
        "O-04",
        frozenset({BOOK}),
        **NOT_BOUGHT,
        refusals=DECLINED,
        visit=so(HELD, RELEASED),
        messages=told("payment-declined"),
    ),
    Row(
        "O-05",
        frozenset({BOOK}),
        **NOT_BOUGHT,
        refusals=frozenset({"hold-expired"}),
        visit=so(HELD, EXPIRED),
        messages=told("hold-expired"),
    ),
    Row(
        "O-05",
        frozenset({BOOK}),
        **NOT_BOUGHT,
        refusals=frozenset({"released"}),
        visit=so(HELD, RELEASED),
    ),
    # What was let go by the booking stays so: no money came after it.
    Row(
        "O-05",
        frozenset({LATE}),
        REFUSED,
        old_payments=one_of(("FAILED",), ("PENDING",)),
    ),
    Row(
        "O-06",
        **A_BOOKING,
        **BOUGHT,
        visit=so(HELD, EXPIRED, HELD, BOOKED),
        bills=one_of(("PAID",)),
        payments=each("COMPLETED"),
    ),
    Row(
        "O-06",
        frozenset({LATE}),
        **BOUGHT,
        visit=so(HELD, BOOKED),
        bills=one_of(("VOID", "PAID")),
        old_payments=each("COMPLETED"),
        life=frozenset({"begun"}),
    ),
    Row(
        "O-07",
        frozenset({BOOK}),
        REFUSED,
        refusals=frozenset({"hold-expired"}),
        visit=so(HELD, EXPIRED),
        bills=one_of(("VOID",)),
        payments=each("COMPLETED"),
        refunds=GIVEN_BACK,
        messages=told("hold-expired", "refunded"),
    ),
    Row(
        "O-07",
        frozenset({LATE}),
        DONE,
        old_payments=each("COMPLETED"),
        refunds=GIVEN_BACK,
        net="0",
        messages=told("refunded"),
    ),
    Row(
        "O-07",
        frozenset({MOVE}),
        REFUSED,
        refusals=frozenset({"hold-expired"}),
        holds=CLAIM_OVER,
        payments=each("COMPLETED"),
        refunds=GIVEN_BACK,
        messages=told("refunded"),
    ),
)
UNDOINGS = (
    Row(
        "O-08",
        frozenset({BOOK}),
        UNDONE,
        visit=frozenset({(), (HELD, RELEASED), (BOOKED, RELEASED), (HELD, EXPIRED)}),
        bills=one_of((), ("VOID",)),
        payments=one_of((), ("FAILED",)),
    ),
    # A step that refuses nothing by its contract refused: the same, and the caller is told why.
    Row(
        "O-08",
        frozenset({BOOK}),
        REFUSED,
        other_refusals=LET_GO | DECLINED,
        visit=so(HELD, RELEASED) | so(HELD, EXPIRED),
        bills=one_of((), ("VOID",)),
        payments=one_of((), ("FAILED",)),
    ),
    Row(
        "O-08",
        frozenset(ALL) - {BOOK},
        UNDONE,
        holds=NO_CLAIM | CLAIM_OVER,
        payments=one_of((), ("FAILED",)),
    ),
    # Whoever was told, was told: a signal only makes its receiver ask.
    Row("O-08", frozenset({EVENT}), UNDONE, life=frozenset({"told"})),
    Row(
        "O-08",
        frozenset({MOVE, PAY}),
        REFUSED,
        other_refusals=DECLINED,
        holds=NO_CLAIM | CLAIM_OVER,
        payments=each("FAILED"),
    ),
)
MOVED: dict[str, Any] = {
    "sagas": frozenset({MOVE}),
    "statuses": DONE,
    "holds": frozenset({((HELD, RELEASED),), ((HELD, EXPIRED, RELEASED),)}),
    "moved": 1,
    "events": one_of(("AppointmentRescheduled",)),
    "life": frozenset({"told", "begun"}),
}
MOVES = (
    Row("O-10", **MOVED, price="=", messages=told("moved")),
    Row(
        "O-11",
        **MOVED,
        given=PAID,
        price=">",
        payments=each("COMPLETED"),
        net="total",
        owed="total",
        messages=told("moved", "receipt"),
    ),
    Row("O-11", **MOVED, given=UNPAID | PART_PAID, price=">", owed="total", messages=told("moved")),
    Row(
        "O-12",
        **MOVED,
        given=PAID | PART_PAID,
        price="<",
        bills=each("PARTIALLY_REFUNDED"),
        refunds=GIVEN_BACK,
        net="total",
        owed="total",
        messages=told("moved", "refunded"),
    ),
    Row(
        "O-12",
        **MOVED,
        given=UNPAID | PART_PAID,
        price="<",
        owed="total",
        messages=told("moved"),
    ),
    Row(
        "O-13",
        frozenset(OF_A_VISIT),
        REFUSED,
        other_refusals=DECLINED,
        holds=NO_CLAIM | CLAIM_OVER,
    ),
    Row(
        "O-14",
        frozenset({MOVE}),
        REFUSED,
        refusals=DECLINED,
        holds=CLAIM_OVER,
        payments=one_of((), ("FAILED",)),
        messages=told("payment-declined"),
    ),
)
KEPT_BY_FORCE: dict[str, Any] = {
    "given": PAID_OR_PART,
    "has_kept": True,
    "bills": PAID_OR_PART,
    "refunds": None,
    "net": None,
    "owed": None,
}
BACK = ("refunded",)
CANCELLED_VISIT: dict[str, Any] = {
    "sagas": frozenset({CANCEL}),
    "statuses": DONE,
    "visit": so(CANCELLED),
    "events": one_of(("AppointmentCancelled",)),
    "life": frozenset({"told", ""}),
}
CANCELLATIONS = (
    Row(
        "O-20",
        **CANCELLED_VISIT,
        given=PAID_OR_PART,
        bills=each("REFUNDED"),
        refunds=GIVEN_BACK,
        net="0",
        owed="0",
        messages=told("cancelled", "refunded"),
    ),
    Row(
        "O-21",
        **CANCELLED_VISIT,
        given=UNPAID | NONE,
        bills=each("VOID"),
        owed="0",
        messages=told("cancelled"),
    ),
    Row(
        "O-22",
        **CANCELLED_VISIT,
        given=PAID | each("PARTIALLY_REFUNDED"),
        bills=each("PARTIALLY_REFUNDED", "PAID"),
        refunds=PERHAPS_BACK,
        net="fee",
        owed="fee",
        messages=told("cancelled", perhaps=("refunded",)),
    ),
    Row("O-23", **CANCELLED_VISIT, given=UNPAID, owed="fee", messages=told("cancelled")),
    Row(
        "O-24",
        **CANCELLED_VISIT,
        given=PART_PAID,
        bills=each("PARTIALLY_PAID", "PAID", "PARTIALLY_REFUNDED"),
        refunds=PERHAPS_BACK,
        net="fee",
        owed="fee",
        messages=told("cancelled", perhaps=("refunded",)),
    ),
    Row("O-25", **CANCELLED_VISIT, **KEPT_BY_FORCE, messages=told("cancelled", perhaps=BACK)),
)
PAYMENTS = (
    Row(
        "O-30",
        frozenset({PAY}),
        DONE,
        bills=each("PARTIALLY_PAID", "PAID"),
        payments=each("COMPLETED"),
        net="+amount",
        messages=told("receipt"),
        events=one_of(("PaymentCompleted",)),
    ),
    # It was taken for nothing by a process that is over: found, it is put on its bill after all.
    Row(
        "O-30",
        frozenset({LATE}),
        DONE,
        given=UNPAID,
        bills=each("PARTIALLY_PAID", "PAID"),
        old_payments=each("COMPLETED"),
        messages=told("receipt"),
    ),
    Row(
        "O-31",
        frozenset({PAY}),
        REFUSED,
        refusals=DECLINED,
        payments=one_of((), ("FAILED",)),
        messages=told("payment-declined"),
    ),
    Row("O-32", frozenset({PAY, REFUND}), REFUSED, other_refusals=DECLINED),
    Row("O-32", frozenset({REFUND}), REFUSED, refusals=DECLINED),
    Row(
        "O-33",
        frozenset({PAY}),
        DONE,
        visit=so(CANCELLED),
        bills=each("REFUNDED", "PARTIALLY_REFUNDED", "PARTIALLY_PAID", "PAID"),
        payments=each("COMPLETED"),
        refunds=PERHAPS_BACK,
        net="fee",
        owed="fee",
        messages=told("receipt", "cancelled", perhaps=("refunded",)),
        events=one_of(("PaymentCompleted", "AppointmentCancelled")),
        life=frozenset({"told"}),
    ),
    Row(
        "O-34",
        frozenset({LATE}),
        DONE,
        given=PAID,
        old_payments=one_of(("COMPLETED", "COMPLETED")),
        refunds=GIVEN_BACK,
        net="total",
        messages=told("refunded"),
    ),
    Row(
        "O-40",
        frozenset({REFUND}),
        DONE,
        bills=each("PARTIALLY_REFUNDED", "REFUNDED"),
        refunds=GIVEN_BACK,
        net="-amount",
        owed="-amount",
        messages=told("refunded"),
        events=one_of(("RefundDecided",)),
    ),
    Row(
        "O-25",
        frozenset({REFUND}),
        DONE,
        **KEPT_BY_FORCE,
        messages=told(perhaps=BACK),
        events=one_of(("RefundDecided",)),
    ),
)
MISSED: dict[str, Any] = {
    "sagas": frozenset({MISS}),
    "statuses": DONE,
    "visit": so(NO_SHOW),
    "events": one_of(("AppointmentMissed",)),
    "life": frozenset({"told", ""}),
}
WAIVED: dict[str, Any] = {
    "sagas": frozenset({WAIVE}),
    "statuses": DONE,
    "events": one_of(("NoShowWaived",)),
}
VISITS = (
    Row(
        "O-50",
        **MISSED,
        bills=each("PAID", "OPEN", "PARTIALLY_PAID", "PARTIALLY_REFUNDED"),
        refunds=PERHAPS_BACK,
        net="fee",
        owed="fee",
        messages=told("no-show", perhaps=("refunded",)),
    ),
    Row("O-25", **MISSED, **KEPT_BY_FORCE, messages=told("no-show", perhaps=BACK)),
    Row(
        "O-51",
        **WAIVED,
        given=PAID_OR_PART,
        bills=each("REFUNDED", "PARTIALLY_REFUNDED"),
        refunds=GIVEN_BACK,
        net="0",
        owed="0",
        messages=told("waived", "refunded"),
    ),
    Row("O-51", **WAIVED, given=UNPAID, bills=each("VOID"), owed="0", messages=told("waived")),
    Row("O-25", **WAIVED, **KEPT_BY_FORCE, messages=told("waived", perhaps=BACK)),
    Row("O-25", **MOVED, **KEPT_BY_FORCE, messages=told("moved", perhaps=BACK)),
    Row(
        "O-52",
        frozenset({LIVE}),
        DONE,
        visit=so(CANCELLED) | so(CHECKED_IN) | so(CHECKED_IN, COMPLETED) | so(NO_SHOW),
        messages=told(perhaps=("reminder",)),
        life=frozenset({"", "begun"}),
    ),
    Row(
        "O-60",
        frozenset({COMPLETE}),
        DONE,
        visit=so(COMPLETED),
        messages=told("completed"),
        events=one_of(("VisitCompleted",)),
        life=frozenset({"told", ""}),
        entries=1,
    ),
    Row(
        "O-60",
        frozenset({CHECK_IN}),
        DONE,
        visit=so(CHECKED_IN),
        events=one_of(("PatientCheckedIn",)),
    ),
    Row("O-80", frozenset({EVENT}), DONE, life=frozenset({"", "begun", "told"})),
)
ROWS = (*BOOKINGS, *UNDOINGS, *MOVES, *CANCELLATIONS, *PAYMENTS, *VISITS)
"""Every end that a process may have."""
WITHOUT_END = ("O-90", "O-91")
"""Waiting for a person, or for mended code: what may be seen of a process on its way."""


def row_of(seen: Seen, sums: Sums) -> str | None:
    """Name the row that this is; `None` violates I-20."""
    rows = {row.id for row in ROWS if row.matches(seen, sums)}
    assert len(rows) <= 1, f"{rows} are not told apart: {seen}"
    return next(iter(rows), None)
