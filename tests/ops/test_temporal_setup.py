"""`hms temporal setup` makes a server ready for our processes."""

import asyncio
import os
import subprocess
import sys
from datetime import timedelta
from uuid import uuid4

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from ops.namespace import KEYWORD
from ops.processes import free_port
from ops.schedules import SCHEDULES
from ops.temporal import ATTRIBUTES
from tests.conftest import TEMPORAL
from tests.ops.conftest import Hms
from workers.workflows import PROCESSES


def a_namespace() -> dict[str, str]:
    return {"TEMPORAL_ADDRESS": os.environ[TEMPORAL], "TEMPORAL_NAMESPACE": f"made-{uuid4()}"}


async def kept_for(client: Client, namespace: str) -> timedelta:
    described = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=namespace)
    )
    return described.config.workflow_execution_retention_ttl.ToTimedelta()


async def test_a_new_namespace_keeps_what_ended_and_can_be_searched(
    client: Client, hms: Hms
) -> None:
    where = a_namespace()

    result = await hms("temporal", "setup", **where)

    assert result.exit_code == 0, result.output
    namespace = where["TEMPORAL_NAMESPACE"]
    assert await kept_for(client, namespace) == timedelta(days=30)
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=namespace)
    )
    assert {name: listed.custom_attributes[name] for name in ATTRIBUTES} == dict.fromkeys(
        ATTRIBUTES, KEYWORD
    )


async def test_it_may_be_run_again_and_then_changes_what_differs(client: Client, hms: Hms) -> None:
    where = a_namespace()

    results = [
        await hms("temporal", "setup", "--retention-days", days, **where)
        for days in ("7", "7", "9")
    ]

    assert [result.exit_code for result in results] == [0, 0, 0]
    assert await kept_for(client, where["TEMPORAL_NAMESPACE"]) == timedelta(days=9)


async def test_a_server_that_does_not_answer_is_a_failure(hms: Hms) -> None:
    result = await hms("temporal", "setup", TEMPORAL_ADDRESS=f"127.0.0.1:{free_port()}")

    assert result.exit_code == 1
    assert "127.0.0.1" in result.stderr


def test_the_process_itself_ends_cleanly() -> None:
    """A client that lives until the interpreter ends would abort it, whatever was done."""
    ended = subprocess.run(
        [sys.executable, "-m", "ops.main", "temporal", "setup"],
        env={**os.environ, **a_namespace()},
        capture_output=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr


async def schedules_of(client: Client, namespace: str) -> dict[str, Schedule]:
    async with asyncio.timeout(20):
        there = Client(client.service_client, namespace=namespace)
        return {
            name: (await there.get_schedule_handle(name).describe()).schedule for name in SCHEDULES
        }


async def test_the_clock_starts_what_nobody_asks_for(client: Client, hms: Hms) -> None:
    where = a_namespace()

    result = await hms("temporal", "setup", **where)

    assert [f"{name}: registered" in result.output for name in SCHEDULES] == [True] * 4
    found = await schedules_of(client, where["TEMPORAL_NAMESPACE"])
    for name, schedule in found.items():
        action = schedule.action
        assert isinstance(action, ScheduleActionStartWorkflow)
        assert action.workflow in {process.__name__ for process in PROCESSES}
        assert (action.id, action.task_queue) == (name, "sagas")
        assert action.args == []
        assert schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
        assert schedule.policy.catchup_window == timedelta(minutes=10)
    assert found["sweep-holds"].spec.intervals[0].every == timedelta(minutes=1)
    assert found["audit-invariants"].spec.intervals[0].every == timedelta(hours=1)


async def test_a_paused_schedule_stays_paused_and_a_changed_one_is_as_it_should_be_again(
    client: Client, hms: Hms
) -> None:
    where = a_namespace()
    await hms("temporal", "setup", **where)
    there = Client(client.service_client, namespace=where["TEMPORAL_NAMESPACE"])
    sweep = there.get_schedule_handle("sweep-holds")
    await sweep.pause(note="the databases move")
    await sweep.update(hourly)

    result = await hms("temporal", "setup", **where)

    assert "sweep-holds: up to date" in result.output
    now = (await sweep.describe()).schedule
    assert (now.state.paused, now.state.note) == (True, "the databases move")
    assert now.spec.intervals[0].every == timedelta(minutes=1)


def hourly(now: ScheduleUpdateInput) -> ScheduleUpdate:
    schedule = now.description.schedule
    schedule.spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(hours=1))])
    return ScheduleUpdate(schedule=schedule)
