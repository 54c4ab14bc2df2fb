"""Every end of a visit has its messages, and no visit has those of another end."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from activities.comparisons.messages import AT_ALL, IN_TIME, ON_ITS_WAY, ONCE, TRUE, messages
from activities.facts import MessageFact, VisitFact
from activities.findings import Finding, Severity

VISIT, OVER = UUID(int=1), datetime(2026, 12, 2, 9, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
HELD, BOOKED = ("HELD",), ("BOOKED",)


def a_visit(*been: str, moves: int = 0, was_given_up: bool = False) -> VisitFact:
    return VisitFact(
        appointment_id=VISIT,
        status=been[-1],
        was_booked="BOOKED" in been,
        been=been,
        moves=moves,
        over_at=OVER,
        was_given_up=was_given_up,
        processes=("book-1",),
    )


def told(*events: str) -> list[MessageFact]:
    return [
        MessageFact(appointment_id=VISIT, event=event, times=times)
        for event, times in Counter(events).items()
    ]


RIGHT = {
    "held": (a_visit(*HELD), ()),
    "held and let go": (a_visit(*HELD, "RELEASED"), ()),
    "held, and swept up": (a_visit(*HELD, "EXPIRED"), ()),
    "held, and not paid for": (a_visit(*HELD, "EXPIRED", was_given_up=True), ("hold-expired",)),
    "booked": (a_visit(*BOOKED), ("booked",)),
    "booked, and undone": (a_visit(*BOOKED, "RELEASED"), ()),
    "booked by late money": (
        a_visit(*HELD, "EXPIRED", "HELD", "BOOKED"),
        ("hold-expired", "booked", "receipt"),
    ),
    "moved": (a_visit(*BOOKED, moves=2), ("booked", "moved", "moved")),
    "paid in parts": (a_visit(*BOOKED), ("booked", "receipt", "receipt", "receipt")),
    "cancelled": (a_visit(*BOOKED, "CANCELLED"), ("booked", "cancelled", "refunded")),
    "missed": (a_visit(*BOOKED, "NO_SHOW"), ("booked", "no-show")),
    "missed and forgiven": (a_visit(*BOOKED, "NO_SHOW"), ("booked", "no-show", "waived")),
    "completed": (a_visit(*BOOKED, "CHECKED_IN", "COMPLETED"), ("booked", "reminder")),
}
WRONG = {
    "nobody heard of the booking": (a_visit(*BOOKED), (), AT_ALL),
    "nor of it when it was cancelled": (a_visit(*BOOKED, "CANCELLED"), ("cancelled",), AT_ALL),
    "nobody heard of a move": (a_visit(*BOOKED, moves=2), ("booked", "moved"), AT_ALL),
    "nobody heard of the cancellation": (a_visit(*BOOKED, "CANCELLED"), ("booked",), AT_ALL),
    "nobody heard of the no-show": (a_visit(*BOOKED, "NO_SHOW"), ("booked",), AT_ALL),
    "nobody heard of the end of a hold": (
        a_visit(*HELD, "EXPIRED", was_given_up=True),
        (),
        AT_ALL,
    ),
    "booked, twice": (a_visit(*BOOKED), ("booked", "booked"), ONCE),
    "cancelled, twice": (
        a_visit(*BOOKED, "CANCELLED"),
        ("booked", "cancelled", "cancelled"),
        ONCE,
    ),
    "moved more often than it was": (a_visit(*BOOKED, moves=1), ("booked", *["moved"] * 2), ONCE),
    "booked, and it never was": (a_visit(*HELD, "RELEASED"), ("booked",), TRUE),
    "cancelled, and it stands": (a_visit(*BOOKED), ("booked", "cancelled"), TRUE),
    "missed, and it was cancelled": (
        a_visit(*BOOKED, "CANCELLED"),
        ("booked", "cancelled", "no-show"),
        TRUE,
    ),
    "forgiven, and it took place": (
        a_visit(*BOOKED, "CHECKED_IN", "COMPLETED"),
        ("booked", "waived"),
        TRUE,
    ),
    "expired, and it was paid for": (a_visit(*HELD, "BOOKED"), ("booked", "hold-expired"), TRUE),
}


def compared(visit: VisitFact, *found: MessageFact) -> list[Finding]:
    return list(messages([visit], found))


@pytest.mark.parametrize("case", RIGHT)
def test_a_visit_with_the_messages_of_its_end_is_right(case: str) -> None:
    visit, events = RIGHT[case]

    assert compared(visit, *told(*events)) == []


@pytest.mark.parametrize("case", WRONG)
def test_a_visit_with_other_messages_than_those_of_its_end_is_told(case: str) -> None:
    visit, events, check = WRONG[case]

    [finding] = compared(visit, *told(*events))

    assert (finding.check, finding.object_key) == (check, str(VISIT))
    assert (finding.processes, finding.appointment_id) == (("book-1",), VISIT)
    assert (finding.severity is Severity.WARNING) == (check == AT_ALL)


@pytest.mark.parametrize(
    ("late", "is_found"),
    [(timedelta(), False), (ON_ITS_WAY, False), (ON_ITS_WAY + MICROSECOND, True)],
)
def test_a_reminder_may_cross_with_the_end_of_its_visit(late: timedelta, *, is_found: bool) -> None:
    [reminder] = told("reminder")
    sent = reminder.model_copy(update={"last_sent_at": OVER + late})

    found = compared(a_visit(*BOOKED, "CANCELLED"), sent, *told("booked", "cancelled"))

    assert [one.check for one in found] == ([IN_TIME] if is_found else [])


def test_the_messages_of_one_visit_say_nothing_of_another() -> None:
    other = VisitFact(appointment_id=UUID(int=2), status="BOOKED", was_booked=True, been=BOOKED)

    [finding] = messages([a_visit(*BOOKED), other], told("booked"))

    assert (finding.check, finding.object_key) == (AT_ALL, str(other.appointment_id))
