"""A step that comes after its undo leaves nothing reserved, and no transaction waits for it."""

from collections.abc import Awaitable, Callable

import pytest
from typing_extensions import override

from activities.contract import Undone
from activities.payments.contract import Attempt
from activities.payments.gateway import Intent, Payment
from activities.payments.stripe_gateway import StripeGateway
from tests.activities.till import Till, a_payment, an_authorisation, of
from tests.conftest import EngineOf
from tests.deploy.peers import SECRET_KEY
from tests.examples import a_process

# What httpx says of Stripe's own SDK.

Happens = Callable[[], Awaitable[None]]


async def nothing() -> None:
    """Let the gateway be asked, and hear its answer, as if nothing happened meanwhile."""


class Interrupted(StripeGateway):
    """A gateway with which something happens before it is asked, or before it is heard."""

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
    async def authorise(self, payment: Payment, method: str, part: str, attempt: Attempt) -> Intent:
        await self._first()
        intent = await super().authorise(payment, method, part, attempt)
        await self._then()
        return intent

    @override
    async def capture(self, payment: Payment, part: str, attempt: Attempt) -> Intent:
        await self._first()
        return await super().capture(payment, part, attempt)


@pytest.mark.parametrize("moment", ["first", "then"])
async def test_a_payment_that_is_opened_after_its_void_voids_itself(
    till: Till, moment: str
) -> None:
    payment = a_payment()
    gateway = Interrupted(till.peer.url, **{moment: lambda: till.do(till.door.void, payment)})

    with pytest.raises(Undone):
        await till.do(till.before(gateway).open_payment, payment)

    assert till.account(payment.payment_id).status == "canceled"
    await gateway.close()


@pytest.mark.parametrize("moment", ["first", "then"])
async def test_money_that_is_reserved_after_the_void_does_not_stay_reserved(
    till: Till, moment: str
) -> None:
    payment = a_payment()
    await till.do(till.door.open_payment, payment)
    gateway = Interrupted(till.peer.url, **{moment: lambda: till.do(till.door.void, payment)})

    with pytest.raises(Undone):
        await till.do(till.before(gateway).authorise, an_authorisation(payment))

    account = till.account(payment.payment_id)
    assert (account.status, account.authorised) == ("canceled", 0)
    await gateway.close()


async def test_what_a_late_attempt_reserved_it_lets_go_itself(till: Till) -> None:
    payment = a_payment()
    await till.do(till.door.open_payment, payment)

    async def bury() -> None:
        """Die between the tombstone and the gateway."""
        await till.service.begin_void(a_process(), payment)

    gateway = Interrupted(till.peer.url, then=bury)
    with pytest.raises(Undone):
        await till.do(till.before(gateway).authorise, an_authorisation(payment))

    assert till.account(payment.payment_id).authorised == 0
    await gateway.close()


async def test_a_try_after_the_void_is_refused_before_the_gateway_is_asked(till: Till) -> None:
    payment = a_payment()
    await till.do(till.door.open_payment, payment)
    await till.do(till.door.void, payment)

    for part in ("a1", "a2"):
        with pytest.raises(Undone):
            await till.do(till.door.authorise, an_authorisation(payment, part=part))

    assert till.peer.times_executed(f"{payment.payment_id}:a1") == 0


async def test_no_connection_is_held_while_the_gateway_is_asked(
    till: Till, engine_of: EngineOf
) -> None:
    payment = a_payment()
    held: list[str] = []

    async def look() -> None:
        held.append(engine_of("payments").pool.status())

    gateway = Interrupted(till.peer.url, first=look, then=look)
    door = till.before(gateway)
    await till.do(door.open_payment, payment)
    await till.do(door.authorise, an_authorisation(payment))
    await till.do(door.capture, of(payment, "a1"))

    assert len(held) == 5
    assert all("Current Checked out connections: 0" in status for status in held)
    await gateway.close()
