"""Compare payments with the gateway's books, and wake or begin whatever puts right what differs."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import FailureError

from activities.audit.activities import AuditActivities
from activities.audit.contract import CloseFindings, FileFindings
from activities.comparisons.money import GATEWAY
from activities.contract import Message
from activities.facts import PAGE, PaymentFact, PaymentsOf
from activities.findings import Finding, Severity
from activities.payments.activities import PaymentActivities
from activities.payments.contract import (
    CapturedPayment,
    ListCaptured,
    ListUnsettled,
    PaymentOf,
    PaymentStatus,
    Reconciled,
    Unsettled,
    Verdict,
)
from workflows.late_payment import begin_late_payment
from workflows.saga_workflow import Outcome
from workflows.scheduled import Report, ScheduledWorkflow, ask, running_of
from workflows.services import DAY, audit, payments

UNSETTLED = "I-39 not settled"
AT_ONCE = 8
LOOKED_AFTER = {Verdict.CAPTURED_UNKNOWN, Verdict.AUTHORISED_STRAY}
"""What a process of its own puts right: it records money that came late, or lets it go."""


class ReconcilePayments(Message):
    """The day, in UTC, whose payments are all compared; by default the one before."""

    day: date | None = None


THE_DAY_BEFORE = ReconcilePayments()


class PaymentsReconciled(Report):
    """What was compared, and what differed."""

    day: date
    compared: int = 0
    nudged: int = 0
    """Processes that run, and were told to ask the gateway."""
    begun: int = 0
    """Payments that nobody worked on, and a process now does."""
    findings: int = 0


@workflow.defn(name="ReconcilePaymentsWorkflow")
class ReconcilePaymentsWorkflow(ScheduledWorkflow[PaymentsReconciled]):
    """Repairs what is safe, and files the rest. Never invents a refund."""

    object_type = "reconciliation"

    def __init__(self) -> None:
        super().__init__()
        self._findings: list[Finding] = []
        self._late: list[UUID] = []
        self._agreed: list[str] = []
        self._compared: set[UUID] = set()
        self._nudged = 0

    @workflow.run
    async def run(self, request: ReconcilePayments = THE_DAY_BEFORE) -> Outcome[PaymentsReconciled]:
        return await self.settle(self._reconcile(request))

    @workflow.update(description="Wait for the answer")
    async def outcome(self) -> Outcome[PaymentsReconciled]:
        return await self.settled()

    async def _reconcile(self, request: ReconcilePayments) -> None:
        at = workflow.info().workflow_start_time
        day = request.day or (at - DAY).date()
        since = datetime.combine(day, time(), UTC)
        for unsettled in await unsettled_pages():
            await self._look_after(unsettled)
        await self._claim(await captured_in(since, since + DAY), since)
        for changed in await changed_pages(PaymentsOf(since=since, until=since + DAY)):
            await self._compare_idle(changed)
        for payment_id in self._late:
            await begin_late_payment(payment_id)
        changed_findings = await self._file(at)
        self.answer(
            PaymentsReconciled(
                day=day,
                changes=self._nudged + len(self._late) + changed_findings,
                compared=len(self._compared),
                nudged=self._nudged,
                begun=len(self._late),
                findings=len(self._findings),
            )
        )
        await self.tail()

    async def _look_after(self, page: Unsettled) -> None:
        """Ask the gateway about what has waited too long, or wake who works on it."""
        processes = {one.process for one in page.payments if one.process}
        processes |= {one.process for one in page.refunds if one.process}
        visits = [one.appointment_id for one in page.payments if one.appointment_id]
        running = await running_of(processes, visits)
        for process in running.ids:
            self._nudged += await was_told(process)
        idle = [
            one.payment_id
            for one in page.payments
            if one.process not in running.ids and one.appointment_id not in running.appointments
        ]
        for told in await self._compare(idle):
            self._judge(UNSETTLED, told)
            if told.verdict is Verdict.AGREES and told.status is PaymentStatus.PENDING:
                self._find(UNSETTLED, told.payment_id, "pending, and nobody works on it")
        for refund in page.refunds:
            if refund.process not in running.ids and refund.payment_id in idle:
                self._find(UNSETTLED, refund.refund_id, "a refund that nobody carries out")
        for event in page.events:
            self._find(UNSETTLED, event.event_id, f"{event.type} of {event.object_reference}")

    async def _claim(self, captured: Iterable[CapturedPayment], since: datetime) -> None:
        """Look at money that the gateway has, and that is not completed here."""
        ours = []
        for one in captured:
            if one.payment_id and one.status:
                ours.append(one.payment_id)
            else:
                self._find(GATEWAY, one.reference, "captured, and no payment of ours")
        if ours:
            # The record may be a moment older than the gateway's.
            until = workflow.info().workflow_start_time
            asked = PaymentsOf(since=since - DAY, until=until, ids=tuple(ours))
            for facts in await changed_pages(asked):
                await self._compare_idle(facts)

    async def _compare_idle(self, facts: Iterable[PaymentFact]) -> None:
        """Compare payments that no process is at work on: the books differ while one is."""
        known = [one for one in facts if one.payment_id not in self._compared]
        processes = (process for one in known for process in one.processes)
        visits = (one.appointment_id for one in known if one.appointment_id)
        running = await running_of(processes, visits)
        idle = [
            one.payment_id
            for one in known
            if one.appointment_id not in running.appointments
            and not {*one.processes}.intersection(running.ids)
        ]
        for told in await self._compare(idle):
            self._judge(GATEWAY, told)

    async def _compare(self, ids: Sequence[UUID]) -> list[Reconciled]:
        told: list[Reconciled] = []
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            asked = (PaymentOf(payment_id=one, part=str(one)) for one in some)
            told += await asyncio.gather(
                *(ask(payments, PaymentActivities.reconcile_payment, one) for one in asked)
            )
        self._compared.update(ids)
        return told

    def _judge(self, check: str, told: Reconciled) -> None:
        if told.verdict is Verdict.AGREES:
            self._agreed.append(str(told.payment_id))
            return
        is_looked_after = told.verdict in LOOKED_AFTER
        if is_looked_after:
            self._late.append(told.payment_id)
        severity = Severity.WARNING if is_looked_after else Severity.CRITICAL
        self._find(check, told.payment_id, told.verdict, severity)

    def _find(
        self, check: str, key: UUID | str, wrong: str, severity: Severity = Severity.CRITICAL
    ) -> None:
        finding = Finding(
            check=check, object_key=str(key), severity=severity, details={"wrong": wrong}
        )
        self._findings.append(finding)

    async def _file(self, at: datetime) -> int:
        """File what was found, and close what was found before and is right now."""
        found = FileFindings(part="found", seen_at=at, findings=tuple(self._findings))
        settled = CloseFindings(part="settled", checks=(UNSETTLED,), not_seen_since=at)
        agreed = CloseFindings(
            part="agreed", checks=(GATEWAY,), not_seen_since=at, keys=tuple(self._agreed)
        )
        changed = [
            await ask(audit, AuditActivities.file_findings, found),
            await ask(audit, AuditActivities.close_findings, settled),
            await ask(audit, AuditActivities.close_findings, agreed),
        ]
        return sum(one.findings for one in changed)


async def unsettled_pages() -> list[Unsettled]:
    pages: list[Unsettled] = []
    asked = ListUnsettled()
    while not pages or pages[-1].next:
        pages.append(await ask(payments, PaymentActivities.list_unsettled, asked))
        asked = ListUnsettled(after=pages[-1].next)
    return pages


async def captured_in(since: datetime, until: datetime) -> list[CapturedPayment]:
    captured: list[CapturedPayment] = []
    asked = ListCaptured(since=since, until=until)
    while True:
        page = await ask(payments, PaymentActivities.list_captured, asked)
        captured += page.payments
        if page.next is None:
            return captured
        asked = asked.model_copy(update={"after": page.next})


async def changed_pages(asked: PaymentsOf) -> list[tuple[PaymentFact, ...]]:
    pages: list[tuple[PaymentFact, ...]] = []
    while not pages or len(pages[-1]) == PAGE:
        pages.append((await ask(payments, PaymentActivities.list_payments, asked)).payments)
        after = pages[-1][-1].payment_id if pages[-1] else None
        asked = asked.model_copy(update={"after": after})
    return pages


async def was_told(process: str) -> bool:
    """Tell a process to ask the gateway. It may have ended in this moment, or never listen."""
    try:
        await workflow.get_external_workflow_handle(process).signal("gateway_event")
    except FailureError:
        return False
    return True
