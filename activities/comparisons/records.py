"""What was recorded: as it was written, all of it, and nothing after the end."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from activities.facts import ChangeFact, RecordedFact
from activities.findings import Finding

CHAINS = "I-50 chain of records"
ON_RECORD = "I-51 change on record"
FENCE = "I-22 change after the end"

CLOCKS = timedelta(seconds=1)
"""So far the clocks of two databases may differ."""


def broken_chain(source: str, seq: int | None, flaw: str | None) -> Iterator[Finding]:
    """I-50: what was recorded is as it was written, and all of it is there."""
    if seq is not None:
        yield Finding(
            check=CHAINS, object_key=f"{source}:{seq}", details={"flaw": flaw or "unknown"}
        )


def changes(made: Iterable[ChangeFact], recorded: Iterable[RecordedFact]) -> Iterator[Finding]:
    """I-22, I-23, I-51: who changed something is on record, and changes nothing once undone."""
    ends = {end.process: end for end in recorded}
    for change in made:
        end = ends.get(change.process)
        if end is None:
            yield of_process(ON_RECORD, change)
        elif end.undone_at and change.last_at > end.undone_at + CLOCKS:
            yield of_process(FENCE, change, ended_at=end.undone_at.isoformat())


def of_process(check: str, change: ChangeFact, **details: str) -> Finding:
    return Finding(
        check=check,
        object_key=change.process,
        details={"changed_at": change.last_at.isoformat(), **details},
        processes=(change.process,),
    )
