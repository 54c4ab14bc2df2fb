"""The HTTP side, which carries the SMTP side along in its own event loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated, cast

from aiosmtpd.smtp import SMTP
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse

from deploy.peers.mail.mailbox import Fault, Mail, Mailbox
from deploy.peers.mail.page import render
from deploy.peers.mail.smtp import Reception

router = APIRouter()


def mailbox_of(request: Request) -> Mailbox:
    return cast("Mailbox", request.app.state.mailbox)


TheMailbox = Annotated[Mailbox, Depends(mailbox_of)]


@router.get("/", response_class=HTMLResponse)
async def outbox(mailbox: TheMailbox) -> str:
    return render(mailbox.find())


@router.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/api/messages")
async def messages(mailbox: TheMailbox, to: str | None = None) -> list[Mail]:
    return mailbox.find(to)


@router.delete("/api/messages", status_code=204)
async def clear(mailbox: TheMailbox) -> None:
    mailbox.clear()


@router.post("/api/faults")
async def set_fault(fault: Fault, mailbox: TheMailbox) -> Fault:
    mailbox.fault = fault
    return fault


def create_app(host: str, smtp_port: int) -> FastAPI:
    mailbox = Mailbox()

    def reception() -> SMTP:
        """Make the protocol of one connection."""
        loop = asyncio.get_running_loop()
        return SMTP(Reception(mailbox), enable_SMTPUTF8=True, hostname="mail.example", loop=loop)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        server = await asyncio.get_running_loop().create_server(reception, host, smtp_port)
        yield
        server.close()

    app = FastAPI(title="Mail peer", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.mailbox = mailbox
    app.include_router(router)
    return app
