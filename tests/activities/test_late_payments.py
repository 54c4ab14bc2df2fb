"""Steps that come late, or together: nothing stays reserved, and no transaction waits for them."""

import asyncio

import pytest

from activities.contract import Undone
from tests.activities.interrupted import Interrupted
from tests.activities.till import Till, a_first_try, a_payment, an_authorisation, of
from tests.conftest import EngineOf
from tests.examples import a_process

# What httpx says of Stripe's own SDK.


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


@pytest.mark.parametrize("moment", ["first", "then"])
async def test_a_first_try_that_comes_after_its_void_leaves_nothing_reserved(
    till: Till, moment: str
) -> None:
    payment = a_payment()
    gateway = Interrupted(till.peer.url, **{moment: lambda: till.do(till.door.void, payment)})

    with pytest.raises(Undone):
        await till.do(till.before(gateway).authorise, a_first_try(payment))

    account = till.account(payment.payment_id)
    assert (account.status, account.authorised) == ("canceled", 0)
    await gateway.close()


async def test_attempts_at_the_same_time_open_one_payment(till: Till) -> None:
    payment = a_payment()

    opened = await asyncio.gather(*(till.do(till.door.open_payment, payment) for _ in range(6)))

    assert len(set(opened)) == 1
    assert till.account(payment.payment_id).status == "requires_payment_method"


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

    assert len(held) == 6
    assert all("Current Checked out connections: 0" in status for status in held)
    await gateway.close()
