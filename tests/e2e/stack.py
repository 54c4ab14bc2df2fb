"""The whole system as tests run it: quickly there, and easily hurt."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from typing_extensions import override

from ops import databases
from ops.postgres import Postgres
from ops.processes import Child
from ops.stack import Stack
from tests.conftest import CACHE, PASSWORD, TEMPLATE
from tests.e2e.people import move_in
from tests.waiting import until
from workers.all import WORKERS

ALL_WORKERS = tuple(f"worker-{name}" for name in WORKERS)
SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=300")
"""What was committed outlives every process, though not the machine."""
COMPILED = {"PYTHONPYCACHEPREFIX": str(CACHE / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
"""A dozen processes start here: where nothing is kept compiled, each would compile all again."""


@dataclass
class QuickStack(Stack):
    """Its databases are copied instead of made; its steps stop where a plan of `halts` says."""

    procs: bool = True
    is_halting: bool = True
    """New workers follow the plan; otherwise they are exactly the product's."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        self.halts = self.folder / "halts"
        self.halts.mkdir(exist_ok=True)
        self.secrets = replace(self.secrets, database=PASSWORD)
        data = self.folder / "postgres"
        self.postgres = Postgres(data, PASSWORD, self.ports["postgres"], SETTINGS)

    @override
    def worker_command(self, name: str) -> list[str]:
        if not self.is_halting:
            return super().worker_command(name)
        return self.python("-m", "tests.chaos.worker", name)

    @override
    def worker_environment(self, name: str) -> dict[str, str]:
        return super().worker_environment(name) | {
            "HMS_TEST_HALTS": str(self.halts),
            # Who stands still keeps a place, and the others must pass.
            f"HMS_{name.upper()}_POOL_SIZE": "24" if self.is_halting else "8",
        }

    @override
    def run(self, name: str, command: list[str], env: Mapping[str, str] | None = None) -> Child:
        return super().run(name, command, {**COMPILED, **(env or {})})

    @override
    async def _start_postgres(self) -> None:
        is_new = not self.postgres.data.exists()
        if is_new:
            copy = ["/bin/cp", "-a", os.environ[TEMPLATE], str(self.postgres.data)]
            subprocess.run(copy, check=True)  # noqa: ASYNC221, S603
            (self.folder / "migrated").write_text(databases.fingerprint())
        await super()._start_postgres()
        if is_new:
            await move_in(self)

    async def hurt(self, *names: str, by: signal.Signals = signal.SIGKILL) -> None:
        """End processes of ours, all at once, and see them gone."""
        children = [self.children[name] for name in names]
        for child in children:
            child.signal(by)
        await until(is_over(children))

    async def heal(self, *names: str) -> None:
        """Start them again, and wait until they answer."""
        await asyncio.gather(*(self.start_one(name) for name in names))

    @asynccontextmanager
    async def without(
        self, *names: str, by: signal.Signals = signal.SIGKILL
    ) -> AsyncIterator[None]:
        """Be without some parts for a while."""
        await self.hurt(*names, by=by)
        try:
            yield
        finally:
            await self.heal(*names)

    def logs(self) -> list[Path]:
        """Name everything that any of the processes wrote for people."""
        return [*(self.folder / "logs").glob("*.log"), self.folder / "postgres.log"]


def is_over(children: list[Child]) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return not any(child.is_running for child in children)

    return look


async def opened(folder: Path, port_base: int) -> QuickStack:
    stack = QuickStack(folder, port_base, say=lambda _: None)
    try:
        await stack.start()
    except BaseException:
        await stack.stop()
        raise
    return stack


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
