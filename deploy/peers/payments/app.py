"""The gateway behind HTTP."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from deploy.peers.payments import control, routes
from deploy.peers.payments.desk import render
from deploy.peers.payments.gateway import Gateway, Settings
from deploy.peers.payments.refusals import Problem, Refused


async def refused(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refused)  # noqa: S101 - registered for nothing else
    return render(refusal.answer)


async def unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    message = f"{error.detail} ({request.method}: {request.url.path})"
    return JSONResponse(Problem(message=message).answer(error.status_code).body, error.status_code)


async def health() -> dict[str, str]:
    return {"status": "ok"}


def create_app(settings: Settings) -> FastAPI:
    """Build the gateway. Its database is opened here, so a wrong path is known at the start."""
    gateway = Gateway(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        sender = gateway.sender()
        sending = asyncio.create_task(sender.run()) if sender else None
        yield
        if sending:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending
        gateway.storage.close()

    app = FastAPI(title="Payment peer", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.gateway = gateway
    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(HTTPException, unknown)
    app.add_api_route("/health", health)
    app.include_router(routes.router)
    app.include_router(control.router)
    return app
