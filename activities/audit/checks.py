"""What must never be among records, and who is in them."""

from typing import ClassVar

from activities.checks import Checks
from activities.facts import RecordedFact, RecordedFacts, RecordedOf
from db.audit import checks as db


class AuditChecks(Checks):
    """Tells who is on record. Changes nothing."""

    checks: ClassVar = db.CHECKS

    async def list_recorded(self, request: RecordedOf) -> RecordedFacts:
        rows = await self.rows(db.RECORDED, processes=request.processes)
        return RecordedFacts(recorded=tuple(RecordedFact(**row) for row in rows))
