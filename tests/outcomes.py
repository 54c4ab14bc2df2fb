"""The table of outcomes (reliability.md 2.3): every end that a booking may have, as data."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from activities.appointments.contract import AppointmentStatus
from tests.drive import Run
from tests.fakes.appointments import BOOKED, EXPIRED, HELD, RELEASED
from tests.fakes.world import World

NOTHING = Decimal(0)
TOTAL = Decimal("105.00")
"""What the visit of `tests.examples` costs, with its tax."""

History = tuple[AppointmentStatus, ...]
DONE = frozenset({"DONE"})
UNDONE = frozenset({"REFUSED", "FAILED", "CANCELLED"})


@dataclass(frozen=True)
class Seen:
    """What became of one booking."""

    status: str
    refusal: str | None
    slot: History
    bills: tuple[str, ...]
    payment: str | None
    refund: str | None
    net: Decimal
    messages: tuple[str, ...]
    events: tuple[str, ...]
    has_life: bool


@dataclass(frozen=True)
class Row:
    """One row of the table: each column is what may stand there."""

    id: str
    statuses: frozenset[str]
    slot: frozenset[History]
    bills: frozenset[tuple[str, ...]] = frozenset({()})
    payment: frozenset[str | None] = frozenset({None})
    refund: str | None = None
    net: Decimal = NOTHING
    messages: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    has_life: bool = False
    refusals: frozenset[str] = frozenset()
    """Any, when none is named."""
    other_refusals: frozenset[str] = frozenset()
    """What other rows are for."""

    def matches(self, seen: Seen) -> bool:
        one_of = (
            seen.status in self.statuses
            and seen.slot in self.slot
            and seen.bills in self.bills
            and seen.payment in self.payment
            and (not self.refusals or seen.refusal in self.refusals)
            and seen.refusal not in self.other_refusals
        )
        told = (seen.messages, seen.events, seen.has_life)
        money = (seen.refund, seen.net)
        return (
            one_of
            and money == (self.refund, self.net)
            and told == (self.messages, self.events, self.has_life)
        )


BOOKED_AT_LAST = {"statuses": DONE, "events": ("AppointmentCreated",), "has_life": True}
PAID: dict[str, Any] = BOOKED_AT_LAST | {
    "bills": frozenset({("PAID",)}),
    "payment": frozenset({"COMPLETED"}),
    "net": TOTAL,
    "messages": ("booked", "receipt"),
}
NOT_BOUGHT: dict[str, Any] = {
    "statuses": frozenset({"REFUSED"}),
    "bills": frozenset({("VOID",)}),
    "payment": frozenset({None, "FAILED"}),
}
EXPIRED_HOLD = frozenset({(HELD, EXPIRED)})
RELEASED_HOLD = frozenset({(HELD, RELEASED)})

ROWS = (
    Row(
        "O-01",
        **BOOKED_AT_LAST,  # type: ignore[arg-type] # the columns of a booking
        slot=frozenset({(BOOKED,)}),
        bills=frozenset({("OPEN",), ("PAID",)}),
        messages=("booked",),
    ),
    Row("O-02", **PAID, slot=frozenset({(HELD, BOOKED)})),
    Row("O-03", frozenset({"REFUSED"}), slot=frozenset({()})),
    Row(
        "O-04",
        **NOT_BOUGHT,
        refusals=frozenset({"payment-declined"}),
        slot=RELEASED_HOLD,
        messages=("payment-declined",),
    ),
    Row(
        "O-05",
        **NOT_BOUGHT,
        refusals=frozenset({"hold-expired"}),
        slot=EXPIRED_HOLD,
        messages=("hold-expired",),
    ),
    Row("O-05", **NOT_BOUGHT, refusals=frozenset({"released"}), slot=RELEASED_HOLD),
    Row("O-06", **PAID, slot=frozenset({(HELD, EXPIRED, HELD, BOOKED)})),
    Row(
        "O-07",
        frozenset({"REFUSED"}),
        refusals=frozenset({"hold-expired"}),
        slot=EXPIRED_HOLD,
        bills=frozenset({("VOID",)}),
        payment=frozenset({"COMPLETED"}),
        refund="COMPLETED",
        messages=("hold-expired", "refunded"),
    ),
    Row(
        "O-08",
        frozenset({"FAILED", "CANCELLED"}),
        slot=frozenset({(), (HELD, RELEASED), (BOOKED, RELEASED), (HELD, EXPIRED)}),
        bills=frozenset({(), ("VOID",)}),
        payment=frozenset({None, "FAILED"}),
    ),
    # A step that refuses nothing by its contract refused: the same, and the caller is told why.
    Row(
        "O-08",
        frozenset({"REFUSED"}),
        other_refusals=frozenset({"payment-declined", "hold-expired", "released"}),
        slot=frozenset({(HELD, RELEASED), (HELD, EXPIRED)}),
        bills=frozenset({(), ("VOID",)}),
        payment=frozenset({None, "FAILED"}),
    ),
)
"""Every end that a booking may have. Anything else violates I-20."""


def see(world: World, run: Run, appointment_id: UUID, *, has_life: bool) -> Seen:
    slot = world.appointments.slots.get(appointment_id)
    end = result_of(run)
    gateway = world.payments.gateway.intents.values()
    return Seen(
        status=end["status"],
        refusal=end.get("refusal"),
        slot=tuple(slot.history) if slot else (),
        bills=tuple(sorted(bill.status for bill in world.billing.bills.values())),
        payment=next((payment.status for payment in world.payments.payments.values()), None),
        refund=next((refund.status for refund in world.payments.refunds.values()), None),
        net=sum((intent.captured - intent.refunded for intent in gateway), NOTHING),
        messages=tuple(sorted(world.notifications.sent)),
        events=tuple(sorted(world.analytics.events)),
        has_life=has_life,
    )


def result_of(run: Run) -> dict[str, Any]:
    """How a process ended, in the words of its outcome."""
    assert run.end, f"{run.start.id} is not at rest: {run.attributes}, {run.suspended}"
    if run.end.how == "completed":
        value: dict[str, Any] = run.end.value
        return value
    return {"status": run.end.how.upper()}


def row_of(seen: Seen) -> str | None:
    """Name the row that this is; `None` violates I-20."""
    rows = {row.id for row in ROWS if row.matches(seen)}
    assert len(rows) <= 1, f"{rows} are not told apart: {seen}"
    return next(iter(rows), None)
