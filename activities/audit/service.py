"""Who did what, in chains that show every later change."""

from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.audit.checks import AuditChecks
from activities.audit.contract import (
    SAGAS,
    Anchor,
    Append,
    AppendEntries,
    Flaw,
    Heads,
    ListHeads,
    Verdict,
    VerifyChain,
)
from activities.audit.findings import FindingService
from activities.inbox import Service, once, once_folded
from activities.process import Process
from db.audit.repository import AuditRepository, BrokenRow
from db.inbox import Claim


class AuditService(Service):
    """Appends to the chains and verifies them; nobody else writes there."""

    page: ClassVar = 20_000
    """So many records are verified well within the time that one statement may take."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.checks = AuditChecks(engine)
        self.findings = FindingService(engine)

    @once_folded("append")
    async def append(
        self, connection: AsyncConnection, process: Process, request: Append, claim: Claim
    ) -> bool:
        return await AuditRepository(connection).append(claim, entry_of(process, request))

    @once("append_entries")
    async def append_entries(
        self, connection: AsyncConnection, _: Process, request: AppendEntries
    ) -> None:
        entries = [entry.model_dump(mode="json") for entry in request.entries]
        await AuditRepository(connection).append_all(entries)

    async def list_heads(self, _: ListHeads) -> Heads:
        async with self.one_statement() as connection:
            heads = await AuditRepository(connection).list_heads()
        return Heads(heads=tuple(Anchor(source=s, seq=h.seq, hash=h.hash) for s, h in heads))

    async def verify_chain(self, request: VerifyChain) -> Verdict:
        async with self.one_statement() as connection:
            broken = await AuditRepository(connection).find_flaw(
                request.source, request.since, request.until, request.anchor
            )
        return Verdict(broken_seq=broken and broken.seq, flaw=broken and Flaw(broken.why))

    async def verify(self, source: str = SAGAS, anchor: Anchor | None = None) -> Verdict:
        """Read a whole chain again; only an older anchor shows a cut tail or a chain made anew."""
        async with self._engine.connect() as connection:
            audit = AuditRepository(connection)
            head = await audit.find_head(source)
            last = head.seq if head else 0
            broken = await self._first_flaw(audit, source, last)
            if anchor and not broken:
                since = min(anchor.seq, last + 1)
                broken = await audit.find_flaw(source, since, anchor.seq, anchor.hash)
        return Verdict(
            head=head and Anchor(source=source, seq=head.seq, hash=head.hash),
            broken_seq=broken and broken.seq,
            flaw=broken and Flaw(broken.why),
        )

    async def _first_flaw(self, audit: AuditRepository, source: str, last: int) -> BrokenRow | None:
        for since in range(1, last + 1, self.page):
            until = min(since + self.page - 1, last)
            if broken := await audit.find_flaw(source, since, until):
                return broken
        return None


def entry_of(process: Process, request: Append) -> dict[str, object]:
    origin = process.origin
    return {
        **request.model_dump(mode="json", exclude={"part"}),
        "source": SAGAS,
        "record_key": ":".join(filter(None, (process.id, request.part))),
        "actor_id": origin.account_id and str(origin.account_id),
        "actor_role": origin.role,
        "purpose": origin.purpose,
        "workflow_id": process.id,
        "correlation_id": origin.correlation_id,
    }
