"""`hms temporal`: what a Temporal server must know before our processes start."""

import asyncio
import gc
from datetime import timedelta
from typing import Annotated

import typer
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import ConnectConfig, RPCError, ServiceClient

from ops.commands import ending
from ops.namespace import set_up
from ops.schedules import register
from ops.temporal import ATTRIBUTES

app = typer.Typer(no_args_is_help=True, help="Prepare a Temporal server.")


@app.callback()
def several() -> None:
    """Keep `setup` a command of its own: a group of one would swallow its name."""


@app.command()
def setup(
    retention_days: Annotated[int, typer.Option(min=1, help="How long ended processes stay.")] = 30,
) -> None:
    """Make the namespace, its search attributes and its schedules, or bring them up to date."""
    told, failed = asyncio.run(prepare(timedelta(days=retention_days)))
    gc.collect()  # A client that lives until the interpreter ends aborts it.
    for line in told:
        typer.echo(line)
    if failed:
        raise ending.because(failed)


async def prepare(retention: timedelta) -> tuple[list[str], str | None]:
    """Set up what `TEMPORAL_*` names; tell what is there, or why not.

    It reads and writes no payload, so it connects without the keys of the codec.
    """
    profile = ClientConfig.load_client_connect_config()
    namespace = profile.get("namespace", "hms")
    where = profile.get("target_host", "127.0.0.1:7233")
    tls = profile.get("tls")
    told: list[str] = []
    try:
        server = await ServiceClient.connect(
            ConnectConfig(
                target_host=where,
                api_key=profile.get("api_key"),
                tls=tls or False,
                identity="hms temporal setup",
            )
        )
        await set_up(server, namespace, retention)
        days = f"{retention.days} days"
        told.append(f"{namespace}: kept for {days}, found by {', '.join(ATTRIBUTES)}")
        told += [line async for line in register(Client(server, namespace=namespace))]
    except (RPCError, RuntimeError) as error:
        return told, f"{where}: {error}"
    return told, None
