"""Hosts services and workflows in one process, until it is asked to stop."""

import asyncio
import gc
import inspect
import signal
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
import uvicorn
import uvloop
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.worker import Interceptor, PollerBehaviorAutoscaling, Worker, WorkerTuner

from workers.health import health_app
from workers.refusals import StepInterceptor
from workflows.connection import connect

log = structlog.get_logger()


class Hosting(BaseSettings):
    """Settings of a worker process: `HMS_WORKER_…`."""

    model_config = SettingsConfigDict(env_prefix="HMS_WORKER_")

    host: str = "127.0.0.1"
    port: int = 0
    """Where health and metrics are served; 0 serves none."""
    graceful_seconds: float = 20
    """How long running steps may take to end when the process is asked to stop."""


@dataclass(frozen=True)
class Hosted:
    """One service: its queue, its door, and the pool that bounds how much it does at once."""

    name: str
    task_queue: str
    door: object
    engine: AsyncEngine
    slots: int
    close: Callable[[], Awaitable[None]] | None = None
    """Lets go of what the door holds of the outside world."""
    interceptors: Sequence[Interceptor] = (StepInterceptor(),)

    def activities(self) -> list[Callable[..., Any]]:
        """Find every step of the door."""
        return [
            method
            for _, method in inspect.getmembers(self.door, inspect.ismethod)
            if hasattr(method, "__temporal_activity_definition")
        ]

    def worker(self, client: Client, graceful: timedelta) -> Worker:
        return Worker(
            client,
            task_queue=self.task_queue,
            activities=self.activities(),
            interceptors=self.interceptors,
            tuner=WorkerTuner.create_fixed(activity_slots=self.slots),
            activity_task_poller_behavior=PollerBehaviorAutoscaling(),
            graceful_shutdown_timeout=graceful,
        )


MakeWorkers = Callable[[Client, timedelta], Iterable[Worker]]


async def host(name: str, services: Sequence[Hosted], workflows: MakeWorkers | None = None) -> None:
    """Run workers until SIGTERM or SIGINT, then let their running steps end."""
    settings = Hosting()
    graceful = timedelta(seconds=settings.graceful_seconds)
    client = await connect(name)
    workers = [hosted.worker(client, graceful) for hosted in services]
    workers += workflows(client, graceful) if workflows else []
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as stack:
        if settings.port:
            app = health_app(client, [hosted.engine for hosted in services])
            await stack.enter_async_context(served(app, settings))
        for worker in workers:
            await stack.enter_async_context(worker)
        log.info("workers_started", queues=sorted(w.task_queue for w in workers))
        await stopping.wait()
        log.info("workers_stopping")
        # All at once: each waits for its own steps.
        await asyncio.gather(*(worker.shutdown() for worker in workers))
    for hosted in services:
        await hosted.engine.dispose()
        if hosted.close:
            await hosted.close()


class served:  # noqa: N801 - it reads as a verb where it is used
    """Serves an app in this process's own loop."""

    def __init__(self, app: Any, settings: Hosting) -> None:  # noqa: ANN401 - an ASGI app
        config = uvicorn.Config(
            app, host=settings.host, port=settings.port, log_config=None, access_log=False
        )
        self._server = uvicorn.Server(config)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._server._serve())  # noqa: SLF001 - without its signals

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        if self._task:
            with suppress(asyncio.CancelledError):
                await self._task


def run(main: Callable[[], Any]) -> None:
    """Run a process to its end, and leave with a clean exit code.

    A Temporal client that is still referenced when the interpreter ends aborts it (exit 134).
    """
    uvloop.run(main())
    gc.collect()
