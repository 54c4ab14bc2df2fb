"""What a probe may ask of a worker process, and what Prometheus reads of it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from prometheus_client import make_asgi_app
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from temporalio.client import Client
from temporalio.service import RPCError

BOUND = 0.5
"""Seconds within which a database must answer to count as ready."""


async def is_answering(engine: AsyncEngine) -> bool:
    try:
        async with asyncio.timeout(BOUND), engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (DBAPIError, OSError, TimeoutError):
        return False
    return True


async def is_reachable(client: Client) -> bool:
    try:
        return await client.service_client.check_health(timeout=timedelta(seconds=BOUND))
    except RPCError:
        return False


def health_app(client: Client, engines: Sequence[AsyncEngine]) -> Starlette:
    """Serve `/health/live`, `/health/ready` (the seeds call it `/health`) and `/metrics`."""

    async def live(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> JSONResponse:
        checks = await asyncio.gather(is_reachable(client), *map(is_answering, engines))
        told = {"temporal": checks[0], "databases": all(checks[1:])}
        is_ready = all(told.values())
        return JSONResponse(
            {"status": "ok" if is_ready else "unavailable", **told},
            status_code=200 if is_ready else 503,
        )

    return Starlette(
        routes=[
            Route("/health/live", live),
            Route("/health/ready", ready),
            Route("/health", ready),
            Mount("/metrics", make_asgi_app()),
        ]
    )
