"""What was recorded: as it was written, and all of it."""

from collections.abc import Iterator

from activities.findings import Finding

CHAINS = "I-50 chain of records"


def broken_chain(source: str, seq: int | None, flaw: str | None) -> Iterator[Finding]:
    """I-50: what was recorded is as it was written, and all of it is there."""
    if seq is not None:
        yield Finding(
            check=CHAINS, object_key=f"{source}:{seq}", details={"flaw": flaw or "unknown"}
        )
