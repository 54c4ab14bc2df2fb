"""The table of outcomes (reliability.md 2.3), as data. Anything else violates I-20."""

from tests.outcomes import Seen, Sums
from tests.rows.bookings import BOOKINGS, UNDOINGS
from tests.rows.changes import CANCELLATIONS, MOVES
from tests.rows.money import PAYMENTS
from tests.rows.records import RECORDS
from tests.rows.visits import VISITS

ROWS = (*BOOKINGS, *UNDOINGS, *MOVES, *CANCELLATIONS, *PAYMENTS, *VISITS, *RECORDS)
"""Every end that a process may have."""
WITHOUT_END = ("O-90", "O-91")
"""Waiting for a person, or for mended code: what may be seen of a process on its way."""


def row_of(seen: Seen, sums: Sums) -> str | None:
    """Name the row that this is; `None` violates I-20."""
    rows = {row.id for row in ROWS if row.matches(seen, sums)}
    assert len(rows) <= 1, f"{rows} are not told apart: {seen}"
    return next(iter(rows), None)
