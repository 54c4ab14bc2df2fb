"""A cancellation in time: of a visit that nobody has paid, or with everything given back."""

from collections.abc import Sequence
from functools import partial

from uuid_utils.compat import uuid7

from activities.contract import By, Visit
from api.idempotency import typed
from api.processes import Wanted
from bench.contestant import Asked, Contestant
from bench.histories import Range, Reckoned
from bench.visits import about, book
from bench.ways import Way
from workflows.cancel_appointment import Cancel, CancelAppointmentWorkflow


async def cancellations(contestant: Contestant, number: int, *, is_paid: bool) -> Sequence[Asked]:
    booked = await book(contestant, number, is_prepaid=is_paid)
    return [cancel(one.visit) for one in booked]


def cancel(visit: Visit) -> Asked:
    return Wanted(
        id=f"cancel-{visit.appointment_id}-{uuid7()}",
        run=CancelAppointmentWorkflow.run,
        outcome=typed(CancelAppointmentWorkflow.outcome),
        request=Cancel(
            appointment_id=visit.appointment_id, by=By.PATIENT, reason="the bench has seen it"
        ),
        summary=f"Cancel {visit.appointment_id}",
        about=about(visit),
        correlation_id="bench",
    )


# A message to the waiting list was reckoned with: until there is one, `record` has its place.
WAYS = (
    Way(
        told="cancel, unpaid",
        prepare=partial(cancellations, is_paid=False),
        reckoned=Reckoned(events=Range(32, 38), activities=Range(4, 4), beside=("append",)),
    ),
    Way(
        told="cancel, paid",
        prepare=partial(cancellations, is_paid=True),
        reckoned=Reckoned(
            events=Range(44, 50),
            activities=Range(6, 6),
            stages=("open_refund", "send refunded"),
            beside=("append",),
        ),
        meets_gateway=True,
    ),
)
