"""Every query on findings: what is wrong, since when, and whether it still is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.audit.models import findings

f = findings.c
IS_OPEN = f.resolved_at.is_(None)
GONE = "gone"
"""It was looked for again, and not found."""


class FindingRepository:
    """Files findings and resolves them. Never commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def file(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """File what is new, see again what is open; how many are new."""
        if not rows:
            return 0
        row = insert(findings).values(rows)
        seen = {
            "severity": row.excluded.severity,
            "details": row.excluded.details,
            "last_seen_at": func.greatest(f.last_seen_at, row.excluded.last_seen_at),
            "version": f.version + 1,
        }
        filed = await self._connection.execute(
            row.on_conflict_do_update(
                index_elements=[f.check_name, f.object_key], index_where=IS_OPEN, set_=seen
            ).returning(f.version)
        )
        return sum(version == 1 for version in filed.scalars())

    async def see_again(self, keys: Sequence[tuple[str, str]], at: datetime) -> None:
        await self._connection.execute(
            update(findings)
            .where(IS_OPEN, tuple_(f.check_name, f.object_key).in_(keys))
            .values(last_seen_at=func.greatest(f.last_seen_at, at), version=f.version + 1)
        )

    async def close(
        self,
        checks: Sequence[str],
        not_seen_since: datetime,
        at: datetime,
        keys: Sequence[str] | None,
    ) -> int:
        """Resolve what these checks have not seen for so long; how many."""
        gone = update(findings).where(
            IS_OPEN, f.check_name.in_(checks), f.last_seen_at < not_seen_since
        )
        if keys is not None:
            gone = gone.where(f.object_key.in_(keys))
        closed = await self._connection.execute(
            gone.values(resolved_at=at, resolution=GONE, version=f.version + 1).returning(
                f.finding_id
            )
        )
        return len(closed.all())
