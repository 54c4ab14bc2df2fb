"""Visits and what others know of them: how many a doctor sees, which were written up."""

from collections.abc import Iterable, Iterator

from activities.facts import DayFact, HistoryFact, VisitFact
from activities.findings import Finding, Severity

DAYS = "C4 full days"
HISTORIES = "I-64 written up once"


def full_days(days: Iterable[DayFact]) -> Iterator[Finding]:
    """C4, I-05: no doctor has more visits on a local day than the doctor sees.

    A limit that was lowered later is listed, not failed.
    """
    for day in days:
        yield Finding(
            check=DAYS,
            object_key=f"{day.doctor_id}:{day.day}",
            severity=Severity.WARNING,
            details={"visits": str(day.visits), "limit": str(day.limit)},
        )


def histories(visits: Iterable[VisitFact], entries: Iterable[HistoryFact]) -> Iterator[Finding]:
    """I-64: a completed visit is written up once, and no other is."""
    written = {entry.appointment_id: entry.entries for entry in entries}
    for visit in visits:
        wanted, found = int(visit.status == "COMPLETED"), written.get(visit.appointment_id, 0)
        if found != wanted:
            yield Finding(
                check=HISTORIES,
                object_key=str(visit.appointment_id),
                details={"status": visit.status, "entries": str(found)},
                processes=visit.processes,
                appointment_id=visit.appointment_id,
            )
