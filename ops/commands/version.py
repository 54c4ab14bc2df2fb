"""`hms version`: which release this is, and of which commit its image was made."""

from importlib.metadata import version as version_of

import typer
from pydantic_settings import BaseSettings, SettingsConfigDict


class Image(BaseSettings):
    """`HMS_REVISION`: the commit, which only an image knows."""

    model_config = SettingsConfigDict(env_prefix="HMS_")

    revision: str = ""


def version() -> None:
    """Say which release this is."""
    revision = Image().revision
    typer.echo(f"hms {version_of('hms')}{f' ({revision})' if revision else ''}")
