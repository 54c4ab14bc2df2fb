"""What processes may ask of the analytics service."""

from typing import TYPE_CHECKING

from temporalio import activity

from activities.analytics.contract import Record
from activities.findings import CheckInvariants, Found
from activities.process import process

if TYPE_CHECKING:
    from activities.analytics.service import AnalyticsService


class AnalyticsActivities:
    """Counts what happened. Safe to repeat."""

    def __init__(self, analytics: "AnalyticsService") -> None:
        self._analytics = analytics
        self._checks = analytics.checks

    @activity.defn(name="analytics.record")
    async def record(self, request: Record) -> None:
        """Keep one event."""
        await self._analytics.record(process(), request)

    @activity.defn(name="analytics.check_invariants")
    async def check_invariants(self, request: CheckInvariants) -> Found:
        """Look at a page of what must never be; changes nothing."""
        return await self._checks.check_invariants(request)
