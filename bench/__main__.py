"""`python -m bench booking cancel`: prints ratios and counts, keeps nothing."""

import asyncio
import gc
import signal
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from bench import booking, cancel, payment, reschedule
from bench.report import lines_of
from bench.slices import SINGLE, compare
from bench.stand import standing
from bench.ways import Way


class Process(StrEnum):
    """What can be measured."""

    BOOKING = "booking"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    PAYMENT = "payment"


WAYS = {
    Process.BOOKING: booking.WAYS,
    Process.RESCHEDULE: reschedule.WAYS,
    Process.CANCEL: cancel.WAYS,
    Process.PAYMENT: payment.WAYS,
}

app = typer.Typer(add_completion=False)


@app.command()
def bench(
    processes: Annotated[list[Process], typer.Argument()], blocks: int = 10, crowd: int = 60
) -> None:
    """Compare processes with the engine's own price, in shuffled slices of one run.

    A slice is ten processes of one caller, or a crowd of twenty callers'.
    """
    # Whoever is asked to stop stops what it has started, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    asyncio.run(
        measure([way for one in dict.fromkeys(processes) for way in WAYS[one]], blocks, crowd)
    )
    gc.collect()


async def measure(ways: Sequence[Way], blocks: int, crowd: int) -> None:
    bookings = len(ways) * (blocks + 1) * (SINGLE + crowd)
    async with standing(bookings) as (ours, floor):
        for way in ways:
            measured = await compare(way, ours, floor, blocks, crowd)
            print("\n".join(lines_of(way, measured)), flush=True)  # noqa: T201


if __name__ == "__main__":
    app()
