"""The engine's own price: our workflows, with steps that return at once."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker

from activities.logs import configure
from bench.replies import Answers, Reply
from workers import workflows
from workers.hosting import host, run


def empty(name: str, reply: Reply) -> Callable[..., Any]:
    @activity.defn(name=name)
    async def step(request: dict[str, Any]) -> object:
        return reply(request)

    return step


def workers(client: Client, graceful: timedelta) -> Iterable[Worker]:
    """Host the workflows as we do, and a queue of empty steps per service."""
    yield from workflows.workers(client, graceful)
    replies = Answers().replies()
    for queue in sorted({name.partition(".")[0] for name in replies}):
        yield Worker(
            client,
            task_queue=queue,
            activities=[
                empty(name, reply)
                for name, reply in replies.items()
                if name.startswith(f"{queue}.")
            ],
            activity_task_poller_behavior=PollerBehaviorAutoscaling(),
            graceful_shutdown_timeout=graceful,
        )


async def main() -> None:
    await host("bench-floor", [], workers)


if __name__ == "__main__":
    configure("bench-floor")
    run(main)
