"""What must be true of the whole hospital at rest, reckoned anew from what was asked for."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from activities.appointments.contract import AppointmentStatus
from activities.contract import By
from tests.drive import Run
from tests.fakes.bills import Bill
from tests.fakes.slots import EXPIRED, RELEASED, Slot
from tests.invariants import broken_promises, violations
from tests.outcomes import NOTHING, result_of
from tests.simulator.clinic import Staff
from tests.simulator.hospital import Simulation
from workflows.cancel_appointment import Cancel, CancelAppointmentWorkflow
from workflows.reschedule_appointment import Reschedule
from workflows.waive_no_show import Waive, WaiveNoShowWorkflow

TAX, HALF, CENT = Decimal("0.05"), Decimal("0.5"), Decimal("0.01")
LATE = timedelta(hours=2)
SAID = {
    AppointmentStatus.CANCELLED: "cancelled",
    AppointmentStatus.NO_SHOW: "no-show",
    AppointmentStatus.COMPLETED: "completed",
    AppointmentStatus.BOOKED: "booked",
}
"""What a patient is told of, once, when the visit becomes that."""


def wrong_in(simulation: Simulation) -> Iterator[str]:
    """Tell everything that is not as it must be, when nothing is under way any more."""
    yield from (f"{late} did not end in time" for late in simulation.late)
    yield from (f"{run.start.id} never ended" for run in simulation.runs if not run.end)
    yield from violations(simulation.world, [run for run in simulation.runs if run.end])
    yield from wrong_answers(simulation)
    for row, slot in simulation.world.appointments.slots.items():
        if row == slot.visit_id:
            yield from wrong_visit(simulation, slot)
            yield from wrong_messages(simulation, slot)


def wrong_answers(simulation: Simulation) -> Iterator[str]:
    told = simulation.stage.answers
    for run in simulation.runs:
        theirs = {
            asked: answer
            for asked, (_, answer) in told.items()
            if asked.startswith(f"{run.start.id}?")
        }
        if run.end and run.start.id not in simulation.skipped:
            yield from broken_promises(simulation.world, run, theirs)


def wrong_visit(simulation: Simulation, slot: Slot) -> Iterator[str]:
    """Compare what the visit's bill asks for with what the hospital's rules say."""
    bills = simulation.world.billing.bills.values()
    theirs = [bill for bill in bills if bill.appointment_id == slot.visit_id]
    if slot.status in (EXPIRED, RELEASED):
        yield from (f"{slot.visit_id} was let go, and {b.owed} is owed" for b in theirs if b.owed)
        return
    live = [bill for bill in theirs if not bill.credited("VOID")]
    if len(live) != 1:
        yield f"{slot.visit_id} has {len(live)} bills that count"
        return
    expected, owed = due(simulation, slot), live[0].owed
    forgiven = live[0].credited("GOODWILL")
    if owed != expected if not forgiven else owed > expected:
        yield f"{slot.visit_id}, {slot.status}: {owed} is owed, not {expected}"
    yield from wrong_net(slot, live[0])


def wrong_net(slot: Slot, bill: Bill) -> Iterator[str]:
    """Nobody keeps more than is owed, but for what could not go back and is listed."""
    kept = sum((refund.amount for refund in bill.refunds.values() if refund.is_listed), NOTHING)
    net = bill.paid() - bill.refunded()
    if net > bill.owed + kept:
        yield f"{slot.visit_id}: {net} was kept of {bill.owed}"


def due(simulation: Simulation, slot: Slot) -> Decimal:
    """Reckon what a visit costs in the end: by who ended it, and by when they asked."""
    price = price_of(simulation, slot.visit.doctor_id)
    match slot.status:
        case AppointmentStatus.CANCELLED:
            return half_of(price) if costs(simulation, slot) else NOTHING
        case AppointmentStatus.NO_SHOW:
            return NOTHING if is_waived(simulation, slot) else price
        case _:
            return price


def price_of(simulation: Simulation, doctor_id: UUID) -> Decimal:
    staff = simulation.world.doctors
    assert isinstance(staff, Staff)
    fee = staff.fees[doctor_id]
    return fee + (fee * TAX).quantize(CENT, ROUND_HALF_UP)


def half_of(price: Decimal) -> Decimal:
    return (price * HALF).quantize(CENT, ROUND_HALF_UP)


def costs(simulation: Simulation, slot: Slot) -> bool:
    """Tell whether a cancellation costs anything: the edges of reliability.md 2.4."""
    run = ended_by(simulation, slot, CancelAppointmentWorkflow)
    asked = run.start.request
    assert isinstance(asked, Cancel)
    if asked.by is By.HOSPITAL:
        return False
    if any(is_late(simulation, process, start) for process, start in slot.moves):
        return True
    grace = timedelta(minutes=simulation.options.grace_minutes)
    is_fresh = bool(grace) and run.start.at <= slot.booked_at + grace
    return not is_fresh and slot.start - run.start.at <= LATE


def is_late(simulation: Simulation, process: str, was_at: datetime) -> bool:
    """Tell whether a patient moved a visit when a cancellation would have cost something."""
    start = simulation.stage.runs[process].start
    assert isinstance(start.request, Reschedule)
    return start.request.by is By.PATIENT and was_at - start.at <= LATE


def ended_by(simulation: Simulation, slot: Slot, workflow: type) -> Run:
    """Find the one process that did it."""
    (run,) = (
        run
        for run in simulation.runs
        if run.start.workflow is workflow
        and getattr(run.start.request, "appointment_id", None) == slot.visit_id
        and result_of(run)["status"] == "DONE"
    )
    return run


def is_waived(simulation: Simulation, slot: Slot) -> bool:
    return any(
        run.start.workflow is WaiveNoShowWorkflow
        and isinstance(run.start.request, Waive)
        and run.start.request.appointment_id == slot.visit_id
        and result_of(run)["status"] == "DONE"
        for run in simulation.runs
    )


def wrong_messages(simulation: Simulation, slot: Slot) -> Iterator[str]:
    """Each end has its message, and no message tells of what never was."""
    letters = simulation.world.notifications.letters.values()
    sent = Counter(letter.event for letter in letters if letter.appointment_id == slot.visit_id)
    for status, event in SAID.items():
        # A booking that was taken back before anybody was answered never was.
        was = status in slot.history and slot.status is not RELEASED
        if sent[event] != was and not is_by_hand(simulation, slot):
            yield f"{slot.visit_id}: {event} was told {sent[event]} times"
    if sent["moved"] != len(slot.moves) and not is_by_hand(simulation, slot):
        yield f"{slot.visit_id}: moved was told {sent['moved']} times, not {len(slot.moves)}"


def is_by_hand(simulation: Simulation, slot: Slot) -> bool:
    """A person skipped a step of a process about this visit: what it tells is theirs to say."""
    return any(str(slot.visit_id) in process for process in simulation.skipped)
