"""A move: at the same price, or to a dearer doctor when the visit is paid already."""

from collections.abc import Sequence
from functools import partial

from uuid_utils.compat import uuid7

from activities.contract import Visit
from api.idempotency import typed
from api.processes import Wanted
from bench.contestant import Asked, Contestant
from bench.histories import Range, Reckoned
from bench.visits import CARD, about, book, moved
from bench.ways import Way
from workflows.reschedule_appointment import Reschedule, RescheduleAppointmentWorkflow


async def moves(contestant: Contestant, number: int, *, is_dearer: bool) -> Sequence[Asked]:
    booked = await book(contestant, number, is_prepaid=is_dearer)
    return [move_to(moved(one.visit, contestant, is_dearer=is_dearer)) for one in booked]


def move_to(visit: Visit) -> Asked:
    return Wanted(
        id=f"reschedule-{visit.appointment_id}-{uuid7()}",
        run=RescheduleAppointmentWorkflow.run,
        outcome=typed(RescheduleAppointmentWorkflow.outcome),
        request=Reschedule(visit=visit, hold_id=uuid7(), payment_id=uuid7(), payment_method=CARD),
        summary=f"Move {visit.appointment_id}",
        about=about(visit),
        correlation_id="bench",
    )


SINCE = ("check_doctor", "quote_move")
TOLD = ("record", "append")

WAYS = (
    Way(
        told="move, same price",
        prepare=partial(moves, is_dearer=False),
        reckoned=Reckoned(events=Range(29, 32), activities=Range(3, 3), stages=SINCE, beside=TOLD),
    ),
    Way(
        told="move, prepaid and dearer",
        prepare=partial(moves, is_dearer=True),
        reckoned=Reckoned(
            events=Range(29, 32),
            activities=Range(3, 3),
            stages=(*SINCE, "authorise", "capture", "reprice_bill", "end_move"),
            beside=(*TOLD, "send receipt"),
        ),
        meets_gateway=True,
    ),
)
