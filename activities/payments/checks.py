"""What must never be among payments, and what they are compared by."""

from typing import ClassVar

from activities.checks import Checks
from activities.facts import (
    PAGE,
    AccountFacts,
    ChangeFacts,
    FactsOf,
    PaymentFact,
    PaymentFacts,
    PaymentsOf,
)
from db.checks import FIRST
from db.payments import checks as db


class PaymentChecks(Checks):
    """Tells of payments and of what came in by them. Changes nothing."""

    checks: ClassVar = db.CHECKS

    async def list_accounts(self, request: FactsOf) -> AccountFacts:
        """Tell the accounts of a page of payments, each whole; or those that are asked for."""
        return await self.accounts(db.IDS, db.ACCOUNTS, request)

    async def list_payments(self, request: PaymentsOf) -> PaymentFacts:
        rows = await self.rows(
            db.PAYMENTS,
            since=request.since,
            until=request.until,
            after=request.after or FIRST,
            ids=request.ids,
            limit=PAGE,
        )
        return PaymentFacts(payments=tuple(PaymentFact(**row) for row in rows))

    async def list_changes(self, request: FactsOf) -> ChangeFacts:
        """Tell who changed the payments of a page."""
        return await self.changes(db.IDS, db.CHANGES, request)
