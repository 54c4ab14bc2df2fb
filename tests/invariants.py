"""What must be true when processes have ended, whatever their ends are."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any
from uuid import UUID

from activities.audit.contract import Append, AuditOutcome
from activities.billing.contract import BillStatus
from tests.drive import Run
from tests.fakes.bills import Bill
from tests.fakes.gateway import AUTHORISED
from tests.fakes.slots import HELD, LIVE
from tests.fakes.world import World
from tests.outcomes import NOTHING, result_of
from tests.wire import Answer

RECORDED = {"DONE": AuditOutcome.DONE, "REFUSED": AuditOutcome.REFUSED}
ENDED_AS = {"DONE": "DONE", "REFUSED": "REFUSED"}
LOST = ("hold-expired", "released")


def violations(world: World, runs: Iterable[Run]) -> Iterator[str]:
    """Tell what is not as it must be when all of these processes have ended."""
    yield from (f"{key} twice" for key, times in Counter(world.inbox.writes).items() if times > 1)
    yield from (
        f"money moved {times} times for {what}"
        for what, times in world.payments.gateway.moved.items()
        if times > 1
    )
    ended = {run.start.id: run for run in runs}
    for run in ended.values():
        yield from wrong_ends(world, run)
    yield from wrong_visits(world, ended)
    yield from wrong_bills(world, ended)
    yield from books_that_differ(world)


def wrong_ends(world: World, run: Run) -> Iterator[str]:
    status = result_of(run)["status"]
    entries = entries_of(world, run)
    if [e.outcome for e in entries] != [RECORDED.get(status, AuditOutcome.FAILED)]:
        yield f"{run.start.id}: {status} is recorded as {entries}"
    if run.attributes["SagaState"] != ENDED_AS.get(status, "COMPENSATED"):
        yield f"{run.start.id}: {status} shows as {run.attributes}"


def entries_of(world: World, run: Run) -> list[Append]:
    """Tell how the end is recorded. What a person decided later is another entry, of the same."""
    audit = world.audit
    entries = [e for e, by in zip(audit.entries, audit.by, strict=True) if by == run.start.id]
    said = [entry.details.get("decisions", "") for entry in entries]
    grows = all(later.startswith(sooner) and later for sooner, later in pairwise(said))
    return entries[-1:] if grows else entries


def wrong_visits(world: World, ended: Container[str]) -> Iterator[str]:
    slots = world.appointments.slots
    live = [slot for slot in slots.values() if slot.status in LIVE]
    for slot in live:
        if slot.status is HELD:
            yield f"{slot.visit_id} is held"
        if slot.changed_by in ended:
            yield f"{slot.visit_id} is claimed by {slot.changed_by}"
    for one, other in combinations(live, 2):
        people = {one.visit.doctor_id, one.visit.patient_id}
        is_of_both = people & {other.visit.doctor_id, other.visit.patient_id}
        if is_of_both and one.visit_id != other.visit_id and one.overlaps(other):
            yield f"{one.visit_id} overlaps {other.visit_id}"


def wrong_bills(world: World, ended: Container[str]) -> Iterator[str]:
    """Look for what is overpaid or left reserved, and for visits without exactly one bill."""
    for bill_id, bill in world.billing.bills.items():
        for settled in (*bill.payments.values(), *bill.refunds.values()):
            if settled.state == "RESERVED" and settled.by in ended:
                yield f"bill {bill_id}: {settled.amount} is still reserved by {settled.by}"
        if -bill.balance > kept_by_force(bill):
            yield f"bill {bill_id}: {-bill.balance} too much was paid"
    billed = Counter(
        bill.appointment_id
        for bill in world.billing.bills.values()
        if bill.status is not BillStatus.VOID
    )
    for row, slot in world.appointments.slots.items():
        is_expected = slot.status in LIVE and row == slot.visit_id and not slot.is_strange
        if billed[row] > 1 or (is_expected and billed[row] != 1):
            yield f"{row} has {billed[row]} live bills"


def kept_by_force(bill: Bill) -> Decimal:
    """What should go back, could not, and is listed until somebody settles it by hand."""
    return sum((r.amount for r in bill.refunds.values() if r.is_listed), NOTHING)


def books_that_differ(world: World) -> Iterator[str]:
    """Compare the three books: what came in and did not go back, to the cent."""
    money = world.payments
    for payment_id, intent in money.gateway.intents.items():
        if intent.state is AUTHORISED:
            yield f"{payment_id} is reserved at the gateway"
        if intent.captured and payment_id not in money.payments:
            yield f"{payment_id} at the gateway is not ours"
    for payment_id, payment in money.payments.items():
        there = net_of(world, payment_id)
        ours = payment.amount.amount if payment.status == "COMPLETED" else NOTHING
        done = (r for r in money.refunds_of(payment_id) if r.status == "COMPLETED")
        here = ours - sum((refund.amount.amount for refund in done), NOTHING)
        billed = net_on_bills(world, payment_id)
        if not there == here == billed:
            yield f"{payment_id}: {there} at the gateway, {here} here, {billed} on the bill"


def net_of(world: World, payment_id: UUID) -> Decimal:
    """What the gateway, or the desk, has of a payment."""
    if payment_id in world.payments.drawer:
        return world.payments.drawer[payment_id]
    intent = world.payments.gateway.intents[payment_id]
    return intent.captured - intent.refunded


def net_on_bills(world: World, payment_id: UUID) -> Decimal:
    """What the bills say of a payment: what was applied, less what went back of it."""
    net = NOTHING
    for bill in world.billing.bills.values():
        payment = bill.payments.get(payment_id)
        if payment and payment.state == "APPLIED":
            net += payment.amount
        refunds = (r for r in bill.refunds.values() if r.payment_id == payment_id)
        net -= sum((r.amount for r in refunds if r.state == "APPLIED"), NOTHING)
    return net


def broken_promises(world: World, run: Run, answers: Mapping[str, Answer]) -> Iterator[str]:
    """Compare what callers were told with what became of it."""
    end = result_of(run)
    for asked, answer in answers.items():
        said = answer.value
        if said is None:
            continue
        is_no = said["status"] in ("FAILED", "CANCELLED") or said.get("refusal") in LOST
        if is_no and end["status"] == "DONE":
            yield f"{asked} was told {said}"
        if said["status"] == "DONE" and (result := said.get("result")):
            if end["status"] != "DONE" and result.get("status") != HELD:
                yield f"{asked} was told {said}, and it was {end}"
            yield from (f"{asked} was told {lie}: {said}" for lie in lies(world, result))


def is_completed(world: World, payment_id: UUID) -> bool:
    return world.payments.payments[payment_id].status == "COMPLETED"


def lies(world: World, result: Mapping[str, Any]) -> Iterator[str]:
    """Name what an answer says, and is not so."""
    said = result.get("appointment_id")
    if said and result["status"] not in world.appointments.slots[UUID(said)].history:
        yield "the state of the visit"
    if (said := result.get("payment_id")) and not is_completed(world, UUID(said)):
        yield "the state of the payment"
    for part in result.get("refunds") or ():
        owed = world.billing.find_refund(UUID(part["refund_id"]))
        if owed is None or str(owed.amount) != part["amount"]["amount"]:
            yield "what goes back"
