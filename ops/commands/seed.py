"""`hms seed`: a hospital to look at."""

import asyncio
from enum import StrEnum
from typing import Annotated

import typer
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import text

from db.settings import connect, database
from ops.commands import ending


class Size(StrEnum):
    SMALL = "small"
    DEMO = "demo"


class Demonstration(BaseSettings):
    """`HMS_DEMO_PASSWORD`: what everybody of the demonstration logs in with."""

    model_config = SettingsConfigDict(env_prefix="HMS_")

    demo_password: SecretStr = Field(min_length=12)


def seed(
    size: Annotated[Size, typer.Option(help="How many people and visits.")] = Size.DEMO,
    *,
    once: Annotated[bool, typer.Option("--once", help="Not where there are visits.")] = False,
) -> None:
    """Fill the databases with people and their past visits. What is there already stays."""
    password = ending.read(Demonstration).demo_password.get_secret_value()
    with ending.at_a_database():
        told = asyncio.run(fill_unless(size.value, password, once=once))
    typer.echo(told)


async def fill_unless(size: str, password: str, *, once: bool) -> str:
    from ops.seed import SIZES  # noqa: PLC0415 - the processes that stay need none of it
    from ops.seed import seed as fill  # noqa: PLC0415

    if once and await has_visits():
        return "there are visits already: nothing was added"
    await fill(size, password)
    return f"the hospital is open: {SIZES[size].patients} patients, and their past visits"


async def has_visits() -> bool:
    engine = connect(database("appointments").database_url, 1, "seed of appointments")
    try:
        async with engine.connect() as connection:
            found = await connection.scalar(text("SELECT EXISTS (SELECT FROM app.appointments)"))
    finally:
        await engine.dispose()
    return bool(found)
