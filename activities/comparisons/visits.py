"""Visits and what others say of them: when they may begin, how many there may be, what was seen."""

from collections.abc import Iterable, Iterator

from activities.facts import DayFact, HistoryFact, UntimelyFact, VisitFact
from activities.findings import Finding, Severity

DAYS = "C4 full days"
HISTORIES = "I-64 written up once"
NUMBERS = "I-06, I-07 by its settings"


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


def untimely(slots: Iterable[UntimelyFact]) -> Iterator[Finding]:
    """I-06, I-07: a slot is taken early enough, and left in time and not too often.

    The numbers are those of the version that held then.
    """
    for slot in slots:
        yield Finding(
            check=NUMBERS,
            object_key=str(slot.appointment_id),
            details={"wrong": slot.wrong, "settings": str(slot.settings)},
            processes=(slot.process,),
            appointment_id=slot.appointment_id,
        )
