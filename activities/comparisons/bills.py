"""Visits and their bills: one each, settled once, by the rule."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from uuid import UUID

from activities.billing.contract import CancellationAsked
from activities.billing.policy import Charge, cost_of, percent_of, rule_of
from activities.contract import By
from activities.facts import BillFact, EndFact, FeeFact, VisitFact
from activities.findings import Finding

OF_VISITS = "C5 one live bill"
OF_NOBODY = "C5 bill without a visit"
FEES = "I-36 settled once"
RULES = "I-36 fee by the rule"

FORGIVEN = {"PRICE_DROP", "GOODWILL", "DISPUTE"}
"""Credits that may leave nothing to ask for, whatever becomes of the visit."""
SETTLED_BY = {"CANCELLED": "CANCELLATION", "NO_SHOW": "NO_SHOW"}
"""The one adjustment that such an end puts on a bill that asked for something."""


def bills_of_visits(visits: Iterable[VisitFact], bills: Iterable[BillFact]) -> Iterator[Finding]:
    """C5, I-30, I-36: a visit that was booked has one live bill, settled once when it ends."""
    bills_of = defaultdict[UUID | None, list[BillFact]](list)
    for bill in bills:
        bills_of[bill.appointment_id].append(bill)
    for visit in visits:
        its_own = bills_of[visit.appointment_id]
        if wrong := wrong_bills(visit, its_own):
            yield of_visit(OF_VISITS, visit, its_own, wrong)
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
                check=OF_NOBODY,
                object_key=str(bill.bill_id),
                details={"status": bill.status},
                processes=bill.processes,
                appointment_id=bill.appointment_id,
            )
