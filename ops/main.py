"""The `hms` command."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ops import preflight as checks
from ops.commands import (
    appointments,
    db,
    env,
    openapi,
    pages,
    sagas,
    seed,
    temporal,
    version,
    visits,
)
from workers import all as workers

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
app.add_typer(db.app, name="db")
app.add_typer(temporal.app, name="temporal")
app.add_typer(appointments.app, name="appointments")
app.add_typer(sagas.app, name="saga")
app.command()(visits.slots)
app.command()(visits.book)
app.command()(visits.reschedule)
app.command()(visits.cancel)
app.command()(seed.seed)
app.command()(env.env)
app.command()(openapi.openapi)
app.command()(pages.problems)
app.command()(pages.authorization)
app.command()(version.version)
STATE = Path(".hms").resolve()

Worker = StrEnum("Worker", {name: name for name in (*workers.WORKERS, "all")})  # type: ignore[misc] # its names are only known here


@app.command()
def dev(
    *,
    reset: Annotated[bool, typer.Option(help="Forget everything first.")] = False,
    demo: Annotated[bool, typer.Option(help="Book one visit, and show how.")] = False,
    procs: Annotated[bool, typer.Option(help="Give each worker a process of its own.")] = False,
    port_base: Annotated[int, typer.Option(help="First of the ports to listen on.")] = 8000,
    seed: Annotated[str, typer.Option(help="small, demo or none.")] = "demo",
) -> None:
    """Start everything on this machine, and end it with one Ctrl-C."""
    from ops.dev import develop  # noqa: PLC0415 - only this command needs the development wheels

    raise SystemExit(
        asyncio.run(
            develop(STATE, reset=reset, demo=demo, procs=procs, port_base=port_base, size=seed)
        )
    )


@app.command()
def worker(name: Annotated[Worker, typer.Argument(help="Which worker to run.")]) -> None:
    """Run one worker, as containers do."""
    workers.main(name.value)


@app.command()
def api() -> None:
    """Run the HTTP door, as containers do."""
    from api.main import main as serve  # noqa: PLC0415 - workers need no FastAPI

    serve()


@app.command()
def preflight() -> None:
    """Say what is missing on this machine, and how to get it."""
    found = checks.run()
    for check in found:
        typer.echo(f"{'ok     ' if check.is_ok else 'MISSING'} {check.name}: {check.told}")
    raise SystemExit(0 if all(check.is_ok for check in found) else 1)


def main() -> None:
    app(prog_name="hms")


if __name__ == "__main__":
    main()
