"""What must never be among doctors, and what they are compared by."""

from typing import ClassVar

from activities.checks import Checks
from activities.facts import FactsOf, RecordFact, RecordFacts, SettingsFact, SettingsFacts
from db.doctors import checks as db


class DoctorChecks(Checks):
    """Tells of doctors. Changes nothing."""

    checks: ClassVar = db.CHECKS

    async def list_doctors(self, request: FactsOf) -> RecordFacts:
        rows = await self.page(db.DOCTORS, request)
        return RecordFacts(records=tuple(RecordFact(**row) for row in rows))

    async def list_settings(self, _: FactsOf) -> SettingsFacts:
        rows = await self.rows(db.SETTINGS)
        return SettingsFacts(settings=tuple(SettingsFact(**row) for row in rows))
