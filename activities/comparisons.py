"""What must agree between databases: pure, for no query reads two of them.

Each comparison takes facts of the services that they tell themselves, and yields what is wrong.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from activities.billing.contract import CancellationAsked
from activities.billing.policy import Charge, cost_of, percent_of, rule_of
from activities.contract import By
from activities.facts import (
    AccountFact,
    BillFact,
    DayFact,
    EndFact,
    FeeFact,
    HistoryFact,
    PaymentFact,
    RecordFact,
    VisitFact,
)
from activities.findings import Finding, Severity

BILLS_OF_VISITS = "C5 one live bill"
BILLS_OF_NOBODY = "C5 bill without a visit"
FEES = "I-36 settled once"
RULES = "I-36 fee by the rule"
BOOKS = "C8 bills and payments"
CACHES = "I-62 caches"
DAYS = "C4 full days"
HISTORIES = "I-64 written up once"
GATEWAY = "I-33 gateway and payments"
CHAINS = "I-50 chain of records"
COMPARED = (*(BILLS_OF_VISITS, BILLS_OF_NOBODY, FEES, BOOKS, CACHES, DAYS, HISTORIES, GATEWAY),)

FORGIVEN = {"PRICE_DROP", "GOODWILL", "DISPUTE"}
"""Credits that may leave nothing to ask for, whatever becomes of the visit."""
SETTLED_BY = {"CANCELLED": "CANCELLATION", "NO_SHOW": "NO_SHOW"}
"""The one adjustment that such an end puts on a bill that asked for something."""


class Account(Protocol):
    """A payment in the books of the gateway; amounts in its own smallest unit."""

    @property
    def id(self) -> str: ...
    @property
    def payment_id(self) -> str: ...
    @property
    def authorised(self) -> int: ...
    @property
    def captured(self) -> int: ...
    @property
    def net(self) -> Decimal: ...


def bills_of_visits(visits: Iterable[VisitFact], bills: Iterable[BillFact]) -> Iterator[Finding]:
    """C5, I-30, I-36: a visit that was booked has one live bill, settled once when it ends."""
    bills_of = defaultdict[UUID | None, list[BillFact]](list)
    for bill in bills:
        bills_of[bill.appointment_id].append(bill)
    for visit in visits:
        its_own = bills_of[visit.appointment_id]
        if wrong := wrong_bills(visit, its_own):
            yield of_visit(BILLS_OF_VISITS, visit, its_own, wrong)
        elif visit.was_booked and (wrong := wrong_fees(visit, its_own)):
            yield of_visit(FEES, visit, its_own, wrong)
        elif visit.end and (wrong := wrong_rule(visit, visit.end, its_own)):
            yield of_visit(RULES, visit, its_own, wrong)


def wrong_bills(visit: VisitFact, bills: Sequence[BillFact]) -> str | None:
    live = [bill for bill in bills if bill.status != "VOID"]
    if len(live) > 1:
        return f"{len(live)} live bills"
    if not visit.was_booked:
        return "a live bill, and it was never booked" if live and visit.status != "HELD" else None
    if live:
        return None
    may_be_void = FORGIVEN | ({SETTLED_BY[visit.status]} if visit.status in SETTLED_BY else set())
    may_be_void |= {"WAIVER"} if visit.status == "NO_SHOW" else set()
    is_excused = any(may_be_void.intersection(bill.credits) for bill in bills)
    return None if is_excused else "no live bill"


def wrong_fees(visit: VisitFact, bills: Sequence[BillFact]) -> str | None:
    """Look whether an end of the visit was settled on its bills, once, and no other end."""
    settlements = Counter(kind for bill in bills for kind in bill.credits)
    settled = SETTLED_BY.get(visit.status)
    for kind in SETTLED_BY.values():
        if kind != settled and settlements[kind]:
            return f"{kind} of a visit that is {visit.status}"
    if settlements["WAIVER"] and visit.status != "NO_SHOW":
        return f"WAIVER of a visit that is {visit.status}"
    if not settled:
        return None
    # A bill that was given up before its visit was booked is no part of it.
    asked = sum(bill.due_before_fees for bill in bills if "VOID" not in bill.credits)
    # What was waived before a no-show was settled leaves nothing to settle.
    is_settled = settlements[settled] or (settled == "NO_SHOW" and settlements["WAIVER"])
    if settlements[settled] > 1 or (asked and not is_settled):
        return f"{settled} {settlements[settled]} times"
    return None


def wrong_rule(visit: VisitFact, end: EndFact, bills: Iterable[BillFact]) -> str | None:
    """Reckon the fee again, by the moment that was asked at and the terms accepted."""
    for bill in bills:
        if bill.fee is None:
            continue
        charge = Charge(bill.fee.consultation, bill.fee.asked, received=Decimal(0))
        percent = percent_of_end(visit, end, bill.fee)
        fee = cost_of(charge, percent, bill.fee.minor).fee
        if fee != bill.fee.kept:
            return f"{bill.fee.kept} was kept, the rule says {fee}"
    return None


def percent_of_end(visit: VisitFact, end: EndFact, fee: FeeFact) -> Decimal:
    if visit.status == "NO_SHOW":
        return Decimal(0) if fee.is_waived else end.terms.no_show_fee_percent
    asked = CancellationAsked(
        by=By.PATIENT if end.by_patient else By.HOSPITAL,
        slot_start=end.slot_start,
        booked_at=end.booked_at,
        late_move=end.late_move,
        terms=end.terms,
    )
    return percent_of(rule_of(asked, end.at), end.terms)


def of_visit(check: str, visit: VisitFact, bills: Sequence[BillFact], wrong: str) -> Finding:
    return Finding(
        check=check,
        object_key=str(visit.appointment_id),
        details={"status": visit.status, "wrong": wrong},
        processes=(*visit.processes, *(one for bill in bills for one in bill.processes)),
        appointment_id=visit.appointment_id,
    )


def bills_of_nobody(bills: Iterable[BillFact], visits: Iterable[VisitFact]) -> Iterator[Finding]:
    """A bill names a visit that is there."""
    known = {visit.appointment_id for visit in visits}
    for bill in bills:
        if bill.appointment_id and bill.appointment_id not in known:
            yield Finding(
                check=BILLS_OF_NOBODY,
                object_key=str(bill.bill_id),
                details={"status": bill.status},
                processes=bill.processes,
                appointment_id=bill.appointment_id,
            )


def books(billing: Iterable[AccountFact], payments: Iterable[AccountFact]) -> Iterator[Finding]:
    """C8, I-33: what came and has not gone back is the same on the bills and in the payments."""
    ours, theirs = ({account.id: account for account in side} for side in (billing, payments))
    for account in sorted({*ours, *theirs}):
        sides = [side[account] for side in (ours, theirs) if account in side]
        billed, paid = (
            side[account].net if account in side else Decimal(0) for side in (ours, theirs)
        )
        if billed != paid:
            yield Finding(
                check=BOOKS,
                object_key=str(account),
                details={"billing": str(billed), "payments": str(paid)},
                processes=tuple(one for side in sides for one in side.processes),
                appointment_id=account,
            )


def caches(sources: Iterable[RecordFact], cached: Iterable[RecordFact]) -> Iterator[Finding]:
    """I-62: what is cached of a record is as it is at home, and not newer."""
    at_home = {record.id: record for record in sources}
    for copy in cached:
        record = at_home[copy.id]
        if copy.version > record.version or copy.digest != record.digest:
            yield Finding(
                check=CACHES,
                object_key=str(copy.id),
                severity=Severity.WARNING,
                details={"cached": str(copy.version), "source": str(record.version)},
            )


def full_days(days: Iterable[DayFact]) -> Iterator[Finding]:
    """C4, I-05: no doctor has more visits on a local day than the doctor sees.

    A limit that was lowered later is listed, not failed.
    """
    for day in days:
        yield Finding(
            check=DAYS,
            object_key=f"{day.doctor_id}:{day.day}",
            severity=Severity.WARNING,
            details={"visits": str(day.visits), "limit": str(day.limit)},
        )


def histories(visits: Iterable[VisitFact], entries: Iterable[HistoryFact]) -> Iterator[Finding]:
    """I-64: a completed visit is written up once, and no other is."""
    written = {entry.appointment_id: entry.entries for entry in entries}
    for visit in visits:
        wanted, found = int(visit.status == "COMPLETED"), written.get(visit.appointment_id, 0)
        if found != wanted:
            yield Finding(
                check=HISTORIES,
                object_key=str(visit.appointment_id),
                details={"status": visit.status, "entries": str(found)},
                processes=visit.processes,
                appointment_id=visit.appointment_id,
            )


def broken_chain(source: str, seq: int | None, flaw: str | None) -> Iterator[Finding]:
    """I-50: what was recorded is as it was written, and all of it is there."""
    if seq is not None:
        yield Finding(
            check=CHAINS, object_key=f"{source}:{seq}", details={"flaw": flaw or "unknown"}
        )


def gateway(payments: Iterable[PaymentFact], accounts: Sequence[Account]) -> Iterator[Finding]:
    """I-33, I-37: the gateway's own books say the same, and it reserves nothing for nobody."""
    ours = {str(payment.payment_id): payment for payment in payments}
    times = Counter(account.payment_id for account in accounts)
    for payment_id, number in times.items():
        if number > 1:
            yield at_gateway(payment_id, f"{number} times at the gateway")
    for account in accounts:
        payment = ours.get(account.payment_id)
        if payment is None or payment.reference not in {None, account.id}:
            yield at_gateway(account.id, "not ours")
        elif account.net != payment.net:
            yield at_gateway(account.payment_id, f"{account.net} there, {payment.net} here")
        if account.authorised > account.captured:
            yield at_gateway(account.id, "still reserved")
    captured = {account.payment_id for account in accounts if account.captured}
    for payment_id, payment in ours.items():
        if payment.is_completed and payment_id not in captured:
            yield at_gateway(payment_id, "captured here alone")


def at_gateway(key: str, wrong: str) -> Finding:
    return Finding(check=GATEWAY, object_key=key, details={"wrong": wrong})
