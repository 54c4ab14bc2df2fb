"""What became of a process: how it is seen at rest, and how a row of the table describes it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from activities.appointments.contract import AppointmentStatus
from tests.drive import Run
from tests.fakes.world import World

NOTHING = Decimal(0)
History = tuple[AppointmentStatus, ...]
Statuses = tuple[str, ...]
Life = Literal["", "begun", "told"]
Amount = Literal["0", "=", "total", "fee", "+amount", "-amount"]
"""Nothing · as it was · the visit's price · its fee, as far as it was paid · more · less."""
SEVERAL, DELAYED = ("refund", "reminder"), "refund-delayed"
"""Each refund is told of, and each reminder; a refund may be late wherever money goes back."""


@dataclass(frozen=True)
class Was:
    """What there was of a visit before the process."""

    visit: History = ()
    moved: int = 0
    bills: Statuses = ()
    payments: Statuses = ()
    refunds: int = 0
    net: Decimal = NOTHING
    owed: Decimal = NOTHING
    messages: int = 0
    events: int = 0
    entries: int = 0
    records: int = 0


@dataclass(frozen=True)
class Sums:
    """What the money of a case should come to."""

    total: Decimal = NOTHING
    fee: Decimal = NOTHING
    amount: Decimal = NOTHING

    def expected(self, amount: Amount, before: Decimal) -> Decimal:
        match amount:
            case "=":
                return before
            case "total":
                return self.total
            case "fee":
                return min(before + self.amount, self.fee)
            case "+amount":
                return before + self.amount
            case "-amount":
                return before - self.amount
            case _:
                return NOTHING


@dataclass(frozen=True)
class Seen:
    """What became of one process, and of the visit that it is about."""

    status: str
    refusal: str | None
    saga: str = "BookAppointment"
    visit: History = ()
    """What it has become since."""
    holds: tuple[History, ...] = ()
    """The slots that were claimed for its moves."""
    moved: int = 0
    bills: Statuses = ()
    payments: Statuses = ()
    """Those that are new."""
    old_payments: Statuses = ()
    refunds: Statuses = ()
    """Those that are new."""
    net: Decimal = NOTHING
    owed: Decimal | None = None
    """What the live bills ask for in all, paid or not; unknown, if nobody looked."""
    messages: Statuses = ()
    events: Statuses = ()
    life: Life = ""
    entries: int = 0
    """What was written into the patient's history."""
    records: int = 0
    """How many people, departments and the like were made or changed."""
    has_kept: bool = False
    """A person decided that money that should go back is kept, and listed."""
    has_paid: bool = False
    """A person gave money back in the process's stead, and told the patient."""
    was: Was = field(default_factory=Was)


Options = frozenset[Statuses]
NONE: Options = frozenset({()})


@dataclass(frozen=True)
class Row:
    """One row of the table: each column is what may stand there. `None` is: as it was."""

    id: str
    sagas: frozenset[str]
    statuses: frozenset[str]
    refusals: frozenset[str] = frozenset()
    """Any, when none is named."""
    other_refusals: frozenset[str] = frozenset()
    """What other rows are for."""
    given: Options | None = None
    """For which bills before it; any, when none is named."""
    price: Literal["", "<", "=", ">"] = ""
    """How the new price compares with what was asked for, if that matters."""
    visit: frozenset[History] = frozenset({()})
    holds: frozenset[tuple[History, ...]] = frozenset({()})
    moved: int = 0
    bills: Options | None = None
    payments: Options = NONE
    old_payments: Options | None = None
    refunds: frozenset[frozenset[str]] | None = frozenset({frozenset()})
    net: Amount | None = "="
    owed: Amount | None = "="
    """`None` of these three: the row does not tell."""
    has_kept: bool = False
    by_hand: bool = False
    """A person gave the money back."""
    messages: Options = NONE
    events: Options = NONE
    life: frozenset[Life] = frozenset({""})
    entries: int = 0
    records: int = 0

    def matches(self, seen: Seen, sums: Sums) -> bool:
        return (
            seen.saga in self.sagas
            and self._fits(seen, sums)
            and self._has_ended_so(seen)
            and self._has_money(seen, sums)
            and self._has_told(seen)
        )

    def _fits(self, seen: Seen, sums: Sums) -> bool:
        prices = {"<": sums.total < seen.was.owed, ">": sums.total > seen.was.owed}
        prices["="] = sums.total == seen.was.owed
        is_given = self.given is None or seen.was.bills in self.given
        return is_given and (not self.price or prices[self.price])

    def _has_ended_so(self, seen: Seen) -> bool:
        return (
            seen.status in self.statuses
            and (not self.refusals or seen.refusal in self.refusals)
            and seen.refusal not in self.other_refusals
            and seen.visit in self.visit
            and seen.holds in self.holds
            and seen.moved == seen.was.moved + self.moved
        )

    def _has_money(self, seen: Seen, sums: Sums) -> bool:
        old = frozenset({seen.was.payments}) if self.old_payments is None else self.old_payments
        bills = frozenset({seen.was.bills}) if self.bills is None else self.bills
        net = seen.net if self.net is None else sums.expected(self.net, seen.was.net)
        owed = seen.owed if self.owed is None else sums.expected(self.owed, seen.was.owed)
        return (
            seen.bills in bills
            and seen.payments in self.payments
            and seen.old_payments in old
            and (self.refunds is None or frozenset(seen.refunds) in self.refunds)
            and seen.has_kept == self.has_kept
            and seen.has_paid >= self.by_hand
            and seen.net == net
            and seen.owed in (owed, None)
        )

    def _has_told(self, seen: Seen) -> bool:
        once = [event for event in seen.messages if not event.startswith(SEVERAL)]
        events = set(seen.messages)
        if seen.has_paid:
            events.add("refunded")
        told = {tuple(sorted(events)), tuple(sorted(events - {DELAYED}))}
        return (
            bool(told & self.messages)
            and len(once) == len(set(once))
            and seen.events in self.events
            and seen.life in self.life
            and (seen.entries, seen.records) == (self.entries, self.records)
        )


