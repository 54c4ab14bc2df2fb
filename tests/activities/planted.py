"""The templates that migrations plant; tests empty the tables, so they plant them again."""

import importlib
from typing import Any

import asyncpg


def planted(migration: str) -> Any:  # noqa: ANN401 - a module whose name is no word
    return importlib.import_module(f"db.notifications.migrations.{migration}")


FIRST, CHANGES = planted("0003_first_templates"), planted("0004_messages_of_changes")
PLANTED: dict[str, tuple[str, str]] = FIRST.PLANTED | CHANGES.PLANTED | CHANGES.REWRITTEN

ADD = """
    INSERT INTO app.templates (template_id, name, channel, subject_template, body_template)
    VALUES (gen_random_uuid(), $1, 'EMAIL', $2, $3) ON CONFLICT DO NOTHING
"""


async def plant(connection: asyncpg.Connection) -> None:
    await connection.executemany(ADD, [(name, *texts) for name, texts in PLANTED.items()])
