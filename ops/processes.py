"""Processes that we start, watch and end ourselves, each by its own id."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self


class ChildFailedError(RuntimeError):
    """A process ended before it was ready, or did not become ready in time."""


def free_port(first: int = 0) -> int:
    """Find a free port on loopback: `first`, or the next one that is free; any, when it is 0."""
    for port in range(first, first + 200) if first else [0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ChildFailedError(f"no free port from {first} on")


@dataclass
class Child:
    """A process of ours. It leads a group of its own, so that a Ctrl-C reaches us alone."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
    ) -> Self:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(env or {})},
                user=user,
                group=user,
                extra_groups=[] if user else None,
                start_new_session=True,
            )
        return cls(name, process, log)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        if self.is_running:
            self.process.send_signal(number)

    def tail(self, lines: int = 15) -> str:
        """Give the last lines of what it wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


async def wait_until(
    is_ready: Callable[[], Awaitable[bool]], child: Child, *, seconds: float
) -> None:
    """Wait until a process is ready. Raises `ChildFailedError` with the end of its log."""
    try:
        async with asyncio.timeout(seconds):
            while not await is_ready():
                if not child.is_running:
                    raise ChildFailedError(f"{child.name} ended:\n{child.tail()}")
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise ChildFailedError(
            f"{child.name} is not ready after {seconds} s:\n{child.tail()}"
        ) from None


async def stop(children: Sequence[Child], *, seconds: float) -> None:
    """End processes together: asked first, killed when `seconds` are over."""
    for child in children:
        # A fast shutdown for PostgreSQL, whose SIGTERM waits for every client to leave.
        child.signal(signal.SIGINT if child.name == "postgres" else signal.SIGTERM)
    deadline = asyncio.get_running_loop().time() + seconds
    while any(child.is_running for child in children):
        if asyncio.get_running_loop().time() > deadline:
            for child in children:
                child.signal(signal.SIGKILL)
        await asyncio.sleep(0.02)
