"""Where what must not be is looked for: each service by itself, then what two of them must share.

`AuditInvariantsWorkflow` looks so at night, and the tests whenever nothing is under way: only how
services are asked differs.
"""

from asyncio import gather
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from activities.analytics.activities import AnalyticsActivities
from activities.appointments.activities import AppointmentActivities
from activities.audit.activities import AuditActivities
from activities.audit.contract import ListHeads, VerifyChain
from activities.billing.activities import BillingActivities
from activities.comparisons import bills, caches, messages, money, records, visits
from activities.doctors.activities import DoctorActivities
from activities.facts import (
    PAGE,
    ChangeFacts,
    DayLimit,
    DaysOf,
    FactsOf,
    RecordedOf,
    RecordFact,
    UntimelyOf,
)
from activities.findings import CheckInvariants, Finding, Found
from activities.notifications.activities import NotificationActivities
from activities.patients.activities import PatientActivities
from activities.payments.activities import PaymentActivities
from activities.users.activities import UserActivities
from workflows.services import (
    Activities,
    Do,
    Reply,
    Request,
    Service,
    analytics,
    appointments,
    audit,
    billing,
    doctors,
    notifications,
    patients,
    payments,
    users,
)

RECORDS = 20_000
"""So many records of a chain are read again well within the time that a statement may take."""


class Ask(Protocol):
    """Asks a service for facts."""

    async def __call__(
        self, service: Service[Activities], do: Do[Activities, Request, Reply], request: Request
    ) -> Reply: ...


@dataclass(frozen=True)
class Look:
    """One thing that is looked at, page by page; `after` is what the page before ended with."""

    name: str
    at: Callable[[Ask, datetime, str], Awaitable[Found]]


def found(checks: tuple[str, ...], findings: Iterable[Finding], next: UUID | None) -> Found:
    return Found(checks=checks, findings=tuple(findings), next=str(next) if next else None)


def asked(look: str, after: str) -> FactsOf:
    return FactsOf(part=look, after=UUID(after) if after else None)


def last_of(ids: list[UUID]) -> UUID | None:
    """Name where the next page begins, if there may be one."""
    return ids[-1] if len(ids) == PAGE else None


def own(service: Service[Any], do: Do[Any, CheckInvariants, Found]) -> Look:
    """Let a service look at its own database."""

    async def look(ask: Ask, at: datetime, after: str) -> Found:
        return await ask(service, do, CheckInvariants(at=at, after=after))

    return Look(service.task_queue, look)


def on_record(service: Service[Any], do: Do[Any, FactsOf, ChangeFacts]) -> Look:
    """Ask the audit for whoever changed something in this database."""
    name = f"{service.task_queue} on record"

    async def look(ask: Ask, _: datetime, after: str) -> Found:
        page = await ask(service, do, asked(name, after))
        who = tuple(change.process for change in page.changes)
        known = await ask(
            audit, AuditActivities.list_recorded, RecordedOf(part=name, processes=who)
        )
        findings = records.changes(page.changes, known.recorded)
        return found((records.ON_RECORD, records.FENCE), findings, page.next)

    return Look(name, look)


async def each_visit(ask: Ask, _: datetime, after: str) -> Found:
    page = await ask(appointments, AppointmentActivities.list_visits, asked("visits", after))
    ids = [visit.appointment_id for visit in page.visits]
    its_own = FactsOf(part="visits", of=tuple(ids))
    billed, written, told = await gather(
        ask(billing, BillingActivities.list_bills, its_own),
        ask(patients, PatientActivities.list_histories, its_own),
        ask(notifications, NotificationActivities.list_messages, its_own),
    )
    findings = (
        *bills.bills_of_visits(page.visits, billed.bills),
        *visits.histories(page.visits, written.histories),
        *messages.messages(page.visits, told.messages),
    )
    checks = (
        *(bills.OF_VISITS, bills.FEES, bills.RULES),
        visits.HISTORIES,
        *(messages.ONCE, messages.TRUE, messages.IN_TIME, messages.AT_ALL),
    )
    return found(checks, findings, last_of(ids))


async def each_bill(ask: Ask, _: datetime, after: str) -> Found:
    page = await ask(billing, BillingActivities.list_bills, asked("bills", after))
    named = tuple(bill.appointment_id for bill in page.bills if bill.appointment_id)
    known = await ask(
        appointments, AppointmentActivities.list_visits, FactsOf(part="bills", ids=named)
    )
    ids = [bill.bill_id for bill in page.bills]
    findings = bills.bills_of_nobody(page.bills, known.visits)
    return found((bills.OF_NOBODY,), findings, last_of(ids))


