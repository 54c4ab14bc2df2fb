"""What must never be among visits, and what they are compared by."""

from typing import ClassVar

from sqlalchemy import RowMapping

from activities.checks import Checks
from activities.facts import (
    ChangeFacts,
    DayFact,
    DayFacts,
    DaysOf,
    EndFact,
    FactsOf,
    RecordFact,
    RecordFacts,
    UntimelyFact,
    UntimelyFacts,
    UntimelyOf,
    VisitFact,
    VisitFacts,
)
from activities.offers import Terms
from db.appointments import checks as db


def visit_of(row: RowMapping) -> VisitFact:
    end = None
    if row["at"]:
        names = ("at", "slot_start", "booked_at", "late_move")
        end = EndFact(
            by_patient=bool(row["by_patient"]),
            terms=Terms.model_validate_json(row["terms"]),
            **{name: row[name] for name in names},
        )
    told = VisitFact.model_fields.keys() - {"end"}
    return VisitFact(end=end, **{name: row[name] for name in told})


class AppointmentChecks(Checks):
    """Tells of visits and of the caches beside them. Changes nothing."""

    checks: ClassVar = db.CHECKS

    async def list_visits(self, request: FactsOf) -> VisitFacts:
        rows = await self.page(db.VISITS, request)
        return VisitFacts(visits=tuple(visit_of(row) for row in rows))

    async def list_cached_doctors(self, request: FactsOf) -> RecordFacts:
        rows = await self.page(db.CACHED_DOCTORS, request)
        return RecordFacts(records=tuple(RecordFact(**row) for row in rows))

    async def list_cached_patients(self, request: FactsOf) -> RecordFacts:
        rows = await self.page(db.CACHED_PATIENTS, request)
        return RecordFacts(records=tuple(RecordFact(**row) for row in rows))

    async def list_full_days(self, request: DaysOf) -> DayFacts:
        rows = await self.rows(
            db.FULL_DAYS,
            doctors=[limit.doctor_id for limit in request.limits],
            limits=[limit.visits for limit in request.limits],
        )
        return DayFacts(days=tuple(DayFact(**row) for row in rows))

    async def list_untimely(self, request: UntimelyOf) -> UntimelyFacts:
        ids, following = await self.ids(db.IDS, request)
        numbers = request.settings
        rows = await self.rows(
            db.UNTIMELY,
            ids=ids,
            versions=[one.version for one in numbers],
            leads=[one.lead_time_minutes for one in numbers],
            cutoffs=[one.reschedule_cutoff_minutes for one in numbers],
            most=[one.max_reschedules for one in numbers],
        )
        return UntimelyFacts(slots=tuple(UntimelyFact(**row) for row in rows), next=following)

    async def list_changes(self, request: FactsOf) -> ChangeFacts:
        """Tell who changed the visits and the holds of a page."""
        return await self.changes(db.IDS, db.CHANGES, request)
