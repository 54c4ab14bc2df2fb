"""The page that shows the API's contract. It loads nothing from outside."""

from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"
MAY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Swagger UI draws with styles and pictures of its own that stand in the page itself."""
PAGE = (STATIC / "docs.html").read_text()


async def page(_: Request) -> HTMLResponse:
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": MAY})


def install(app: FastAPI) -> None:
    """Show the contract; a production has no such page."""
    app.add_route("/docs", page, include_in_schema=False)
    app.mount("/docs/static", StaticFiles(directory=STATIC), name="docs")
