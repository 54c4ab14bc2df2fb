"""How every peer is served: on loopback unless told otherwise, quietly, and ended at once."""

import logging

import uvicorn
from fastapi import FastAPI
from typing_extensions import override

EXPECTED = ("ASGI callable returned without completing response", "Cancel ")


class OnlySurprises(logging.Filter):
    """Keeps silent about connections that a peer cuts on purpose."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith(EXPECTED)


def serve(app: FastAPI, host: str, port: int) -> None:
    """Serve until a signal comes. Requests that hang by design do not hold up the end."""
    logging.getLogger("uvicorn.error").addFilter(OnlySurprises())
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        # Who is on loopback is decided by the connection, not by a header anybody can write.
        proxy_headers=False,
        timeout_graceful_shutdown=0,
    )
