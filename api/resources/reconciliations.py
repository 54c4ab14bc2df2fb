"""Comparisons of our payments with the gateway's books, as clients ask for them and see them."""

from datetime import date

from api.fields import Body, WallDate, like
from api.lists import ListQuery
from api.shown import Moment, Shown


class NewReconciliation(Body):
    """The day, in UTC, whose payments are all compared."""

    model_config = like(date="2026-11-25")

    date: WallDate


class ReconciliationQuery(ListQuery):
    """They are listed as the engine has them, the newest first."""


class Figures(Shown):
    """What was compared, and what differed: each difference is a finding of the audit."""

    compared: int
    nudged: int
    """Processes that run, and were told to ask the gateway."""
    begun: int
    """Payments that nobody worked on, and a process now does."""
    findings: int


class Reconciliation(Shown):
    model_config = like(
        id="reconcile-2026-11-25-01a1f8e1-5c20-7f11-a3b7-9e0d4c2f6a05",
        date="2026-11-25",
        state="COMPLETED",
        figures={"compared": 214, "nudged": 1, "begun": 0, "findings": 1},
    )

    id: str
    date: date
    state: str
    started_at: Moment
    closed_at: Moment | None
    figures: Figures | None = None
    """When it has ended; a list does not tell them."""
