"""What processes may ask of the audit service."""

from typing import TYPE_CHECKING

from temporalio import activity

from activities.audit.contract import Append
from activities.process import process

if TYPE_CHECKING:
    from activities.audit.service import AuditService


class AuditActivities:
    """Records who did what. Safe to repeat."""

    def __init__(self, audit: "AuditService") -> None:
        self._audit = audit

    @activity.defn(name="audit.append")
    async def append(self, request: Append) -> None:
        """Add one record to the chain of the sagas."""
        await self._audit.append(process(), request)
