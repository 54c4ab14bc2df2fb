"""Events arrive signed and at least once, early or late, in any order that a test wants."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.peers import PaymentPeer, Receiver, eventually

# The SDK hands bytes to httpx in a way that httpx no longer likes.

CHARGED = [
    "payment_intent.created",
    "payment_intent.amount_capturable_updated",
    "payment_intent.succeeded",
]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="module")
def gateway_that_tells(receiver: Receiver) -> Iterator[PaymentPeer]:
    with tempfile.TemporaryDirectory(prefix="hms-peer-") as folder:
        peer = PaymentPeer(Path(folder), receiver.url)
        yield peer
        peer.close()


@pytest.fixture
def shop(gateway_that_tells: PaymentPeer) -> Iterator[PaymentPeer]:
    """Leave the webhooks as every test expects to find them."""
    yield gateway_that_tells
    gateway_that_tells.control("webhooks", mode="normal")


def test_a_charge_and_its_refund_are_told_in_order(shop: PaymentPeer, receiver: Receiver) -> None:
    charged = shop.charge()

    shop.stripe.v1.refunds.create({"payment_intent": charged.id})

    told = [*CHARGED, "refund.created", "charge.refunded"]
    eventually(lambda: receiver.types(charged.id) == told)


def test_what_a_form_in_a_browser_did_is_told(shop: PaymentPeer, receiver: Receiver) -> None:
    opened = shop.stripe.v1.payment_intents.create({"amount": 500, "currency": "eur"})

    shop.control(f"confirm/{opened.id}?payment_method=pm_card_visa")

    eventually(lambda: "payment_intent.succeeded" in receiver.types(opened.id))


def test_an_event_is_sent_again_until_it_is_taken(shop: PaymentPeer, receiver: Receiver) -> None:
    receiver.refusals = 2

    opened = shop.stripe.v1.payment_intents.create({"amount": 500, "currency": "eur"})

    eventually(lambda: receiver.types(opened.id) == ["payment_intent.created"])
    assert receiver.refusals == 0


def test_an_event_that_nobody_took_survives_the_gateway(
    shop: PaymentPeer, receiver: Receiver
) -> None:
    receiver.refusals = 1000
    opened = shop.stripe.v1.payment_intents.create({"amount": 500, "currency": "eur"})
    eventually(lambda: receiver.refusals < 1000)
    shop.process.kill()
    shop.process.wait()
    receiver.refusals = 0

    shop.start()

    eventually(lambda: receiver.types(opened.id) == ["payment_intent.created"])


def test_held_events_come_when_they_are_released(shop: PaymentPeer, receiver: Receiver) -> None:
    shop.control("webhooks", mode="hold")
    charged = shop.charge()
    early = receiver.types(charged.id)

    released = shop.control("webhooks/release").json()

    eventually(lambda: receiver.types(charged.id) == CHARGED)
    assert (early, released) == ([], {"released": 3})


def test_every_event_can_come_twice(shop: PaymentPeer, receiver: Receiver) -> None:
    shop.control("webhooks", mode="duplicate")

    charged = shop.charge()

    eventually(lambda: len(receiver.about(charged.id)) == 6)
    assert len({event.id for event in receiver.about(charged.id)}) == 3


def test_events_can_come_the_wrong_way_round(shop: PaymentPeer, receiver: Receiver) -> None:
    shop.control("webhooks", mode="hold")
    charged = shop.charge()

    shop.control("webhooks", mode="reorder")

    eventually(lambda: receiver.types(charged.id) == CHARGED[::-1])
