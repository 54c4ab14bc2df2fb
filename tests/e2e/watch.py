"""What became of a visit in all books, as a row of the table of outcomes."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from temporalio.service import RPCError

from activities.appointments.contract import AppointmentStatus
from activities.payments.contract import Method, RefundStatus
from tests.outcomes import NOTHING, History, Life, Seen, Statuses, Sums, Was
from tests.rows import row_of

if TYPE_CHECKING:
    from tests.e2e.hospital import Hospital

Rows = list[dict[str, Any]]
ENDS_WITHIN = 60


@dataclass(frozen=True)
class Found:
    """Everything that there is of one visit."""

    visit: History = ()
    holds: tuple[History, ...] = ()
    moved: int = 0
    bills: Statuses = ()
    owed: Decimal = NOTHING
    payments: Mapping[UUID, str] = field(default_factory=dict)
    refunds: Mapping[UUID, str] = field(default_factory=dict)
    net: Decimal = NOTHING
    messages: Statuses = ()
    events: Statuses = ()
    nudges: int | None = None
    """How often its own life was told of a change; none, when it has no life."""
    entries: int = 0


class Watch:
    """Looks before a process, and again when it has ended."""

    def __init__(self, hospital: "Hospital", visit: str, was: Found) -> None:
        self._hospital, self.visit, self._was = hospital, visit, was

    @classmethod
    async def begin(cls, hospital: "Hospital", visit: str) -> "Watch":
        return cls(hospital, visit, await found(hospital, visit))

    async def seen(self, process: str, seconds: float = ENDS_WITHIN) -> Seen:
        """Wait for the end of the process, and tell what is new since we began."""
        status, refusal = await self._hospital.end_of(process, seconds)
        described = await self._hospital.describe(process)
        was, now = self._was, await found(self._hospital, self.visit)
        refunds = statuses_of(now.refunds, now.refunds.keys() - was.refunds.keys())
        return Seen(
            status=status,
            refusal=refusal,
            saga=described.workflow_type.removesuffix("Workflow") if described else "",
            visit=now.visit[len(was.visit) :],
            holds=now.holds[len(was.holds) :],
            moved=now.moved,
            bills=now.bills,
            payments=statuses_of(now.payments, now.payments.keys() - was.payments.keys()),
            old_payments=statuses_of(now.payments, was.payments.keys()),
            refunds=refunds,
            net=now.net,
            owed=now.owed,
            messages=sorted_of(now.messages[len(was.messages) :]),
            events=sorted_of(now.events[len(was.events) :]),
            life=life_of(was, now),
            entries=now.entries - was.entries,
            has_kept="FAILED" in refunds,
            was=Was(
                visit=was.visit,
                moved=was.moved,
                bills=was.bills,
                payments=sorted_of(was.payments.values()),
                refunds=len(was.refunds),
                net=was.net,
                owed=was.owed,
                messages=len(was.messages),
                events=len(was.events),
                entries=was.entries,
            ),
        )

    async def row(self, process: str, *, is_killed: bool = False, **sums: str) -> str:
        """Name the end of the process by the table of outcomes, given what money it is about.

        Who was killed in the instant of handing over a mail may hand over the same one again.
        """
        seen = await self.seen(process)
        if is_killed:
            seen = replace(seen, messages=sorted_of(set(seen.messages)))
        row = row_of(seen, Sums(**{name: Decimal(amount) for name, amount in sums.items()}))
        assert row, f"no such outcome: {seen}"
        return row


def statuses_of(known: Mapping[UUID, str], which: Iterable[UUID]) -> Statuses:
    return sorted_of(known[one] for one in which)


def sorted_of(names: Iterable[str]) -> Statuses:
    return tuple(sorted(names))


def life_of(was: Found, now: Found) -> Life:
    if now.nudges is None:
        return ""
    if was.nudges is None:
        return "begun"
    return "told" if now.nudges > was.nudges else ""


async def found(hospital: "Hospital", visit: str) -> Found:
    """Look everywhere."""
    bills, payments, events, entries = await asyncio.gather(
        hospital.rows_of("billing", "bills", visit),
        hospital.rows_of("payments", "payments", visit),
        hospital.rows_of("analytics", "events", visit),
        hospital.rows_of("patients", "visit_history", visit),
    )
    slots, messages, accounts, nudges = await asyncio.gather(
        slots_of(hospital, visit),
        messages_about(hospital, visit),
        hospital.accounts_of(visit),
        nudges_of(hospital, visit),
    )
    refunds = await hospital.databases.rows(
        "payments",
        "SELECT refund_id, payment_id, amount, status FROM app.refunds WHERE payment_id = ANY ($1)",
        [payment["payment_id"] for payment in payments],
    )
    at_gateway = sum((account.net for account in accounts), NOTHING)
    return Found(
        visit=slots.own,
        holds=slots.holds,
        moved=slots.moved,
        bills=sorted_of(bill["status"] for bill in bills),
        owed=sum((bill["total_amount"] - bill["credited_amount"] for bill in bills), NOTHING),
        payments={one["payment_id"]: one["status"] for one in payments},
        refunds={one["refund_id"]: one["status"] for one in refunds},
        net=at_gateway + at_desk(payments, refunds),
        messages=messages,
        events=tuple(event["type"] for event in sorted(events, key=itemgetter("received_at"))),
        nudges=nudges,
        entries=len(entries),
    )


def at_desk(payments: Rows, refunds: Rows) -> Decimal:
    """Tell what the desk took and has not given back: no gateway knows of that."""
    taken = {one["payment_id"]: one["captured_amount"] for one in payments if is_at_desk(one)}
    back = [
        one["amount"]
        for one in refunds
        if one["payment_id"] in taken and one["status"] == RefundStatus.COMPLETED
    ]
    return sum(taken.values(), NOTHING) - sum(back, NOTHING)


def is_at_desk(payment: dict[str, Any]) -> bool:
    return bool(payment["method"] != Method.CARD)


@dataclass(frozen=True)
class Slots:
    """What the slots of a visit became: its own, and those that were held for its moves."""

    own: History = ()
    holds: tuple[History, ...] = ()
    moved: int = 0


async def slots_of(hospital: "Hospital", visit: str) -> Slots:
    rows = await hospital.databases.rows(
        "appointments",
        "SELECT a.appointment_id, a.visit_id, a.reschedule_count, ARRAY("
        "   SELECT c.to_status FROM app.appointment_changes c"
        "   WHERE c.appointment_id = a.appointment_id AND c.from_status <> c.to_status"
        "   ORDER BY c.version) AS history"
        " FROM app.appointments a WHERE a.visit_id = $1 ORDER BY a.created_at",
        UUID(visit),
    )
    found = Slots()
    for row in rows:
        history = tuple(AppointmentStatus(status) for status in row["history"])
        if row["appointment_id"] == row["visit_id"]:
            found = replace(found, own=history, moved=row["reschedule_count"])
        else:
            found = replace(found, holds=(*found.holds, history))
    return found


async def messages_about(hospital: "Hospital", visit: str) -> Statuses:
    """Name the mails that really went out, as often as they did, the oldest first."""
    rows = await hospital.rows_of("notifications", "notifications", visit)
    known = {str(row["notification_id"]): row["event_type"] for row in rows}
    sent = [mail["about"] for mail in await hospital.mailbox.mails()]
    return tuple(known[one] for one in reversed(sent) if one in known)


async def nudges_of(hospital: "Hospital", visit: str) -> int | None:
    life = hospital.temporal.get_workflow_handle(f"appointment-{visit}")
    try:
        history = await life.fetch_history()
    except RPCError:
        return None
    return sum(
        event.HasField("workflow_execution_signaled_event_attributes") for event in history.events
    )
