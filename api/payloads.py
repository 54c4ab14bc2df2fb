"""Temporal's codec protocol: what is sealed in a history is shown to whoever may see it."""

from typing import Any

from cryptography.exceptions import InvalidTag
from google.protobuf import json_format
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from temporalio.api.common.v1 import Payloads as Sealed
from temporalio.converter import DataConverter

from api.problems import Code, Problem

ALLOWED = ("Content-Type", "X-Namespace", "Authorization", "Authorization-Extras")


class Payloads:
    """Opens the payloads of one namespace; those of another are bound to that."""

    def __init__(self, converter: DataConverter, namespace: str) -> None:
        self._codec = converter.payload_codec
        self._namespace = namespace

    async def decode(self, body: bytes, namespace: str) -> dict[str, Any]:
        """Answer in the order of the question, as proto JSON."""
        if namespace != self._namespace or self._codec is None:
            raise Problem(Code.NOT_FOUND)
        asked = Sealed()
        try:
            json_format.Parse(body, asked, ignore_unknown_fields=True)
        except (json_format.ParseError, UnicodeDecodeError, RecursionError):
            raise Problem(Code.MALFORMED_JSON) from None
        try:
            opened = await self._codec.decode(asked.payloads)
        # A key that we don't have, or what nobody has sealed with it.
        except (InvalidTag, KeyError, ValueError):
            raise Problem(Code.VALIDATION_FAILED) from None
        answer: dict[str, Any] = json_format.MessageToDict(Sealed(payloads=opened))
        return answer


class TemporalPage:
    """Lets the pages of Temporal's UI, and no others, ask for payloads: CORS."""

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self._app = app
        self._for_the_page = CORSMiddleware(
            app,
            allow_origins=(origin,),
            allow_methods=("POST",),
            allow_headers=ALLOWED,
            allow_credentials=True,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_codec = scope["type"] == "http" and scope["path"].startswith("/codec/")
        await (self._for_the_page if is_codec else self._app)(scope, receive, send)
