"""`hms openapi`: the contract of the API, without running it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ops.commands import ending

KEPT = Path(__file__).parent.parent.parent / "api" / "openapi.json"


def written() -> str:
    from fastapi import FastAPI  # noqa: PLC0415 - workers need no FastAPI

    from api.app import VERSION  # noqa: PLC0415
    from api.openapi import document  # noqa: PLC0415
    from api.routes import ROUTERS  # noqa: PLC0415

    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    return json.dumps(document(app, VERSION), indent=2, ensure_ascii=False) + "\n"


def openapi(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Compare it with api/openapi.json.")
    ] = False,
) -> None:
    """Print the API's contract; with --check fail when the kept one differs."""
    contract = written()
    if not check:
        typer.echo(contract, nl=False)
    elif not KEPT.exists() or KEPT.read_text() != contract:
        raise ending.because("api/openapi.json differs: `hms openapi > api/openapi.json`")
