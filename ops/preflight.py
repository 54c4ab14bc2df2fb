"""What this machine must have before anything can start."""

import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

from ops import postgres, temporal
from ops.processes import ChildFailedError, free_port


@dataclass(frozen=True)
class Check:
    name: str
    is_ok: bool
    told: str


def run() -> list[Check]:
    """Look for everything; the checks need nothing to be running."""
    return [
        Check("Python", sys.version_info >= (3, 11), sys.version.split()[0]),
        found("PostgreSQL", lambda: str(postgres.binaries())),
        found("Temporal", lambda: describe(temporal.binary())),
        Check(
            "mail peer",
            importlib.util.find_spec("aiosmtpd") is not None,
            "aiosmtpd, a wheel of the development lock: `make install`",
        ),
        found("ports", lambda: f"free from {free_port(8000)} on"),
        Check("user", is_ok=True, told=as_whom()),
    ]


def found(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, is_ok=True, told=look())
    except (
        postgres.PostgresMissingError,
        temporal.TemporalMissingError,
        ChildFailedError,
    ) as missing:
        return Check(name, is_ok=False, told=str(missing))


def describe(binary: str) -> str:
    return f"{binary}, version {'.'.join(map(str, temporal.version_of(binary)))}"


def as_whom() -> str:
    if os.geteuid() == 0:
        return (
            f"root: PostgreSQL will run as the system user {postgres.SYSTEM_USER}, made if missing,"
            " and the folders on its way are opened for reading"
        )
    return "an ordinary one"
