"""What the clock starts: registered once, brought up to date at every set-up."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import Priority, SearchAttributePair, TypedSearchAttributes

from workflows.appointment_lifecycle import SAGAS
from workflows.audit_invariants import AuditInvariantsWorkflow
from workflows.reconcile_payments import ReconcilePaymentsWorkflow
from workflows.saga import STATE, SagaState
from workflows.scheduled import ScheduledWorkflow
from workflows.ship_audit import ShipAuditWorkflow
from workflows.sweep_holds import SweepHoldsWorkflow

MINUTE = timedelta(minutes=1)
CATCH_UP = 10 * MINUTE
"""A turn that was missed for longer is left out: the next one does its work too."""
AFTER_HOURS = ScheduleSpec(
    calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(1)], minute=[ScheduleRange(30)])],
    time_zone_name="UTC",
)


def every(interval: timedelta) -> ScheduleSpec:
    return ScheduleSpec(intervals=[ScheduleIntervalSpec(every=interval)], time_zone_name="UTC")


SCHEDULES: dict[str, tuple[type[ScheduledWorkflow[Any]], ScheduleSpec]] = {
    "sweep-holds": (SweepHoldsWorkflow, every(MINUTE)),
    "ship-audit": (ShipAuditWorkflow, every(MINUTE)),
    "reconcile-payments": (ReconcilePaymentsWorkflow, AFTER_HOURS),
    # It anchors the chains every hour, and looks at everything in one of them.
    "audit-invariants": (AuditInvariantsWorkflow, every(60 * MINUTE)),
}


async def register(client: Client) -> AsyncIterator[str]:
    """Make each schedule or bring it up to date, and say which. What somebody paused stays so.

    Nothing is sent along but names and times, so it needs no key of the codec.
    """
    for name, (process, spec) in SCHEDULES.items():
        wanted = schedule_of(name, process, spec)
        try:
            await client.create_schedule(name, wanted)
        except ScheduleAlreadyRunningError:
            await client.get_schedule_handle(name).update(partial(renewed, wanted))
            yield f"{name}: up to date"
        else:
            yield f"{name}: registered"


def schedule_of(name: str, process: type[ScheduledWorkflow[Any]], spec: ScheduleSpec) -> Schedule:
    action = ScheduleActionStartWorkflow(
        process.__name__,
        id=name,
        task_queue=SAGAS,
        task_timeout=timedelta(seconds=5),
        priority=Priority(priority_key=5),
        typed_search_attributes=TypedSearchAttributes(
            [SearchAttributePair(STATE, SagaState.RUNNING)]
        ),
    )
    policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP)
    return Schedule(action=action, spec=spec, policy=policy)


def renewed(wanted: Schedule, now: ScheduleUpdateInput) -> ScheduleUpdate:
    wanted.state = now.description.schedule.state
    return ScheduleUpdate(schedule=wanted)
