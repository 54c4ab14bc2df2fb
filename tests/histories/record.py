"""Record histories from the real server: `make histories`. Commit what it writes."""

import asyncio
import base64
import gc
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from ops.processes import free_port
from ops.stack import Stack
from tests.e2e.people import move_in
from tests.histories.bookings import bookings, holds
from tests.histories.changes import cancellations, days_of_visits, moves, reminders
from tests.histories.payments import late_money, payments
from tests.histories.recorder import Recorder
from tests.histories.records import records, the_clock
from workflows.connection import connect

TEST_KEY = f"test:{base64.b64encode(bytes(32)).decode()}"
"""No secret: histories in a repository must be readable by everybody who replays them."""
STORIES = (
    *(bookings, records, moves, cancellations, days_of_visits, reminders),
    *(payments, late_money, the_clock, holds),
)


@asynccontextmanager
async def running() -> AsyncIterator[Stack]:
    """Run a stack of its own, whose payloads everybody can open."""
    stack = Stack(Path(mkdtemp(prefix="hms-histories-")) / "dev", free_port())
    stack.secrets = replace(stack.secrets, codec=TEST_KEY)
    try:
        await stack.start()
        os.environ.update(stack.environment())
        await move_in(stack)
        yield stack
    finally:
        await stack.stop()


async def record() -> None:
    async with running() as stack:
        recorder = Recorder(stack, await connect("recorder"))
        for story in STORIES:
            await story(recorder)
        await recorder.close()
        del recorder
    gc.collect()


if __name__ == "__main__":
    # Whoever is asked to stop stops what it has started, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    asyncio.run(record())
