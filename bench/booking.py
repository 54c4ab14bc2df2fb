"""A booking: paid later, or with a card at once."""

from collections.abc import Sequence
from functools import partial

from uuid_utils.compat import uuid7

from bench.contestant import Asked, Contestant
from bench.histories import Range, Reckoned
from bench.visits import Booked, booking_of, new_visit
from bench.ways import Way


async def bookings(contestant: Contestant, number: int, *, is_prepaid: bool) -> Sequence[Asked]:
    wishes = [Booked(new_visit(contestant), uuid7()) for _ in range(number)]
    return [booking_of(one, is_prepaid=is_prepaid) for one in wishes]


WAYS = (
    Way(
        told="book, pay later",
        prepare=partial(bookings, is_prepaid=False),
        reckoned=Reckoned(
            events=Range(38, 50),
            activities=Range(6, 6),
            beside=("append",),
            most_bytes=12_000,
        ),
    ),
    Way(
        told="book, prepaid",
        prepare=partial(bookings, is_prepaid=True),
        reckoned=Reckoned(
            events=Range(62, 74),
            activities=Range(10, 10),
            beside=("append", "send receipt"),
        ),
        meets_gateway=True,
    ),
)
