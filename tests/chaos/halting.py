"""Stops steps where a test wants them stopped, so that they can be killed there."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor
from typing_extensions import override

from workflows.origin import opened

FOR_EVER = 3600
DIGEST = re.compile(r":[0-9a-f]{8}$")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Moment = Literal["before", "after"]


def step_of(activity_id: str) -> str:
    """Name a step alike in every process: ids differ, and the digest of what is recorded."""
    return DIGEST.sub("", ID.sub("id", activity_id))


@dataclass(frozen=True)
class Plan:
    """Which step of which process is stopped, and whether it has been. A file in `folder`.

    A process is known by its correlation id: its sender chooses that before there is a process.
    """

    folder: Path

    def write(self, halts: Mapping[str, tuple[str, Moment]]) -> None:
        self._file.write_text(json.dumps(halts))

    def halt_of(self, correlation_id: str | None) -> tuple[str, Moment] | None:
        if not self._file.exists():
            return None
        step, moment = json.loads(self._file.read_text()).get(correlation_id, (None, None))
        return step and (step, moment)

    def mark(self, correlation_id: str) -> None:
        (self.folder / f"{correlation_id}.inside").touch()

    def inside(self) -> set[str]:
        """Name the processes that stand still now, inside their step."""
        return {path.stem for path in self.folder.glob("*.inside")}

    @property
    def _file(self) -> Path:
        return self.folder / "plan.json"


class Halting(Interceptor):
    """Given to a worker besides its own interceptors."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    @override
    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Halted(next, self._plan)


class _Halted(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, plan: Plan) -> None:
        super().__init__(next)
        self._plan = plan

    @override
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        process = opened(input.headers).correlation_id or ""
        halt = self._plan.halt_of(process)
        step = step_of(activity.info().activity_id)
        if halt == (step, "before"):
            await self._stand_still(process)
        told = await super().execute_activity(input)
        if halt == (step, "after"):
            await self._stand_still(process)
        return told

    async def _stand_still(self, process: str) -> None:
        self._plan.mark(process)
        await asyncio.sleep(FOR_EVER)
