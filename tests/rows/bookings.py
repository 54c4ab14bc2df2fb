"""How bookings end, and money that comes late; and what any process leaves that is undone."""

from typing import Any

from tests.fakes.slots import BOOKED, EXPIRED, HELD, RELEASED
from tests.outcomes import Row
from tests.rows.words import (
    ALL,
    BOOK,
    CLAIM_OVER,
    DECLINED,
    DONE,
    EVENT,
    GIVEN_BACK,
    LATE,
    LET_GO,
    MOVE,
    NO_CLAIM,
    PAY,
    REFUSED,
    UNDONE,
    each,
    one_of,
    so,
    told,
)

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
        old_payments=one_of(("FAILED",), ("PENDING",), ("COMPLETED", "FAILED")),
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
        events=one_of(("AppointmentCreated",)),
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
    # A person put it on its bill, saw that nothing asks for it, and gave it back.
    Row(
        "O-07",
        frozenset({LATE}),
        DONE,
        by_hand=True,
        old_payments=each("COMPLETED"),
        refunds=GIVEN_BACK,
        net="0",
        messages=told("receipt", "refunded"),
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
    Row("O-08", frozenset({EVENT}), REFUSED),
    Row(
        "O-08",
        frozenset({MOVE, PAY}),
        REFUSED,
        other_refusals=DECLINED,
        holds=NO_CLAIM | CLAIM_OVER,
        payments=each("FAILED"),
    ),
)
