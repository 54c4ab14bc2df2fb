"""A gateway with which something happens before it is asked, or before it is heard."""

from collections.abc import Awaitable, Callable

from typing_extensions import override

from activities.payments.contract import Attempt
from activities.payments.gateway import Intent, Payment
from activities.payments.stripe_gateway import StripeGateway
from tests.deploy.peers import SECRET_KEY

Happens = Callable[[], Awaitable[None]]


async def nothing() -> None:
    """Let the gateway be asked, and hear its answer, as if nothing happened meanwhile."""


class Interrupted(StripeGateway):
    """Stops where a worker may be stopped: around each call."""

    def __init__(self, url: str, *, first: Happens = nothing, then: Happens = nothing) -> None:
        super().__init__(SECRET_KEY, url)
        self._first, self._then = first, then

    @override
    async def open(self, payment: Payment, process: str, attempt: Attempt) -> Intent:
        await self._first()
        intent = await super().open(payment, process, attempt)
        await self._then()
        return intent

    @override
    async def open_authorised(
        self, payment: Payment, method: str, process: str, attempt: Attempt
    ) -> Intent:
        await self._first()
        intent = await super().open_authorised(payment, method, process, attempt)
        await self._then()
        return intent

    @override
    async def authorise(self, payment: Payment, method: str, part: str, attempt: Attempt) -> Intent:
        await self._first()
        intent = await super().authorise(payment, method, part, attempt)
        await self._then()
        return intent

    @override
    async def capture(self, payment: Payment, part: str, attempt: Attempt) -> Intent:
        await self._first()
        intent = await super().capture(payment, part, attempt)
        await self._then()
        return intent

    @override
    async def cancel(self, payment: Payment, attempt: Attempt) -> Intent | None:
        await self._first()
        intent = await super().cancel(payment, attempt)
        await self._then()
        return intent
