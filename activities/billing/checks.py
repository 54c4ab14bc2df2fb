"""What must never be among bills, and what they are compared by."""

from typing import ClassVar

from sqlalchemy import RowMapping

from activities.checks import Checks
from activities.facts import AccountFacts, BillFact, BillFacts, ChangeFacts, FactsOf, FeeFact
from db.billing import checks as db


def bill_of(row: RowMapping) -> BillFact:
    fee = {name: row[name] for name in FeeFact.model_fields}
    about = {name: value for name, value in row.items() if name not in fee}
    return BillFact(fee=None if fee["kept"] is None else FeeFact(**fee), **about)


class BillingChecks(Checks):
    """Tells of bills and of what was paid for them. Changes nothing."""

    checks: ClassVar = db.CHECKS

    async def list_bills(self, request: FactsOf) -> BillFacts:
        rows = await self.page(db.BILLS, request)
        return BillFacts(bills=tuple(bill_of(row) for row in rows))

    async def list_accounts(self, request: FactsOf) -> AccountFacts:
        """Tell the accounts of a page of bills, each whole; or those that are asked for."""
        return await self.accounts(db.IDS, db.ACCOUNTS, request)

    async def list_changes(self, request: FactsOf) -> ChangeFacts:
        """Tell who changed the bills of a page."""
        return await self.changes(db.IDS, db.CHANGES, request)
