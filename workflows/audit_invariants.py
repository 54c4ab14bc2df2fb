"""Anchor the chains of records outside their database; at night, look for what must never be."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from temporalio import workflow

from activities.audit.activities import AuditActivities
from activities.audit.contract import Anchor, CloseFindings, FileFindings, ListHeads, VerifyChain
from activities.comparisons.records import broken_chain
from activities.contract import Message
from activities.findings import Finding, Found
from workflows.looks import LOOKS, RECORDS, Look
from workflows.saga_workflow import Outcome
from workflows.scheduled import Report, ScheduledWorkflow, ask, running_of
from workflows.services import SECOND, audit

NIGHT = 2
"""The hour, in UTC, in which everything is looked at."""


class AuditInvariants(Message):
    """What is looked at; by default everything at night, and every hour the chains' heads."""

    is_whole: bool | None = None
    began_at: datetime | None = None
    """When the first of the runs that are one look began."""
    look: int = 0
    after: str = ""
    checks: tuple[str, ...] = ()
    """What was looked at whole so far."""
    filed: int = 0
    pages: int = 500
    """So many pages are looked at in one run: its history must not grow without end."""
    pause: timedelta = 10 * SECOND
    """How long something must be wrong: what is only late puts itself right."""


BY_THE_HOUR = AuditInvariants()


class Audited(Report):
    """The heads of all chains, kept here: a chain that was written anew fits no older one."""

    heads: tuple[Anchor, ...] = ()
    is_whole: bool = False


@workflow.defn(name="AuditInvariantsWorkflow")
class AuditInvariantsWorkflow(ScheduledWorkflow[Audited]):
    """Finds and tells. It repairs nothing, money least of all."""

    @workflow.run
    async def run(self, request: AuditInvariants = BY_THE_HOUR) -> Outcome[Audited]:
        return await self.settle(self._audit(request))

    async def _audit(self, request: AuditInvariants) -> None:
        at = request.began_at or workflow.info().workflow_start_time
        is_whole = at.hour == NIGHT if request.is_whole is None else request.is_whole
        filed = await self._look_everywhere(request, at) if is_whole else 0
        heads = (await ask(audit, AuditActivities.list_heads, ListHeads())).heads
        filed += await self._hold_against_anchors(heads, at)
        for head in heads:
            workflow.logger.info("audit_anchor", extra=head.model_dump())
        self.answer(Audited(changes=filed, heads=heads, is_whole=is_whole))
        await self.tail()

    async def _look_everywhere(self, request: AuditInvariants, at: datetime) -> int:
        """Look at everything, page by page; a new run goes on where this one has seen enough."""
        seen = request.model_copy(update={"is_whole": True, "began_at": at})
        pages = 0
        while seen.look < len(LOOKS):
            # A page of facts weighs more than its events do: the engine knows when it is enough.
            if pages == request.pages or workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(seen)
            look = LOOKS[seen.look]
            found = await look.at(ask, at, seen.after)
            filed = seen.filed + await self._file(look, found, seen)
            checks = tuple(sorted({*seen.checks, *found.checks}))
            place = {"after": found.next} if found.next else {"look": seen.look + 1, "after": ""}
            seen = seen.model_copy(update={"filed": filed, "checks": checks, **place})
            pages += 1
        gone = CloseFindings(part="gone", checks=seen.checks, not_seen_since=at)
        return seen.filed + (await ask(audit, AuditActivities.close_findings, gone)).findings

    async def _file(self, look: Look, found: Found, seen: AuditInvariants) -> int:
        """File what is still wrong after a while, although nobody works on it any more."""
        if not found.findings:
            return 0
        at = seen.began_at or workflow.info().workflow_start_time
        await workflow.sleep(seen.pause)
        running = await running_of(
            (process for one in found.findings for process in one.processes),
            (one.appointment_id for one in found.findings if one.appointment_id),
        )
        known = {key_of(one): set(one.processes) - {*running.ids} for one in found.findings}
        again = (await look.at(ask, at, seen.after)).findings
        sure = tuple(
            one
            for one in again
            # Whoever has changed it meanwhile was not asked about: next time.
            if key_of(one) in known
            and known[key_of(one)] >= {*one.processes}
            and one.appointment_id not in running.appointments
        )
        filed = FileFindings(
            part=f"{look.name}:{seen.after}",
            seen_at=at,
            findings=sure,
            unsure=tuple(others(sure, (*found.findings, *again))),
        )
        return (await ask(audit, AuditActivities.file_findings, filed)).findings

    async def _hold_against_anchors(self, heads: Iterable[Anchor], at: datetime) -> int:
        """Verify what was written since the last turn, and that nothing before it is another."""
        anchors = {anchor.source: anchor for anchor in last_heads()}
        now = {head.source: head.seq for head in heads}
        findings: list[Finding] = []
        for source in sorted({*now, *anchors}):
            anchor, last = anchors.get(source), now.get(source, 0)
            parts = list(parts_of(source, anchor, last))
            for part in parts:
                verdict = await ask(audit, AuditActivities.verify_chain, part)
                findings += broken_chain(source, verdict.broken_seq, verdict.flaw)
        if not findings:
            return 0
        broken = FileFindings(part="anchors", seen_at=at, findings=tuple(findings))
        return (await ask(audit, AuditActivities.file_findings, broken)).findings


def key_of(finding: Finding) -> tuple[str, str]:
    return finding.check, finding.object_key


def others(sure: Iterable[Finding], all_of_them: Iterable[Finding]) -> Iterable[Finding]:
    """Name each finding once that is not among those."""
    rest = {key_of(one): one for one in all_of_them}
    for one in sure:
        rest.pop(key_of(one), None)
    return rest.values()


def last_heads() -> tuple[Anchor, ...]:
    """Remember the heads of the last turn: they are in the engine, not in the audit's database."""
    if not workflow.has_last_completion_result():
        return ()
    last = workflow.get_last_completion_result(Outcome[Audited])
    return last.result.heads if last and last.result else ()


def parts_of(source: str, anchor: Anchor | None, last: int) -> Iterable[VerifyChain]:
    """Cut what is to be verified into parts that take a statement's time."""
    if anchor:
        yield VerifyChain(
            part=f"{source}:anchor",
            source=source,
            since=anchor.seq,
            until=anchor.seq,
            anchor=anchor.hash,
        )
    first = anchor.seq + 1 if anchor else 1
    for since in range(first, last + 1, RECORDS):
        until = min(since + RECORDS - 1, last)
        yield VerifyChain(part=f"{source}:{since}", source=source, since=since, until=until)
