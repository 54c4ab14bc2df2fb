"""The templates that the migration plants; tests empty the tables, so they plant them again."""

import importlib
from typing import cast

import asyncpg

PLANTED = cast(
    "dict[str, tuple[str, str]]",
    importlib.import_module("db.notifications.migrations.0003_first_templates").PLANTED,
)

ADD = """
    INSERT INTO app.templates (template_id, name, channel, subject_template, body_template)
    VALUES (gen_random_uuid(), $1, 'EMAIL', $2, $3) ON CONFLICT DO NOTHING
"""


async def plant(connection: asyncpg.Connection) -> None:
    await connection.executemany(ADD, [(name, *texts) for name, texts in PLANTED.items()])
