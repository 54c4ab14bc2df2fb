"""How every command ends: 0 done, 1 failed, 2 asked wrongly, 3 not there, 4 still running."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import asyncpg
import typer
from pydantic import ValidationError
from pydantic_settings import BaseSettings
from sqlalchemy.exc import SQLAlchemyError

from db.settings import MissingUrlError

FAILED, USAGE, NOT_FOUND, STILL_RUNNING = 1, 2, 3, 4
Settings = TypeVar("Settings", bound=BaseSettings)


def read(settings: Callable[[], Settings]) -> Settings:
    """Read settings from the environment. What is missing or wrong is named; its value never is."""
    try:
        return settings()
    except ValidationError as invalid:
        wrong = [
            f"{prefix_of(settings)}{field}".upper()
            for error in invalid.errors()
            for field in error["loc"]
        ]
        told = invalid.errors()[0]["msg"]
    raise because(f"{', '.join(wrong)}: {told.lower()} in the environment", USAGE)


def prefix_of(settings: Callable[[], BaseSettings]) -> object:
    return getattr(settings, "model_config", {}).get("env_prefix", "")


def because(told: str, code: int = FAILED) -> typer.Exit:
    """Say why, on stderr, and make the end of the command."""
    typer.echo(f"hms: {told}", err=True)
    return typer.Exit(code)


@contextmanager
def at_a_database() -> Iterator[None]:
    """Tell what a database answered, instead of a page of traceback."""
    from alembic.util import CommandError  # noqa: PLC0415 - the processes that stay need none

    try:
        yield
    except MissingUrlError as missing:
        told, code = str(missing), USAGE
    except (CommandError, asyncpg.PostgresError, SQLAlchemyError, OSError) as failed:
        told, code = f"{type(failed).__name__}: {failed}", FAILED
    else:
        return
    raise because(told, code)
