"""Which events still have to be delivered, and when to try again."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from enum import StrEnum

from deploy.peers.payments.storage import Storage

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 60.0
ATTEMPTS = 4320  # With a minute between them these are Stripe's three days.

DUE = """
    SELECT event, intent, attempts FROM deliveries
    WHERE NOT is_over AND NOT is_held AND due <= :now
    ORDER BY CASE WHEN :is_reversed THEN -seq ELSE seq END
    LIMIT 50
"""


class Mode(StrEnum):
    NORMAL = "normal"
    HOLD = "hold"
    DUPLICATE = "duplicate"
    REORDER = "reorder"


@dataclass(frozen=True)
class Delivery:
    event_id: str
    intent_id: str
    attempts: int


class Deliveries:
    """A queue in the database: a restart goes on where the last process stopped."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._news = asyncio.Event()
        self.mode = Mode.NORMAL

    def add(self, event_id: str, intent_id: str) -> None:
        self._storage.change(
            "INSERT INTO deliveries (event, intent, is_held, due)"
            " VALUES (:event, :intent, :is_held, :due)",
            {
                "event": event_id,
                "intent": intent_id,
                "is_held": self.mode is Mode.HOLD,
                "due": time.time(),
            },
        )
        self._news.set()

    def switch(self, mode: Mode) -> None:
        self.mode = mode
        if mode is not Mode.HOLD:
            self.release()

    def release(self) -> int:
        """Let go of what was held. New events are still held while the mode says so."""
        released = self._storage.change("UPDATE deliveries SET is_held = 0 WHERE is_held", {})
        self._news.set()
        return released

    def due(self) -> list[Delivery]:
        rows = self._storage.rows(
            DUE, {"now": time.time(), "is_reversed": self.mode is Mode.REORDER}
        )
        return [Delivery(row["event"], row["intent"], row["attempts"]) for row in rows]

    def finish(self, delivery: Delivery) -> None:
        self._storage.change(
            "UPDATE deliveries SET is_over = 1, attempts = attempts + 1 WHERE event = :event",
            {"event": delivery.event_id},
        )

    def postpone(self, delivery: Delivery) -> None:
        """Try again after a pause that grows, and give up in the end."""
        # The exponent is bounded before the power is taken, or it overflows after a day.
        pause = min(FIRST_PAUSE * 2 ** min(delivery.attempts, 10), LONGEST_PAUSE)
        self._storage.change(
            "UPDATE deliveries SET attempts = attempts + 1, due = :due,"
            " is_over = attempts + 1 >= :attempts WHERE event = :event",
            {"event": delivery.event_id, "due": time.time() + pause, "attempts": ATTEMPTS},
        )

    async def wait(self) -> None:
        """Sleep until there is news, or until a pause may have ended."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_PAUSE / 2):
                await self._news.wait()
        self._news.clear()
