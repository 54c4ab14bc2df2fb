"""Peers that several tests share; who kills one starts one of its own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.peers import PaymentPeer


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hms-peer-") as name:
        yield Path(name)


@pytest.fixture(scope="session")
def gateway() -> Iterator[PaymentPeer]:
    with tempfile.TemporaryDirectory(prefix="hms-peer-") as name:
        peer = PaymentPeer(Path(name))
        yield peer
        peer.close()


@pytest.fixture(autouse=True)
def forgiven(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave no fault behind for the next test."""
    yield
    if "gateway" in request.fixturenames:
        request.getfixturevalue("gateway").http.delete("/_control/faults").raise_for_status()
