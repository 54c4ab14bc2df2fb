"""What is cached of doctors and patients, and what they are at home."""

from collections.abc import Iterable, Iterator

from activities.facts import RecordFact
from activities.findings import Finding, Severity

CACHES = "I-62 caches"


def caches(sources: Iterable[RecordFact], cached: Iterable[RecordFact]) -> Iterator[Finding]:
    """I-62: what is cached of a record is as it is at home, and not newer."""
    at_home = {record.id: record for record in sources}
    for copy in cached:
        record = at_home[copy.id]
        if copy.version > record.version or copy.digest != record.digest:
            yield Finding(
                check=CACHES,
                object_key=str(copy.id),
                severity=Severity.WARNING,
                details={"cached": str(copy.version), "source": str(record.version)},
            )
