"""Runs the migrations of the service whose section of `alembic.ini` was chosen."""

import asyncio
import importlib

from alembic import context
from sqlalchemy import Connection, MetaData
from sqlalchemy.schema import SchemaItem

from db.settings import connect, database

service = context.config.config_ini_section
metadata: MetaData = importlib.import_module(f"db.{service}.models").metadata


def is_ours(_: SchemaItem, name: str | None, kind: str, __: bool, ___: SchemaItem | None) -> bool:  # noqa: FBT001
    """Leave out what belongs to Alembic itself, and the parts of a partitioned table."""
    return not (kind == "table" and name and (name == "alembic_version" or "_y20" in name))


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema="app",
        include_schemas=True,
        include_name=lambda name, kind, _: kind != "schema" or name == "app",
        include_object=is_ours,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run() -> None:
    engine = connect(database(service).owner_url, 1, f"migrations of {service}")
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
            await connection.commit()
    finally:
        await engine.dispose()


asyncio.run(run())