class Witness:
    """Looks at everything that concerns one visit: before a process, and after it."""

    def __init__(self, world: World, visit: UUID | None) -> None:
        self._world, self._visit = world, visit
        self._payments = set(world.payments.payments)
        self._refunds = set(world.payments.refunds)
        self.was = Was(
            visit=self._history(),
            moved=self._moved(),
            bills=self._bills(),
            payments=self._statuses_of(self._payments),
            refunds=len(self._refunds),
            net=world.payments.net,
            owed=self._owed(),
            messages=len(world.notifications.sent),
            events=len(world.analytics.events),
            entries=len(world.patients.histories),
            records=self._records(),
        )

    def see(self, run: Run, *, life: Life) -> Seen:
        end, world, was = result_of(run), self._world, self.was
        refunds = world.payments.refunds
        return Seen(
            status=end["status"],
            refusal=end.get("refusal"),
            saga=run.start.type.removesuffix("Workflow"),
            visit=self._history()[len(was.visit) :],
            holds=tuple(
                tuple(slot.history)
                for row, slot in world.appointments.slots.items()
                if slot.visit_id == self._visit != row
            ),
            moved=self._moved(),
            bills=self._bills(),
            payments=self._statuses_of(
                payment for payment in world.payments.payments if payment not in self._payments
            ),
            old_payments=self._statuses_of(self._payments),
            refunds=tuple(sorted(refunds[r].status for r in refunds if r not in self._refunds)),
            net=world.payments.net,
            owed=self._owed(),
            messages=tuple(sorted(world.notifications.sent[was.messages :])),
            events=tuple(sorted(world.analytics.events[was.events :])),
            life=life,
            entries=len(world.patients.histories) - was.entries,
            records=self._records() - was.records,
            was=was,
        )

    def _records(self) -> int:
        doctors, patients = self._world.doctors, self._world.patients
        return sum(doctors.records.values()) + len(patients.records)

    def _history(self) -> History:
        slot = self._visit and self._world.appointments.slots.get(self._visit)
        return tuple(slot.history) if slot else ()

    def _moved(self) -> int:
        slot = self._visit and self._world.appointments.slots.get(self._visit)
        return len(slot.moves) if slot else 0

    def _bills(self) -> Statuses:
        return tuple(sorted(bill.status for bill in self._world.billing.bills.values()))

    def _owed(self) -> Decimal:
        return sum((bill.owed for bill in self._world.billing.bills.values()), NOTHING)

    def _statuses_of(self, payments: Iterable[UUID]) -> Statuses:
        known = self._world.payments.payments
        return tuple(sorted(known[payment].status for payment in payments))


def result_of(run: Run) -> dict[str, Any]:
    """How a process ended, in the words of its outcome."""
    assert run.end, f"{run.start.id} is not at rest: {run.attributes}, {run.suspended}"
    if run.end.how == "completed":
        value: dict[str, Any] = run.end.value
        return value
    return {"status": run.end.how.upper()}
