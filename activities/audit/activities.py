"""What processes may ask of the audit service."""

from typing import TYPE_CHECKING

from temporalio import activity

from activities.audit.contract import (
    Append,
    AppendEntries,
    CloseFindings,
    Filed,
    FileFindings,
    Heads,
    ListHeads,
    ProcessesOf,
    Running,
    Verdict,
    VerifyChain,
)
from activities.audit.engine import find_running
from activities.facts import RecordedFacts, RecordedOf
from activities.findings import CheckInvariants, Found
from activities.process import process

if TYPE_CHECKING:
    from activities.audit.service import AuditService


class AuditActivities:
    """Records who did what, and what was found wrong. Safe to repeat."""

    def __init__(self, audit: "AuditService") -> None:
        self._audit = audit
        self._checks = audit.checks
        self._findings = audit.findings

    @activity.defn(name="audit.append")
    async def append(self, request: Append) -> None:
        """Add one record to the chain of the sagas."""
        await self._audit.append(process(), request)

    @activity.defn(name="audit.append_entries")
    async def append_entries(self, request: AppendEntries) -> None:
        """Add what another source wrote down to the chains that it names."""
        await self._audit.append_entries(process(), request)

    @activity.defn(name="audit.list_heads")
    async def list_heads(self, request: ListHeads) -> Heads:
        """Tell the newest record of every chain: kept elsewhere, it vouches for what is before."""
        return await self._audit.list_heads(request)

    @activity.defn(name="audit.verify_chain")
    async def verify_chain(self, request: VerifyChain) -> Verdict:
        """Read a part of a chain again, and tell what is not as it was written."""
        return await self._audit.verify_chain(request)

    @activity.defn(name="audit.find_running")
    async def find_running(self, request: ProcessesOf) -> Running:
        """Ask the engine which processes still run; one that it does not know has ended."""
        return await find_running(activity.client(), request)

    @activity.defn(name="audit.file_findings")
    async def file_findings(self, request: FileFindings) -> Filed:
        """File what was found: once, as long as nobody has resolved it."""
        return await self._findings.file_findings(process(), request)

    @activity.defn(name="audit.close_findings")
    async def close_findings(self, request: CloseFindings) -> Filed:
        """Resolve what is not found any more."""
        return await self._findings.close_findings(process(), request)

    @activity.defn(name="audit.check_invariants")
    async def check_invariants(self, request: CheckInvariants) -> Found:
        """Look at a page of what must never be; changes nothing."""
        return await self._checks.check_invariants(request)

    @activity.defn(name="audit.list_recorded")
    async def list_recorded(self, request: RecordedOf) -> RecordedFacts:
        """Tell which of these processes have put their end on record; keeps nothing."""
        return await self._checks.list_recorded(request)
