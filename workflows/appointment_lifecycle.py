"""What a booked visit waits for: its reminders, and the end of its grace."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from temporalio import workflow

from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import AppointmentStatus, SlotOf, VisitNow
from activities.contract import Message
from activities.notifications.activities import NotificationActivities
from activities.offers import Terms
from workflows.children import begin
from workflows.mark_no_show import MarkNoShow, MarkNoShowWorkflow
from workflows.messages import about_visit, card_of, id_for
from workflows.saga_workflow import Outcome, SagaWorkflow
from workflows.services import appointments, notifications

SAGAS, LIFECYCLES = "sagas", "lifecycles"
MINUTE = timedelta(minutes=1)
TRY_AGAIN = 15 * MINUTE
AHEAD = (AppointmentStatus.HELD, AppointmentStatus.BOOKED)


class Lifecycle(Message):
    """A booked visit, and the terms that say what is due before and after it."""

    appointment_id: UUID
    slot_start: datetime
    slot_end: datetime
    terms: Terms

    def dues(self) -> Iterator["Due"]:
        for minutes in self.terms.reminder_minutes:
            yield Due(self.slot_start - minutes * MINUTE, reminds_before=minutes)
        yield Due(self.slot_end + self.terms.no_show_grace_minutes * MINUTE)

    def first_after(self, reached: datetime) -> "Due":
        """Tell what is due next: a no-show that could not be marked is tried again and again."""
        ahead = (due for due in self.dues() if due.at > reached)
        return min(ahead, key=lambda due: due.at, default=Due(reached + TRY_AGAIN))


@dataclass(frozen=True)
class Due:
    """A reminder, so many minutes before the visit; without them, the end of its grace."""

    at: datetime
    reminds_before: int | None = None


class Ended(Message):
    """The last thing that was known of the visit."""

    status: AppointmentStatus


@workflow.defn(name="AppointmentLifecycleWorkflow")
class AppointmentLifecycleWorkflow(SagaWorkflow[Ended]):
    """Only timers: whatever it does, it reads the truth first. Ends when the visit is over."""

    object_type = "appointment"
    acts_by_itself = True

    def __init__(self) -> None:
        super().__init__()
        self._changes = 0
        self._turn = 0
        # Nothing here can be undone, and nothing should be.
        self.saga.pivoted, self.saga.stoppable = True, False

    @workflow.run
    async def run(self, request: Lifecycle) -> Outcome[Ended]:
        return await self.settle(self._live(request))

    @workflow.signal(description="The visit has changed: read it again")
    def changed(self) -> None:
        self._changes += 1

    async def _live(self, visit: Lifecycle) -> None:
        # Reminders are sent beside the loop: a mail server that is down must not hide that the
        # visit has changed.
        async with asyncio.TaskGroup() as reminders:
            status = await self._watch(visit, reminders)
        self.answer(Ended(status=status))

    async def _watch(self, visit: Lifecycle, reminders: asyncio.TaskGroup) -> AppointmentStatus:
        """Do what is due, until the visit is over."""
        reached = workflow.now()
        while True:
            due = visit.first_after(reached)
            is_due = await self._comes(due)
            now = await self._read(visit)
            if now and now.status not in AHEAD:
                return now.status
            if now and now.visit.slot_start != visit.slot_start:
                # Only what is still ahead of the new time is of any use.
                visit, reached = moved(visit, now), workflow.now()
            elif is_due:
                reached = due.at
                if now and due.reminds_before is None:
                    await self._begin_no_show(now)
                elif now and due.reminds_before and workflow.now() < now.visit.slot_start:
                    reminders.create_task(self._remind(due.reminds_before, now))

    async def _comes(self, due: Due) -> bool:
        """Wait until it is due: false, when the visit has changed before."""
        seen = self._changes
        try:
            await workflow.wait_condition(
                lambda: self._changes > seen,
                timeout=max(due.at - workflow.now(), timedelta()),
                timeout_summary="next due",
            )
        except TimeoutError:
            return True
        return False

    async def _read(self, visit: Lifecycle) -> VisitNow | None:
        self._turn += 1
        asked = SlotOf(appointment_id=visit.appointment_id, part=str(self._turn))
        return await self.saga.finish(appointments, AppointmentActivities.read_visit, asked)

    async def _begin_no_show(self, now: VisitNow) -> None:
        appointment_id = now.visit.appointment_id
        await begin(
            MarkNoShowWorkflow.run,
            MarkNoShow(appointment_id=appointment_id),
            id=f"noshow-{appointment_id}-{id_for(f'no-show:{self._turn}')}",
            task_queue=SAGAS,
            about={"AppointmentId": str(appointment_id)},
        )

    async def _remind(self, minutes: int, now: VisitNow) -> object:
        occurrence = f"{minutes}-{now.visit.slot_start:%Y%m%dT%H%MZ}"
        message = about_visit("reminder", card_of(now), occurrence)
        return await self.saga.finish(notifications, NotificationActivities.send, message)


def moved(visit: Lifecycle, now: VisitNow) -> Lifecycle:
    return visit.model_copy(
        update={
            "slot_start": now.visit.slot_start,
            "slot_end": now.slot_end,
            "terms": now.terms,
        }
    )


def lifecycle_of(now: VisitNow) -> Lifecycle:
    return Lifecycle(
        appointment_id=now.visit.appointment_id,
        slot_start=now.visit.slot_start,
        slot_end=now.slot_end,
        terms=now.terms,
    )


async def begin_lifecycle(visit: Lifecycle) -> None:
    """Start the visit's own life; it outlives the booking. Started already is fine."""
    await begin(
        AppointmentLifecycleWorkflow.run,
        visit,
        id=f"appointment-{visit.appointment_id}",
        task_queue=LIFECYCLES,
        about={"AppointmentId": str(visit.appointment_id)},
    )
