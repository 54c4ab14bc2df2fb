"""What a booked visit waits for: its reminders, and the end of its grace."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import AppointmentStatus, SlotOf
from activities.contract import Message
from workflows.saga import STATE, SagaState
from workflows.saga_workflow import Outcome, SagaWorkflow
from workflows.services import appointments

TASK_QUEUE = "lifecycles"
MINUTE = timedelta(minutes=1)
APPOINTMENT = SearchAttributeKey.for_keyword("AppointmentId")
AHEAD = (AppointmentStatus.HELD, AppointmentStatus.BOOKED)


class Lifecycle(Message):
    """A booked visit, and how long before and after it something is due; in minutes."""

    appointment_id: UUID
    slot_start: datetime
    slot_end: datetime
    reminder_minutes: tuple[int, ...]
    no_show_grace_minutes: int

    def due_times(self) -> Iterator[datetime]:
        for minutes in self.reminder_minutes:
            yield self.slot_start - minutes * MINUTE
        yield self.slot_end + self.no_show_grace_minutes * MINUTE


class Ended(Message):
    """The last thing that was known of the visit."""

    status: AppointmentStatus


@workflow.defn(name="AppointmentLifecycleWorkflow")
class AppointmentLifecycleWorkflow(SagaWorkflow[Ended]):
    """Only timers: whatever it does, it reads the truth first. Ends when the visit is over."""

    object_type = "appointment"

    def __init__(self) -> None:
        super().__init__()
        self._changes = 0
        # Nothing here can be undone, and nothing should be.
        self.saga.pivoted, self.saga.stoppable = True, False

    @workflow.run
    async def run(self, request: Lifecycle) -> Outcome[Ended]:
        return await self.settle(self._live(request))

    @workflow.signal(description="The visit has changed: read it again")
    def changed(self) -> None:
        self._changes += 1

    async def _live(self, visit: Lifecycle) -> None:
        turn, status = 0, AppointmentStatus.BOOKED
        while status in AHEAD and (due := self._next_due(visit)):
            seen = self._changes
            with suppress(asyncio.TimeoutError):
                await workflow.wait_condition(
                    lambda seen=seen: self._changes > seen,  # type: ignore[misc] # of this turn
                    timeout=due - workflow.now(),
                    timeout_summary="next due",
                )
            turn += 1
            now = await self.saga.finish(
                appointments,
                AppointmentActivities.read_visit,
                SlotOf(appointment_id=visit.appointment_id, part=str(turn)),
            )
            if now:
                status = now.status
                visit = visit.model_copy(
                    update={"slot_start": now.slot_start, "slot_end": now.slot_end}
                )
        self.answer(Ended(status=status))

    def _next_due(self, visit: Lifecycle) -> datetime | None:
        now = workflow.now()
        return min((due for due in visit.due_times() if due > now), default=None)


async def begin_lifecycle(visit: Lifecycle) -> None:
    """Start the visit's own life; it outlives the booking. Started already is fine."""
    attributes = TypedSearchAttributes(
        [
            SearchAttributePair(APPOINTMENT, str(visit.appointment_id)),
            SearchAttributePair(STATE, SagaState.RUNNING),
        ]
    )
    with suppress(WorkflowAlreadyStartedError):
        await workflow.start_child_workflow(
            AppointmentLifecycleWorkflow.run,
            visit,
            id=f"appointment-{visit.appointment_id}",
            task_queue=TASK_QUEUE,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            cancellation_type=workflow.ChildWorkflowCancellationType.ABANDON,
            search_attributes=attributes,
            task_timeout=timedelta(seconds=5),
        )
