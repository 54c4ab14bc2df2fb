"""The outermost shell: what is too large is refused unread, and every answer is marked."""

from collections.abc import Iterable

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Code, Problem, rendered

log = structlog.get_logger()

LARGEST_BODY = 64 * 1024
LARGEST_HEADERS, MOST_HEADERS = 8 * 1024, 100
LONGEST_QUERY = 2 * 1024

ALWAYS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
IN_PRODUCTION = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class Shell:
    """Wraps the finished app: what it refuses, and what fails inside, is a problem too."""

    def __init__(self, app: ASGIApp, public_url: str, *, is_production: bool) -> None:
        self._app = app
        self._public_url = public_url
        self._headers = {**ALWAYS, **(IN_PRODUCTION if is_production else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        is_begun = False

        async def marked(message: Message) -> None:
            nonlocal is_begun
            if message["type"] == "http.response.start":
                is_begun = True
                headers = MutableHeaders(raw=message["headers"])
                for name, value in {**self._headers, **scope["state"].get("headers", {})}.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            body = await read_within_limits(scope, receive)
            await self._app(scope, again(body, receive), marked)
        except Problem as problem:
            await rendered(problem, self._public_url, "/")(scope, receive, marked)
        except Exception as error:  # noqa: BLE001 - the last one who can answer
            # The inner handler has answered and raised it again; its text may hold a request.
            if not is_begun:
                log.error("shell_failed", error=type(error).__name__)  # noqa: TRY400
                broken = Problem(Code.INTERNAL_ERROR)
                await rendered(broken, self._public_url, "/")(scope, receive, marked)


async def read_within_limits(scope: Scope, receive: Receive) -> bytes:
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    size = sum(len(name) + len(value) for name, value in headers)
    if size > LARGEST_HEADERS or len(scope["headers"]) > MOST_HEADERS:
        raise Problem(Code.HEADERS_TOO_LARGE)
    if len(scope.get("query_string", b"")) > LONGEST_QUERY:
        raise Problem(Code.QUERY_TOO_LONG)
    told = Request(scope).headers.get("content-length", "0")
    if not told.isascii() or not told.isdigit():
        raise Problem(Code.BAD_HEADER)
    if int(told) > LARGEST_BODY:
        raise Problem(Code.BODY_TOO_LARGE)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise Problem(Code.BODY_TOO_LARGE)
        if not message.get("more_body"):
            return bytes(body)


def again(body: bytes, receive: Receive) -> Receive:
    """Give the body once more, in one piece; then what comes after it."""
    is_given = False

    async def once_more() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once_more
