"""Looks for what must not be, in one database: a page at a time, and without changing anything."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database import in_place
from activities.facts import PAGE, AccountFact, AccountFacts, ChangeFact, ChangeFacts, FactsOf
from activities.findings import CheckInvariants, Finding, Found, Severity
from db.checks import FIRST, Check, CheckRepository

NOT_DETAILS = {"key", "processes", "appointment_id"}


class Checks:
    """The checks of one service, and the facts that are compared with those of others."""

    checks: ClassVar[Sequence[Check]]

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def check_invariants(self, request: CheckInvariants) -> Found:
        """Look at one page of one check: rows of a statement's time, whatever the table's size."""
        number, _, after = request.after.partition(":")
        turn = int(number or 0)
        check, start = self.checks[turn], UUID(after) if after else FIRST

        async def look() -> tuple[list[RowMapping], UUID | None]:
            async with self._looking() as found:
                rows = await found.violations(check, start, request.at)
                return rows, await found.find_end(check, start)

        rows, end = await in_place(look)
        following = f"{turn}:{end}" if end else str(turn + 1)
        is_over = end is None and turn + 1 == len(self.checks)
        findings = tuple(finding_of(check, row) for row in rows)
        return Found(checks=(check.name,), findings=findings, next=None if is_over else following)

    async def rows(self, query: str, **values: object) -> list[RowMapping]:
        async def look() -> list[RowMapping]:
            async with self._looking() as found:
                return await found.rows(query, **values)

        return await in_place(look)

    async def page(self, query: str, request: FactsOf) -> list[RowMapping]:
        """Read a page in the order of ids, or all that was asked for."""
        limit = PAGE if request.ids is None and request.of is None else None
        start = request.after or FIRST
        return await self.rows(query, after=start, ids=request.ids, of=request.of, limit=limit)

    async def ids(self, query: str, request: FactsOf) -> tuple[list[UUID], UUID | None]:
        """Name the objects of a page, and the last of them, if another page may follow."""
        ids = [row["id"] for row in await self.page(query, request)]
        return ids, ids[-1] if len(ids) == PAGE else None

    async def changes(self, ids: str, query: str, request: FactsOf) -> ChangeFacts:
        page, following = await self.ids(ids, request)
        rows = await self.rows(query, ids=page)
        return ChangeFacts(changes=tuple(ChangeFact(**row) for row in rows), next=following)

    async def accounts(self, ids: str, query: str, request: FactsOf) -> AccountFacts:
        """Read what came for each visit; a page is one of bills or payments, not of visits."""
        wanted, following = set(request.ids or ()), None
        if request.ids is None:
            rows = await self.page(ids, request)
            wanted = {row["account"] for row in rows}
            following = rows[-1]["id"] if len(rows) == PAGE else None
        found = await self.rows(query, ids=sorted(wanted))
        accounts = tuple(AccountFact(**row) for row in found)
        return AccountFacts(accounts=accounts, next=following)

    @asynccontextmanager
    async def _looking(self) -> AsyncIterator[CheckRepository]:
        async with self._engine.connect() as connection:
            yield CheckRepository(connection)


def finding_of(check: Check, row: RowMapping) -> Finding:
    return Finding(
        check=check.name,
        object_key=row["key"],
        severity=Severity(check.severity),
        details={name: str(row[name]) for name in row if name not in NOT_DETAILS},
        processes=tuple(row.get("processes") or ()),
        appointment_id=row.get("appointment_id"),
    )
