"""What must never be among bills, and what they are compared by."""

from typing import ClassVar

from activities.checks import Checks
from activities.facts import AccountFacts, BillFact, BillFacts, FactsOf
from db.billing import checks as db


class BillingChecks(Checks):
    """Tells of bills and of what was paid for them. Changes nothing."""

    checks: ClassVar = db.CHECKS

    async def list_bills(self, request: FactsOf) -> BillFacts:
        rows = await self.page(db.BILLS, request)
        return BillFacts(bills=tuple(BillFact(**row) for row in rows))

    async def list_accounts(self, request: FactsOf) -> AccountFacts:
        """Tell the accounts of a page of bills, each whole; or those that are asked for."""
        return await self.accounts(db.IDS, db.ACCOUNTS, request)
