"""The outside world: what it was asked, and what it is told to do next."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from httpx2 import AsyncClient

PENCE = 100


@dataclass(frozen=True)
class Account:
    """One payment as the gateway's accountant sees it; amounts in whole pence."""

    id: str
    payment_id: str
    status: str
    authorised: int
    captured: int
    refunded: int
    refund_pending: int

    @property
    def net(self) -> Decimal:
        return Decimal(self.captured - self.refunded) / PENCE


class Gateway:
    """The controls of the payment peer, and what whoever has its key can do there by hand."""

    def __init__(self, url: str, key: str) -> None:
        self._http = AsyncClient(base_url=f"{url}/_control", timeout=10, trust_env=False)
        self._by_hand = f"{url}/v1", {"Authorization": f"Bearer {key}"}

    async def close(self) -> None:
        await self._http.aclose()

    async def fail(
        self, step: str, kind: str, *, seconds: float = 0, times: int = 1, **about: str
    ) -> None:
        """Let something go wrong, for one process or payment, or for whoever comes first."""
        fault = {"match": step, "kind": kind, "seconds": seconds, "times": times}
        await self._post("/faults", {**fault, "metadata": about})

    async def faults_left(self) -> int:
        return len((await self._http.get("/faults")).raise_for_status().json())

    async def forget_faults(self) -> None:
        (await self._http.delete("/faults")).raise_for_status()

    async def confirm(self, intent: str, method: str = "pm_card_visa") -> None:
        """Pay in the gateway's own form."""
        await self._post(f"/confirm/{intent}?payment_method={method}")

    async def authenticate(self, intent: str) -> None:
        """Do what the bank asked the holder of the card to do."""
        await self._post(f"/authenticate/{intent}")

    async def capture(self, intent: str) -> None:
        """Take what is reserved, as somebody does on the gateway's own pages."""
        url, headers = self._by_hand
        answer = await self._http.post(f"{url}/payment_intents/{intent}/capture", headers=headers)
        answer.raise_for_status()

    async def settle(self, refund: str, status: str = "succeeded") -> None:
        """End a refund that the bank took its time for."""
        await self._post(f"/refunds/{refund}/settle?status={status}")

    async def deliver(self, mode: str) -> None:
        await self._post("/webhooks", {"mode": mode})

    async def accounts(self) -> list[Account]:
        books = (await self._http.get("/intents")).raise_for_status().json()
        names = ("id", "status", "authorised", "captured", "refunded", "refund_pending")
        return [
            Account(payment_id=one["metadata"]["payment_id"], **{name: one[name] for name in names})
            for one in books["data"]
        ]

    async def captures(self, intent: str) -> int:
        """Count how often money was really taken."""
        log = (await self._http.get("/log")).raise_for_status().json()
        path = f"/v1/payment_intents/{intent}/capture"
        return len(
            [
                entry
                for entry in log
                if entry["path"] == path and entry["status"] == 200 and not entry["replayed"]
            ]
        )

    async def _post(self, path: str, body: dict[str, Any] | None = None) -> None:
        (await self._http.post(path, json=body)).raise_for_status()


class Mailbox:
    """What was really sent."""

    def __init__(self, url: str) -> None:
        self._http = AsyncClient(base_url=url, timeout=10, trust_env=False)

    async def close(self) -> None:
        await self._http.aclose()

    async def mails(self) -> list[dict[str, Any]]:
        """Read every mail; `about` is the id of the notification that it is."""
        mails = (await self._http.get("/api/messages")).raise_for_status().json()
        return [mail | {"about": mail["id"].strip("<>").partition("@")[0]} for mail in mails]
