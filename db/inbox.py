"""The first answer to every write, kept beside what the write did."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import bindparam, literal_column, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

# The trace tells the triggers who changes something; the locks are taken in their sorted order.
ENTER = text("""
    SELECT set_config('hms.trace', :trace, true),
           (SELECT count(pg_advisory_xact_lock(hashtextextended(k, 0)))
            FROM unnest(CAST(:locks AS text[])) AS k)
""")
# One trip for both: the locks are waited for before the key is, in every attempt.
CLAIM = text("""
    WITH entered AS MATERIALIZED (
        SELECT set_config('hms.trace', :trace, true),
               (SELECT count(pg_advisory_xact_lock(hashtextextended(k, 0)))
                FROM unnest(CAST(:locks AS text[])) AS k))
    INSERT INTO app.inbox (key, request_hash, outcome, workflow_id)
    SELECT :key, :hash, :outcome, :workflow_id FROM entered ON CONFLICT DO NOTHING RETURNING 1
""")
CLAIMED = CLAIM.columns(literal_column("1").label("claimed")).cte("claimed")
"""For a statement that is a whole step: it selects from this, and so happens with its key."""
BURY = text("""
    INSERT INTO app.inbox (key, outcome, workflow_id)
    VALUES (:key, 'TOMBSTONE', :workflow_id) ON CONFLICT DO NOTHING RETURNING 1
""")
READ = text("""
    SELECT request_hash, outcome, response FROM app.inbox WHERE key = :key FOR UPDATE
""").columns(response=JSONB)
ANSWER = text("""
    UPDATE app.inbox SET outcome = :outcome, response = :response WHERE key = :key
""").bindparams(bindparam("response", type_=JSONB))
UNDO = text("""
    UPDATE app.inbox SET outcome = 'TOMBSTONE', undone_at = clock_timestamp() WHERE key = :key
""")


@dataclass(frozen=True, slots=True)
class Answered:
    """What a key was answered with before."""

    request_hash: str | None
    outcome: Literal["DONE", "TOMBSTONE", "REFUSED"]
    response: Json


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose key it is, for which request, and who writes."""

    key: str
    hash: str
    workflow_id: str
    trace: str

    def values(
        self, locks: list[str] | None = None, outcome: Literal["DONE", "REFUSED"] = "DONE"
    ) -> dict[str, Any]:
        """Fill in `CLAIM`, or a statement that `CLAIMED` is folded into."""
        return {**asdict(self), "outcome": outcome, "locks": sorted(set(locks or []))}


class Inbox:
    """One row per key, written in the transaction of its effect."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def enter(self, trace: str, locks: list[str]) -> None:
        """Begin a write: say who writes, and wait for our turn at what it touches."""
        await self._connection.execute(ENTER, {"trace": trace, "locks": sorted(set(locks))})

    async def claim(
        self, claim: Claim, locks: list[str], outcome: Literal["DONE", "REFUSED"] = "DONE"
    ) -> bool:
        """Begin a write and take its key, or wait for whoever has it.

        False, when there is an answer already.
        """
        claimed = await self._connection.execute(CLAIM, claim.values(locks, outcome))
        return claimed.first() is not None

    async def bury(self, key: str, workflow_id: str) -> bool:
        """Leave a tombstone: true, when the step never happened, and now never will."""
        buried = await self._connection.execute(BURY, {"key": key, "workflow_id": workflow_id})
        return buried.first() is not None

    async def find_answer(self, key: str) -> Answered | None:
        row = (await self._connection.execute(READ, {"key": key})).first()
        return None if row is None else Answered(row.request_hash, row.outcome, row.response)

    async def answer(self, key: str, outcome: Literal["DONE", "REFUSED"], response: Json) -> None:
        await self._connection.execute(
            ANSWER, {"key": key, "outcome": outcome, "response": response}
        )

    async def undo(self, key: str) -> None:
        await self._connection.execute(UNDO, {"key": key})
