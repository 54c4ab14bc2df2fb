"""What must never be among patients, and what they are compared by."""

from typing import ClassVar

from activities.checks import Checks
from activities.facts import FactsOf, HistoryFact, HistoryFacts, RecordFact, RecordFacts
from db.patients import checks as db


class PatientChecks(Checks):
    """Tells of patients and of how often their visits were written up. Changes nothing."""

    checks: ClassVar = db.CHECKS

    async def list_patients(self, request: FactsOf) -> RecordFacts:
        rows = await self.page(db.PATIENTS, request)
        return RecordFacts(records=tuple(RecordFact(**row) for row in rows))

    async def list_histories(self, request: FactsOf) -> HistoryFacts:
        rows = await self.page(db.HISTORIES, request)
        return HistoryFacts(histories=tuple(HistoryFact(**row) for row in rows))
