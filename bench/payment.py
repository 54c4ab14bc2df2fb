"""A payment of a whole bill: at the desk, or by card."""

from collections.abc import Sequence
from functools import partial

from uuid_utils.compat import uuid7

from activities.payments.contract import Method
from api.idempotency import typed
from api.processes import Wanted
from bench.contestant import Asked, Contestant
from bench.histories import Range, Reckoned
from bench.replies import PRICE
from bench.visits import CARD, Booked, about, book
from bench.ways import Way
from workflows.take_payment import TakePayment, TakePaymentWorkflow


async def payments(contestant: Contestant, number: int, *, method: Method) -> Sequence[Asked]:
    booked = await book(contestant, number, is_prepaid=False)
    return [pay(one, method) for one in booked]


def pay(booked: Booked, method: Method) -> Asked:
    payment_id = uuid7()
    return Wanted(
        id=f"payment-{payment_id}",
        run=TakePaymentWorkflow.run,
        outcome=typed(TakePaymentWorkflow.outcome),
        request=TakePayment(
            payment_id=payment_id,
            bill_id=booked.bill_id,
            amount=PRICE,
            method=method,
            payment_method=CARD if method is Method.CARD else None,
        ),
        summary=f"Pay {booked.bill_id}",
        about=about(booked.visit),
        correlation_id="bench",
    )


CONTACT, TOLD = ("read_visit",), ("record", "append")

WAYS = (
    Way(
        told="pay, cash",
        prepare=partial(payments, method=Method.CASH),
        # Recording cash is one step, where a card takes two.
        reckoned=Reckoned(
            events=Range(30, 33), activities=Range(4, 4), stages=CONTACT, beside=TOLD
        ),
    ),
    Way(
        told="pay, card",
        prepare=partial(payments, method=Method.CARD),
        reckoned=Reckoned(
            events=Range(36, 39), activities=Range(5, 5), stages=CONTACT, beside=TOLD
        ),
        meets_gateway=True,
    ),
)
