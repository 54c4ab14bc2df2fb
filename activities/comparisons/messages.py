"""What patients were told of their visits, and what was so."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from uuid import UUID

from activities.facts import MessageFact, VisitFact
from activities.findings import Finding, Severity

ONCE = "I-40 told once"
TRUE = "I-41 told as it was"
IN_TIME = "I-41 reminded of what was over"
AT_ALL = "I-42 told at all"

TELLS_OF = {
    "booked": "BOOKED",
    "cancelled": "CANCELLED",
    "no-show": "NO_SHOW",
    "waived": "NO_SHOW",
    "hold-expired": "EXPIRED",
}
"""What a visit must have been for this to be said of it; each is said once."""
ENDS = {"CANCELLED": "cancelled", "NO_SHOW": "no-show"}
ON_ITS_WAY = timedelta(minutes=1)
"""A mail may cross with a change of its visit."""

Told = Mapping[str, MessageFact]


def messages(visits: Iterable[VisitFact], told: Iterable[MessageFact]) -> Iterator[Finding]:
    """I-40, I-41, I-42: a patient is told once what became of the visit, and nothing else."""
    told_of = defaultdict[UUID, dict[str, MessageFact]](dict)
    for message in told:
        told_of[message.appointment_id][message.event] = message
    for visit in visits:
        its_own = told_of[visit.appointment_id]
        yield from of_visit(ONCE, visit, too_often(visit, its_own))
        yield from of_visit(TRUE, visit, untrue(visit, its_own))
        yield from of_visit(IN_TIME, visit, too_late(visit, its_own), Severity.WARNING)
        yield from of_visit(AT_ALL, visit, untold(visit, its_own), Severity.WARNING)


def too_often(visit: VisitFact, told: Told) -> Iterator[str]:
    """Tell what was said more than once. Each move is an event of its own."""
    most = dict.fromkeys(TELLS_OF, 1) | {"moved": visit.moves}
    return (event for event, times in most.items() if times_of(event, told) > times)


def untrue(visit: VisitFact, told: Told) -> Iterator[str]:
    return (event for event, was in TELLS_OF.items() if event in told and was not in visit.been)


def too_late(visit: VisitFact, told: Told) -> Iterator[str]:
    """Tell what was still announced when the visit was over: a mail may have had to wait."""
    sent_at = told["reminder"].last_sent_at if "reminder" in told else None
    if sent_at and visit.over_at and sent_at > visit.over_at + ON_ITS_WAY:
        yield "reminder"


def untold(visit: VisitFact, told: Told) -> Iterator[str]:
    # A booking that was undone was nobody's.
    if visit.was_booked and visit.status != "RELEASED" and "booked" not in told:
        yield "booked"
    if times_of("moved", told) < visit.moves:
        yield "moved"
    end = "hold-expired" if visit.was_given_up else ENDS.get(visit.status)
    if end and end not in told:
        yield end


def times_of(event: str, told: Told) -> int:
    return told[event].times if event in told else 0


def of_visit(
    check: str,
    visit: VisitFact,
    events: Iterable[str],
    severity: Severity = Severity.CRITICAL,
) -> Iterator[Finding]:
    if named := ", ".join(sorted(events)):
        yield Finding(
            check=check,
            object_key=str(visit.appointment_id),
            severity=severity,
            details={"status": visit.status, "messages": named},
            processes=visit.processes,
            appointment_id=visit.appointment_id,
        )
