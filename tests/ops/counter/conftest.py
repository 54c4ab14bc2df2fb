"""The API as its own tests make it, on a port of its own."""

from tests.api.conftest import (
    app,
    apps,
    booked,
    clerk,
    desk,
    hospital,
    parts,
    passwords,
    patient,
    processes,
    readers,
    reception,
    signing_keys,
    users,
)
from tests.ops.counter.people import counter

__all__ = [
    "app",
    "apps",
    "booked",
    "clerk",
    "counter",
    "desk",
    "hospital",
    "parts",
    "passwords",
    "patient",
    "processes",
    "readers",
    "reception",
    "signing_keys",
    "users",
]
