"""What the clock's processes meet: what was left behind, what is wrong, what waits to be told."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from typing_extensions import override

from activities.appointments.contract import ReleaseStale, Stale, StaleEnded, StaleFound, StaleOf
from activities.audit.contract import (
    Anchor,
    AppendEntries,
    CloseFindings,
    Entry,
    Filed,
    FileFindings,
    Heads,
    ListHeads,
    ProcessesOf,
    Running,
    Verdict,
    VerifyChain,
)
from activities.contract import Command, Refusal
from activities.facts import (
    AccountFacts,
    BillFacts,
    ChangeFacts,
    DayFacts,
    DaysOf,
    FactsOf,
    HistoryFacts,
    MessageFacts,
    PaymentFact,
    PaymentFacts,
    PaymentsOf,
    RecordedFacts,
    RecordedOf,
    RecordFacts,
    SettingsFacts,
    UntimelyFacts,
    UntimelyOf,
    VisitFacts,
)
from activities.findings import CheckInvariants, Finding, Found
from activities.payments.contract import (
    Captured,
    CapturedPayment,
    ListCaptured,
    ListUnsettled,
    PaymentOf,
    PaymentStatus,
    Reconciled,
    Unsettled,
)
from activities.payments.contract import (
    Verdict as Compared,
)
from activities.process import Process
from activities.users.contract import ListOutbox, MarkShipped, Outbox, Outgoing
from db.settings import SERVICES
from tests.fakes.inbox import once
from tests.fakes.world import World


class Night(World):
    """Its steps are called by their names on the wire, with `_` for the dot."""

    def __init__(self) -> None:
        super().__init__()
        self.stale: list[Stale] = []
        self.released: list[UUID] = []
        self.running: set[str] = set()
        self.busy: set[UUID] = set()
        self.outbox: list[Outgoing] = []
        self.shipped: list[UUID] = []
        self.carried: dict[str, Entry] = {}
        self.heads: list[Anchor] = []
        self.flawed: dict[tuple[str, int], Verdict] = {}
        self.wrong: dict[str, list[list[Finding]]] = {}
        """What each service says when it looks, time after time; the last of it for ever."""
        self.findings: dict[tuple[str, str], Finding] = {}
        self.unsure: list[tuple[str, str]] = []
        self.closed: list[CloseFindings] = []
        self.unsettled: list[Unsettled] = []
        self.captured: list[CapturedPayment] = []
        self.changed: list[PaymentFact] = []
        self.verdicts: dict[UUID, Compared] = {}
        self.statuses: dict[UUID, PaymentStatus] = {}
        self.compared: list[UUID] = []

    @override
    def do(
        self, process: Process, type: str, request: Command, refusal: Refusal | None = None
    ) -> Any:
        mine = getattr(self, type.replace(".", "_"), None)
        if mine is None or refusal:
            return super().do(process, type, request, refusal)
        self.asked.append((process, type, request))
        return mine(process, request)

    def steps(self) -> Iterable[str]:
        """Name its steps as they are on the wire."""
        for name in dir(self):
            service, _, step = name.partition("_")
            if service in SERVICES and step:
                yield f"{service}.{step}"

    def appointments_list_stale(self, _: Process, request: StaleOf) -> StaleFound:
        after = request.after or UUID(int=0)
        left = [one for one in self.stale if one.appointment_id > after]
        return StaleFound(stale=tuple(left[: request.limit]))

    @once
    def appointments_release_stale(self, _: Process, request: ReleaseStale) -> StaleEnded:
        left = [one for one in self.stale if one.appointment_id != request.appointment_id]
        was_stale = len(left) < len(self.stale)
        self.stale = left
        self.released.append(request.appointment_id)
        return StaleEnded(was_stale=was_stale)

    def audit_find_running(self, _: Process, request: ProcessesOf) -> Running:
        return Running(
            ids=tuple(self.running.intersection(request.ids)),
            appointments=tuple(self.busy.intersection(request.appointments)),
        )

    def users_list_outbox(self, _: Process, request: ListOutbox) -> Outbox:
        waiting = [one for one in self.outbox if one.record_id not in self.shipped]
        return Outbox(records=tuple(waiting[: request.limit]))

    @once
    def users_mark_shipped(self, _: Process, request: MarkShipped) -> None:
        assert all(str(one) in self.carried for one in request.record_ids)
        self.shipped += request.record_ids

    @once
    def audit_append_entries(self, _: Process, request: AppendEntries) -> None:
        for entry in request.entries:
            self.carried.setdefault(entry.record_key, entry)

    def audit_list_heads(self, _: Process, __: ListHeads) -> Heads:
        return Heads(heads=tuple(self.heads))

    def audit_verify_chain(self, _: Process, request: VerifyChain) -> Verdict:
        for (source, seq), verdict in self.flawed.items():
            if source == request.source and request.since <= seq <= request.until:
                return verdict
        return Verdict()

    @once
    def audit_file_findings(self, _: Process, request: FileFindings) -> Filed:
        self.unsure += [(one.check, one.object_key) for one in request.unsure]
        new = {(one.check, one.object_key): one for one in request.findings}
        added = len(set(new) - set(self.findings))
        self.findings |= new
        return Filed(findings=added)

    @once
    def audit_close_findings(self, _: Process, request: CloseFindings) -> Filed:
        self.closed.append(request)
        return Filed(findings=0)

    def payments_list_unsettled(self, _: Process, request: ListUnsettled) -> Unsettled:
        befores = [None, *(page.next for page in self.unsettled)]
        return self.unsettled[befores.index(request.after)] if self.unsettled else Unsettled()

    def payments_list_captured(self, _: Process, __: ListCaptured) -> Captured:
        return Captured(payments=tuple(self.captured))

    def payments_list_payments(self, _: Process, request: PaymentsOf) -> PaymentFacts:
        wanted = request.ids
        facts = (one for one in self.changed if wanted is None or one.payment_id in wanted)
        return PaymentFacts(payments=tuple(facts))

    def payments_reconcile_payment(self, _: Process, request: PaymentOf) -> Reconciled:
        payment_id = request.payment_id
        self.compared.append(payment_id)
        return Reconciled(
            payment_id=payment_id,
            verdict=self.verdicts.get(payment_id, Compared.AGREES),
            status=self.statuses.get(payment_id, PaymentStatus.COMPLETED),
        )

    def appointments_check_invariants(self, _: Process, __: CheckInvariants) -> Found:
        return self._look("appointments")

    def billing_check_invariants(self, _: Process, __: CheckInvariants) -> Found:
        return self._look("billing")

    def payments_check_invariants(self, _: Process, __: CheckInvariants) -> Found:
        return self._look("payments")

    def doctors_check_invariants(self, _: Process, __: CheckInvariants) -> Found:
        return self._look("doctors")

    def patients_check_invariants(self, _: Process, __: CheckInvariants) -> Found:
        return self._look("patients")

    def notifications_check_invariants(self, _: Process, __: CheckInvariants) -> Found:
        return self._look("notifications")

    def analytics_check_invariants(self, _: Process, __: CheckInvariants) -> Found:
        return self._look("analytics")

    def users_check_invariants(self, _: Process, __: CheckInvariants) -> Found:
        return self._look("users")

    def audit_check_invariants(self, _: Process, __: CheckInvariants) -> Found:
        return self._look("audit")

    def appointments_list_visits(self, _: Process, __: FactsOf) -> VisitFacts:
        return VisitFacts()

    def appointments_list_cached_doctors(self, _: Process, __: FactsOf) -> RecordFacts:
        return RecordFacts()

    def appointments_list_cached_patients(self, _: Process, __: FactsOf) -> RecordFacts:
        return RecordFacts()

    def appointments_list_full_days(self, _: Process, __: DaysOf) -> DayFacts:
        return DayFacts()

    def appointments_list_untimely(self, _: Process, __: UntimelyOf) -> UntimelyFacts:
        return UntimelyFacts()

    def doctors_list_settings(self, _: Process, __: FactsOf) -> SettingsFacts:
        return SettingsFacts()

    def notifications_list_messages(self, _: Process, __: FactsOf) -> MessageFacts:
        return MessageFacts()

    def appointments_list_changes(self, _: Process, __: FactsOf) -> ChangeFacts:
        return ChangeFacts()

    def billing_list_changes(self, _: Process, __: FactsOf) -> ChangeFacts:
        return ChangeFacts()

    def payments_list_changes(self, _: Process, __: FactsOf) -> ChangeFacts:
        return ChangeFacts()

    def audit_list_recorded(self, _: Process, __: RecordedOf) -> RecordedFacts:
        return RecordedFacts()

    def billing_list_bills(self, _: Process, __: FactsOf) -> BillFacts:
        return BillFacts()

    def billing_list_accounts(self, _: Process, __: FactsOf) -> AccountFacts:
        return AccountFacts()

    def payments_list_accounts(self, _: Process, __: FactsOf) -> AccountFacts:
        return AccountFacts()

    def doctors_list_doctors(self, _: Process, __: FactsOf) -> RecordFacts:
        return RecordFacts()

    def patients_list_patients(self, _: Process, __: FactsOf) -> RecordFacts:
        return RecordFacts()

    def patients_list_histories(self, _: Process, __: FactsOf) -> HistoryFacts:
        return HistoryFacts()

    def _look(self, service: str) -> Found:
        said = self.wrong.get(service, [[]])
        now = said.pop(0) if len(said) > 1 else said[0]
        return Found(checks=(f"{service}'s own",), findings=tuple(now))
