"""The app: its routes, its problems, its contract, and the shell around them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI
from prometheus_fastapi_instrumentator import Instrumentator
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp
from typing_extensions import override
from uuid_utils.compat import uuid7

from api import failures, openapi
from api.correlation import HEADER, is_acceptable
from api.limits import Shell
from api.parts import Parts
from api.payloads import TemporalPage
from api.routes import ROUTERS
from api.ui import docs

VERSION = version("hms")
READ_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Prefer")
TOLD_HEADERS = ("Location", "ETag", "Retry-After", "Link", "Idempotency-Replayed")


class Api(FastAPI):
    """Wraps the whole of itself: what fails anywhere inside is answered as a problem."""

    @override
    def build_middleware_stack(self) -> ASGIApp:
        parts: Parts = self.state.parts
        shell = Shell(
            super().build_middleware_stack(),
            parts.public_url,
            is_production=parts.is_production,
        )
        return CorrelationIdMiddleware(
            shell,
            header_name=HEADER,
            generator=lambda: str(uuid7()),
            validator=is_acceptable,
        )

    @override
    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            self.openapi_schema = openapi.document(self, VERSION)
        return self.openapi_schema


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    parts: Parts = app.state.parts
    for engine in parts.engines.values():
        await engine.dispose()


def create_app(parts: Parts) -> Api:
    """Make the app of these parts. Fails when a route has no entry in the policy."""
    app = Api(
        title=openapi.TITLE,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        telemetry={"logs": False, "metrics": False},
    )
    app.state.parts = parts
    if parts.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=parts.origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Idempotency-Key",
                "If-Match",
                "Prefer",
                HEADER,
            ],
            expose_headers=["Location", "ETag", "Retry-After", "Link", HEADER],
        )
    if parts.temporal_ui_url:
        # Added last, it is asked first: the pages of others have another answer.
        app.add_middleware(TemporalPage, origin=parts.temporal_ui_url)
    failures.install(app)
    for router in ROUTERS:
        app.include_router(router)
    if not parts.is_production:
        docs.install(app)
    Instrumentator(should_group_status_codes=False).instrument(app)
    return app
