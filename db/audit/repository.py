"""Every query on the chains of records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from db.audit.models import records
from db.inbox import CLAIMED, Claim

APPEND = select(func.app.append_record(bindparam("entry", type_=JSONB))).select_from(CLAIMED)
APPEND_ALL = text("""
    SELECT count(app.append_record(entry)) FROM (
      SELECT entry FROM jsonb_array_elements(:entries) WITH ORDINALITY AS e (entry, n)
      ORDER BY n) entries
""").bindparams(bindparam("entries", type_=JSONB))
VERIFY = text("""
    SELECT broken_seq, why
    FROM app.verify_chain(:source, :since, :until, decode(CAST(:hash AS text), 'hex'))
""")
HEAD = (
    select(records.c.seq, func.encode(records.c.hash, "hex"))
    .where(records.c.source == bindparam("source"))
    .order_by(records.c.seq.desc())
    .limit(1)
)
HEADS = (
    select(records.c.source, records.c.seq, func.encode(records.c.hash, "hex"))
    .ext(distinct_on(records.c.source))
    .order_by(records.c.source, records.c.seq.desc())
)


@dataclass(frozen=True, slots=True)
class HeadRow:
    """The newest record of a chain."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """The first number of a chain that is not as it was written."""

    seq: int
    why: str


class AuditRepository:
    """Appends to chains and reads them. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(self, claim: Claim, entry: Mapping[str, object]) -> bool:
        """Add a record, unless its key is known. Until the commit the chain is ours alone.

        False, when the step was done before.
        """
        values = {**claim.values(), "entry": entry}
        return (await self._connection.execute(APPEND, values)).first() is not None

    async def append_all(self, entries: Sequence[Mapping[str, object]]) -> None:
        """Add records in their order, unless their keys are known."""
        await self._connection.execute(APPEND_ALL, {"entries": entries})

    async def list_heads(self) -> list[tuple[str, HeadRow]]:
        """Find the newest record of every chain."""
        rows = await self._connection.execute(HEADS)
        return [(source, HeadRow(*head)) for source, *head in rows]

    async def find_head(self, source: str) -> HeadRow | None:
        row = (await self._connection.execute(HEAD, {"source": source})).first()
        return HeadRow(*row) if row else None

    async def find_flaw(
        self, source: str, since: int, until: int, anchor: str | None = None
    ) -> BrokenRow | None:
        """Find what is wrong from `since` to `until`, whose hash must be the anchor's."""
        asked = {"source": source, "since": since, "until": until, "hash": anchor}
        row = (await self._connection.execute(VERIFY, asked)).first()
        return BrokenRow(*row) if row else None