async def what_was_billed(ask: Ask, _: datetime, after: str) -> Found:
    page = await ask(billing, BillingActivities.list_accounts, asked("billed", after))
    ids = tuple(account.id for account in page.accounts)
    paid = await ask(payments, PaymentActivities.list_accounts, FactsOf(part="billed", ids=ids))
    findings = money.books(page.accounts, paid.accounts)
    return found((money.BOOKS,), findings, page.next)


async def what_was_paid(ask: Ask, _: datetime, after: str) -> Found:
    page = await ask(payments, PaymentActivities.list_accounts, asked("paid", after))
    ids = tuple(account.id for account in page.accounts)
    billed = await ask(billing, BillingActivities.list_accounts, FactsOf(part="paid", ids=ids))
    findings = money.books(billed.accounts, page.accounts)
    return found((money.BOOKS,), findings, page.next)


async def doctors_and_days(ask: Ask, _: datetime, after: str) -> Found:
    page = await ask(doctors, DoctorActivities.list_doctors, asked("doctors", after))
    ids = [record.id for record in page.records]
    copies, full = await gather(
        ask(
            appointments,
            AppointmentActivities.list_cached_doctors,
            FactsOf(part="doctors", ids=tuple(ids)),
        ),
        ask(
            appointments,
            AppointmentActivities.list_full_days,
            DaysOf(part="doctors", limits=tuple(limits_of(page.records))),
        ),
    )
    findings = (
        *caches.caches(page.records, copies.records),
        *visits.full_days(full.days),
    )
    return found((caches.CACHES, visits.DAYS), findings, last_of(ids))


def limits_of(records: Iterable[RecordFact]) -> Iterable[DayLimit]:
    for record in records:
        if record.max_daily_appts is not None:
            yield DayLimit(doctor_id=record.id, visits=record.max_daily_appts)


async def patient_records(ask: Ask, _: datetime, after: str) -> Found:
    page = await ask(patients, PatientActivities.list_patients, asked("patients", after))
    ids = [record.id for record in page.records]
    copies = await ask(
        appointments,
        AppointmentActivities.list_cached_patients,
        FactsOf(part="patients", ids=tuple(ids)),
    )
    findings = caches.caches(page.records, copies.records)
    return found((caches.CACHES,), findings, last_of(ids))


async def taken_in_time(ask: Ask, _: datetime, after: str) -> Found:
    part = "taken"
    numbers = await ask(doctors, DoctorActivities.list_settings, FactsOf(part=part))
    page = await ask(
        appointments,
        AppointmentActivities.list_untimely,
        UntimelyOf(**asked(part, after).model_dump(), settings=numbers.settings),
    )
    return found((visits.NUMBERS,), visits.untimely(page.slots), page.next)


async def chains(ask: Ask, at: datetime, after: str) -> Found:  # noqa: ARG001 - as every look
    """Read every chain of records again, from its first to its last."""
    source, _, since = after.partition(":")
    for head in (await ask(audit, AuditActivities.list_heads, ListHeads())).heads:
        start = int(since) if head.source == source else 1
        if head.source < source or start > head.seq:
            continue
        end = min(start + RECORDS - 1, head.seq)
        part = VerifyChain(part=head.source, source=head.source, since=start, until=end)
        verdict = await ask(audit, AuditActivities.verify_chain, part)
        findings = tuple(records.broken_chain(head.source, verdict.broken_seq, verdict.flaw))
        return Found(checks=(records.CHAINS,), findings=findings, next=f"{head.source}:{end + 1}")
    return Found(checks=(records.CHAINS,))


LOOKS = (
    own(appointments, AppointmentActivities.check_invariants),
    own(billing, BillingActivities.check_invariants),
    own(payments, PaymentActivities.check_invariants),
    own(doctors, DoctorActivities.check_invariants),
    own(patients, PatientActivities.check_invariants),
    own(notifications, NotificationActivities.check_invariants),
    own(analytics, AnalyticsActivities.check_invariants),
    own(users, UserActivities.check_invariants),
    own(audit, AuditActivities.check_invariants),
    Look("visits", each_visit),
    Look("bills", each_bill),
    Look("billed", what_was_billed),
    Look("paid", what_was_paid),
    Look("doctors and days", doctors_and_days),
    Look("patient records", patient_records),
    Look("taken in time", taken_in_time),
    on_record(appointments, AppointmentActivities.list_changes),
    on_record(billing, BillingActivities.list_changes),
    on_record(payments, PaymentActivities.list_changes),
    Look("chains", chains),
)
