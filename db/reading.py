"""How published views are read: by whom, and a page at a time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlakeyset import InvalidPage
from sqlakeyset.asyncio import select_page
from sqlalchemy import ColumnElement, RowMapping, Select, Table, false, true
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Found = TypeVar("Found")
Record = RowMapping
"""One row of a view, by column name."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose rows a reader may see: everybody's, or those of one patient or doctor."""

    everything: bool = False
    patient_id: UUID | None = None
    doctor_id: UUID | None = None

    def of(self, view: Table) -> ColumnElement[bool]:
        """Let through what the reader may see; nothing, when the view has no such owner."""
        if self.everything:
            return true()
        if self.patient_id and "patient_id" in view.c:
            return view.c.patient_id == self.patient_id
        if self.doctor_id and "doctor_id" in view.c:
            return view.c.doctor_id == self.doctor_id
        return false()


EVERYTHING = Sight(everything=True)


class BadBookmarkError(ValueError):
    """A bookmark that no page ends with."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and where the next ones begin."""

    rows: Sequence[Record]
    next: str | None


class Reader:
    """Reads the published views of one database, as a role that can do nothing else."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def one(self, query: Select[Any]) -> Record | None:
        async def read(connection: AsyncConnection) -> Record | None:
            row: Record | None = (await connection.execute(query)).mappings().first()
            return row

        return await self._read(read)

    async def all(self, query: Select[Any]) -> Sequence[Record]:
        async def read(connection: AsyncConnection) -> Sequence[Record]:
            rows: Sequence[Record] = (await connection.execute(query)).mappings().all()
            return rows

        return await self._read(read)

    async def page(self, query: Select[Any], limit: int, bookmark: str | None) -> Page:
        """Read the page that begins at the bookmark; the query's order must end with an id.

        Raises `BadBookmarkError` for a bookmark that was not made here.
        """

        async def read(connection: AsyncConnection) -> Page:
            rows = await select_page(connection, query, per_page=limit, page=bookmark)
            following = rows.paging.bookmark_next if rows.paging.has_next else None
            return Page([row._mapping for row in rows], following)  # noqa: SLF001 - its public name

        try:
            return await self._read(read)
        except (InvalidPage, ValueError) as error:
            raise BadBookmarkError from error

    async def _read(self, read: Callable[[AsyncConnection], Awaitable[Found]]) -> Found:
        """Read, and once more when the connection had died in the pool: a read harms nobody."""
        try:
            async with self._engine.connect() as connection:
                return await read(connection)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        async with self._engine.connect() as connection:
            return await read(connection)
