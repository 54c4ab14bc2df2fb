"""What processes may ask of the users' service: never who somebody is, that is the API's."""

from typing import TYPE_CHECKING

from temporalio import activity

from activities.findings import CheckInvariants, Found
from activities.process import process
from activities.users.contract import ListOutbox, MarkShipped, Outbox

if TYPE_CHECKING:
    from activities.users.outbox import OutboxService


class UserActivities:
    """Hands out what the API wrote down for the audit. Safe to repeat."""

    def __init__(self, outbox: "OutboxService") -> None:
        self._outbox = outbox
        self._checks = outbox.checks

    @activity.defn(name="users.list_outbox")
    async def list_outbox(self, request: ListOutbox) -> Outbox:
        """Tell what the audit has not heard yet, oldest first; keeps nothing."""
        return await self._outbox.list_outbox(request)

    @activity.defn(name="users.mark_shipped")
    async def mark_shipped(self, request: MarkShipped) -> None:
        """Take off what the audit has recorded."""
        await self._outbox.mark_shipped(process(), request)

    @activity.defn(name="users.check_invariants")
    async def check_invariants(self, request: CheckInvariants) -> Found:
        """Look at a page of what must never be; changes nothing."""
        return await self._checks.check_invariants(request)
