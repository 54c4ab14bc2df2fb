"""Peers as processes of their own, and somebody who listens to their webhooks."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from uuid import uuid4

import httpx2
import stripe
from typing_extensions import override

SECRET_KEY = "sk_test_peer"  # noqa: S105 - opens nothing but a process of this test
WEBHOOK_SECRET = "whsec_peer"  # noqa: S105 - likewise
PATIENCE = 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return cast("int", probe.getsockname()[1])


def eventually(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class Peer:
    """A peer's process and the HTTP side of it."""

    def __init__(self, module: str, port: int, *options: str) -> None:
        self._command = [sys.executable, "-m", module, *options]
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx2.Client(base_url=self.url, trust_env=False)
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        self.process = subprocess.Popen(self._command)  # noqa: S603 - our own interpreter
        eventually(self._is_healthy)
        return self.process

    def _is_healthy(self) -> bool:
        assert self.process.poll() is None, "the peer ended before it was ready"
        try:
            return self.http.get("/health").is_success
        except httpx2.TransportError:
            return False

    def close(self) -> None:
        self.http.close()
        self.process.terminate()
        self.process.wait(PATIENCE)


class PaymentPeer(Peer):
    """The gateway, seen through the SDK of the real one."""

    def __init__(self, folder: Path, webhook_url: str | None = None) -> None:
        port = free_port()
        options = [
            f"--port={port}",
            f"--database={folder / 'payments.sqlite'}",
            f"--secret-key={SECRET_KEY}",
            f"--webhook-secret={WEBHOOK_SECRET}",
        ]
        if webhook_url:
            options.append(f"--webhook-url={webhook_url}")
        super().__init__("deploy.peers.payments", port, *options)
        self._transport = stripe.HTTPXClient(timeout=5, allow_sync_methods=True)
        self.stripe = self._client(self._transport)

    def _client(self, transport: stripe.HTTPXClient) -> stripe.StripeClient:
        return stripe.StripeClient(
            SECRET_KEY,
            base_addresses={"api": self.url},
            max_network_retries=0,
            http_client=transport,
        )

    @asynccontextmanager
    async def asynchronous(self) -> AsyncIterator[stripe.StripeClient]:
        transport = stripe.HTTPXClient(timeout=5)
        yield self._client(transport)
        await transport.close_async()  # type: ignore[no-untyped-call] # the SDK forgot its type

    @override
    def close(self) -> None:
        self._transport.close()  # type: ignore[no-untyped-call] # the SDK forgot its type
        super().close()

    def control(self, path: str, **body: object) -> httpx2.Response:
        return self.http.post(f"/_control/{path}", json=body).raise_for_status()

    def account(self, intent_id: str) -> dict[str, int]:
        """Look into the gateway's own books."""
        books = self.http.get("/_control/intents").raise_for_status().json()
        (account,) = [entry for entry in books["data"] if entry["id"] == intent_id]
        return {name: account[name] for name in ("authorised", "captured", "refunded")}

    def times_executed(self, key: str) -> int:
        log = self.http.get("/_control/log").raise_for_status().json()
        return len([entry for entry in log if entry["key"] == key and not entry["replayed"]])

    def authorise(
        self, method: str = "pm_card_visa", *, key: str | None = None, amount: int = 5000
    ) -> stripe.PaymentIntent:
        return self.stripe.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": "eur",
                "capture_method": "manual",
                "confirm": True,
                "payment_method": method,
            },
            {"idempotency_key": key or a_key()},
        )

    def charge(self, method: str = "pm_card_visa", amount: int = 5000) -> stripe.PaymentIntent:
        return self.stripe.v1.payment_intents.capture(self.authorise(method, amount=amount).id)


def a_key() -> str:
    return f"key-{uuid4()}"


class Receiver:
    """Takes webhooks as a shop does: verifies them, and refuses some when told to."""

    def __init__(self) -> None:
        self.events: list[stripe.Event] = []
        self.refusals = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(body, self.headers["Stripe-Signature"]))
                self.end_headers()

            @override
            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: what arrived is in `events`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/payments"

    def take(self, body: bytes, signature: str) -> int:
        event = stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET)
        if self.refusals:
            self.refusals -= 1
            return 500
        self.events.append(event)
        return 200

    def about(self, intent_id: str) -> list[stripe.Event]:
        return [event for event in self.events if intent_id in str(event.data.object)]

    def types(self, intent_id: str) -> list[str]:
        return [event.type for event in self.about(intent_id)]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
