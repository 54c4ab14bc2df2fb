"""What must never be among messages, and what they are compared by."""

from typing import ClassVar

from activities.checks import Checks
from activities.facts import FactsOf, MessageFact, MessageFacts
from db.notifications import checks as db


class NotificationChecks(Checks):
    """Tells what patients were told of their visits. Changes nothing."""

    checks: ClassVar = db.CHECKS

    async def list_messages(self, request: FactsOf) -> MessageFacts:
        rows = await self.page(db.MESSAGES, request)
        return MessageFacts(messages=tuple(MessageFact(**row) for row in rows))
