"""The databases as their owners see them, for looking only."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import asyncpg

Rows = list[dict[str, Any]]
LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
)


class Databases:
    """Reads every database, and nothing else; connects again after PostgreSQL was away."""

    def __init__(self, url_of: Callable[[str], str]) -> None:
        self._url_of = url_of
        self._connections: dict[str, asyncpg.Connection] = {}
        # An owner may have two connections, and each serves one question at a time.
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def rows(self, service: str, query: str, *values: object) -> Rows:
        async with self._turns[service]:
            try:
                found = await (await self._connection(service)).fetch(query, *values)
            except LOST:
                self._connections.pop(service).terminate()
                found = await (await self._connection(service)).fetch(query, *values)
        return [dict(row) for row in found]

    async def change(self, service: str, statement: str, *arguments: object) -> None:
        """Change what no service changes yet."""
        connection = await asyncpg.connect(self._url_of(service))
        await connection.execute(statement, *arguments)
        await connection.close()

    async def close(self) -> None:
        for connection in list(self._connections.values()):
            await connection.close()

    async def _connection(self, service: str) -> asyncpg.Connection:
        if service not in self._connections:
            self._connections[service] = await asyncpg.connect(
                self._url_of(service), server_settings={"default_transaction_read_only": "on"}
            )
        return self._connections[service]
