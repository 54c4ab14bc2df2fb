"""The gateway's own database: one file, so that a killed process forgets nothing."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

# A commit reaches the operating system before the answer goes out: it survives any kill of this
# process. Waiting for the disk as well would protect against a power cut, which nobody rehearses.
SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    intent TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS documents_of_an_intent ON documents (intent, kind);
CREATE INDEX IF NOT EXISTS documents_by_age ON documents (kind, created);
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, answer TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    method TEXT NOT NULL, path TEXT NOT NULL, key TEXT,
    status INTEGER NOT NULL, replayed INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS stumbles (
    subject TEXT NOT NULL, step TEXT NOT NULL, PRIMARY KEY (subject, step)
);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL UNIQUE,
    intent TEXT NOT NULL,
    is_held INTEGER NOT NULL,
    is_over INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_to_make ON deliveries (due) WHERE NOT is_over;
"""

Values = Mapping[str, str | int | float | None]


class Storage:
    """One connection, used from one thread: what happens between two awaits is alone."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:
            yield

    def change(self, sql: str, values: Values) -> int:
        """Run a statement and say how many rows it touched."""
        return self._connection.execute(sql, values).rowcount

    def rows(self, sql: str, values: Values) -> list[sqlite3.Row]:
        return self._connection.execute(sql, values).fetchall()

    def close(self) -> None:
        self._connection.close()
