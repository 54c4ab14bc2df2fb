"""What must be true of every process that has ended, whatever its end is."""

from collections import Counter
from collections.abc import Iterator, Mapping

from activities.audit.contract import Append, AuditOutcome
from activities.payments.contract import GatewayState
from tests.drive import Run
from tests.fakes.appointments import HELD
from tests.fakes.world import World
from tests.outcomes import NOTHING, result_of
from tests.wire import Answer

RECORDED = {"DONE": AuditOutcome.DONE, "REFUSED": AuditOutcome.REFUSED}
ENDED_AS = {"DONE": "DONE", "REFUSED": "REFUSED"}
LOST = ("hold-expired", "released")


def violations(world: World, run: Run) -> Iterator[str]:
    """Tell what is not as it must be when a process has ended, whatever its end is."""
    yield from (f"{key} twice" for key, times in Counter(world.inbox.writes).items() if times > 1)
    intents = world.payments.gateway.intents
    yield from (f"{i} reserved" for i in intents.values() if i.state is GatewayState.AUTHORISED)
    yield from (
        f"{payment_id} was captured twice"
        for payment_id, times in world.payments.gateway.moved.items()
        if times > 1 + bool(intents[payment_id].refunded)
    )
    held = [slot for slot in world.appointments.slots.values() if slot.status is HELD]
    yield from (f"{slot} is held" for slot in held)
    status = result_of(run)["status"]
    if [e.outcome for e in entries_of(world)] != [RECORDED.get(status, AuditOutcome.FAILED)]:
        yield f"{status} is recorded as {world.audit.entries}"
    if run.attributes["SagaState"] != ENDED_AS.get(status, "COMPENSATED"):
        yield f"{status} shows as {run.attributes}"
    yield from books_that_differ(world)


def entries_of(world: World) -> list[Append]:
    """Tell how the end is recorded. What a person decided later is another entry, of the same."""
    entries = world.audit.entries
    is_told_later = len(entries) > 1 and "decisions" in entries[-1].details
    return entries[1:] if is_told_later and "decisions" not in entries[0].details else entries


def books_that_differ(world: World) -> Iterator[str]:
    """Compare the three books: what was captured and not given back, to the cent."""
    for payment_id, payment in world.payments.payments.items():
        intent = world.payments.gateway.intents[payment_id]
        ours = intent.amount.amount if payment.status == "COMPLETED" else NOTHING
        back = sum(
            (r.amount.amount for r in world.payments.refunds.values() if r.status == "COMPLETED"),
            NOTHING,
        )
        billed = world.billing.bills[payment.bill_id].paid
        net = intent.captured - intent.refunded
        if not net == ours - back == billed:
            yield f"{payment_id}: {net} at the gateway, {ours - back} here, {billed} on the bill"


def broken_promises(run: Run, answers: Mapping[str, Answer], *, is_booked: bool) -> Iterator[str]:
    """Compare what callers were told with what became of it."""
    for asked, answer in answers.items():
        said = answer.value
        if said is None:
            continue
        result = said.get("result") or {}
        if said["status"] == "DONE" and result["status"] == "BOOKED" and not is_booked:
            yield f"{asked} was told BOOKED"
        is_no = said["status"] in ("FAILED", "CANCELLED") or said.get("refusal") in LOST
        if is_no and result_of(run)["status"] == "DONE":
            yield f"{asked} was told {said}"
