"""`hms db`: the databases of the services, from roles to the last migration."""

import asyncio
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

import typer
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.settings import SERVICES
from ops.commands import ending

app = typer.Typer(
    no_args_is_help=True, help="Make the databases, and keep their tables up to date."
)

Service = StrEnum("Service", {name: name for name in SERVICES})  # type: ignore[misc] # its names are only known here
Named = Annotated[
    list[Service] | None, typer.Option("--service", "-s", help="Whose; may be said again.")
]
All = Annotated[bool, typer.Option("--all", help="Every service's.")]


class Making(BaseSettings):
    """What it takes to make one service's roles and database: `HMS_<SERVICE>_…`."""

    superuser_url: SecretStr
    owner_password: SecretStr
    worker_password: SecretStr
    reader_password: SecretStr

    def passwords(self) -> dict[str, str]:
        secrets = {
            "owner": self.owner_password,
            "worker": self.worker_password,
            "reader": self.reader_password,
        }
        return {role: secret.get_secret_value() for role, secret in secrets.items()}


def making(service: str) -> Making:
    class OfService(Making):
        model_config = SettingsConfigDict(env_prefix=f"HMS_{service.upper()}_")

    return ending.read(OfService)


def chosen(services: Iterable[str] | None, *, every: bool) -> list[str]:
    named = list(services or ())
    if bool(named) == every:
        raise typer.BadParameter("name services by -s, or say --all")
    return list(SERVICES) if every else named


def with_alembic(do: str, services: list[str], *arguments: str) -> None:
    """Do one thing to the migrations of every service that was named, as its owner."""
    from alembic import command  # noqa: PLC0415 - the processes that stay need no migrations

    from ops import databases  # noqa: PLC0415

    for service in services:
        typer.echo(f"{service}: ", nl=False)
        with ending.at_a_database():
            getattr(command, do)(databases.config(service), *arguments)


@app.command()
def create(services: Named = None, *, every: All = False) -> None:
    """Make roles and databases, unless they are there: needs superuser URLs and passwords."""
    from ops import databases  # noqa: PLC0415 - it brings Alembic

    for service in chosen(services, every=every):
        needed = making(service)
        url = needed.superuser_url.get_secret_value()
        with ending.at_a_database():
            asyncio.run(databases.create(url, service, needed.passwords()))
        typer.echo(f"{service}: the database hms_{service} and its three roles are there")


@app.command()
def upgrade(services: Named = None, *, every: All = False) -> None:
    """Run the migrations that are missing."""
    for service in chosen(services, every=every):
        with_alembic("upgrade", [service], "head")
        typer.echo("up to date")


@app.command()
def current(services: Named = None, *, every: All = False) -> None:
    """Say which migration was the last."""
    with_alembic("current", chosen(services, every=every))


@app.command()
def check(services: Named = None, *, every: All = False) -> None:
    """Fail when a table differs from its model, a guard is missing, or a stranger may connect."""
    from ops import databases  # noqa: PLC0415 - as above

    for service in chosen(services, every=every):
        with_alembic("check", [service])
        with ending.at_a_database():
            flaws = asyncio.run(databases.flaws(service))
        if flaws:
            raise ending.because(f"{service}: {', '.join(flaws)}")
