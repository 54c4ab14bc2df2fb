"""Delivers events: signed, at least once, again and again until somebody takes them."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterable

import httpx2

from deploy.peers.payments.deliveries import Deliveries, Delivery, Mode
from deploy.peers.payments.documents import Documents
from deploy.peers.payments.shapes import Event, now

# So long the events of one request may gather before they are sent the wrong way round.
GATHERING = 0.2
PATIENCE = 5.0


def signature(payload: str, secret: str, moment: int) -> str:
    """Sign as Stripe does: the moment is signed too, so that nothing can be replayed later."""
    signed = f"{moment}.{payload}".encode()
    return f"t={moment},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


class Sender:
    """Sends what is due: in order within a payment, side by side between payments."""

    def __init__(
        self, deliveries: Deliveries, events: Documents[Event], url: str, secret: str
    ) -> None:
        self._deliveries = deliveries
        self._events = events
        self._url = url
        self._secret = secret

    async def run(self) -> None:
        async with httpx2.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            while True:
                if self._deliveries.mode is Mode.REORDER:
                    await asyncio.sleep(GATHERING)
                due = self._deliveries.due()
                payments: dict[str, list[Delivery]] = {}
                for delivery in due:
                    payments.setdefault(delivery.intent_id, []).append(delivery)
                await asyncio.gather(*(self._send(client, some) for some in payments.values()))
                if not due:
                    await self._deliveries.wait()

    async def _send(self, client: httpx2.AsyncClient, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            event = self._events.get(delivery.event_id)
            times = 2 if self._deliveries.mode is Mode.DUPLICATE else 1
            taken = [await self._is_taken(client, event) for _ in range(times)]
            if all(taken):
                self._deliveries.finish(delivery)
            else:
                self._deliveries.postpone(delivery)

    async def _is_taken(self, client: httpx2.AsyncClient, event: Event) -> bool:
        payload = json.dumps(event.model_dump(mode="json"), ensure_ascii=False)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(payload, self._secret, now()),
        }
        try:
            answer = await client.post(self._url, content=payload.encode(), headers=headers)
        except httpx2.HTTPError:
            return False
        return answer.is_success
