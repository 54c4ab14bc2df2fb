"""How the days of visits end, and their lives."""

from typing import Any

from tests.fakes.slots import CHECKED_IN
from tests.outcomes import Row
from tests.rows.words import (
    BACK,
    CANCELLED,
    CHECK_IN,
    COMPLETE,
    COMPLETED,
    DONE,
    EVENT,
    GIVEN_BACK,
    KEPT_BY_FORCE,
    LIVE,
    MISS,
    MOVED,
    NO_SHOW,
    PAID_OR_PART,
    PERHAPS_BACK,
    UNPAID,
    WAIVE,
    each,
    one_of,
    so,
    told,
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
