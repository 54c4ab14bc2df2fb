"""The processes whose workers are killed: how each is begun, and how it may end."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from tests.chaos.halting import step_of
from tests.e2e.desk import Order, card, pounds
from tests.e2e.diary import Visit
from tests.e2e.hospital import TOTAL, Hospital
from tests.e2e.people import DEARER, DOCTOR
from tests.e2e.watch import Found, Watch

DEARER_TOTAL = "168.00"


@dataclass(frozen=True)
class Asked:
    """A command that was not sent yet, and what there is of its visit."""

    order: Order
    watch: Watch | None = None

    async def watched(self, hospital: Hospital, process: str) -> Watch:
        """Look at what became of it: before a booking there was nothing to look at."""
        return self.watch or Watch(hospital, process.removeprefix("book-"), Found())


@dataclass(frozen=True)
class Command:
    """What a client asks for, and the ends that its process may have."""

    name: str
    prepare: Callable[[Hospital, str], Awaitable[Asked]]
    pivot: str
    """From this step on nobody may give up, however long it takes."""
    done: str
    """The row of a process that ended well; before its pivot it may be undone instead."""
    total: str = "0"

    async def steps(self, hospital: Hospital) -> list[str]:
        """Read the steps that it takes in a history: a new one is not forgotten."""
        asked = await self.prepare(hospital, f"happy-{self.name}")
        happy = await hospital.desk.follow(asked.order)
        watch = await asked.watched(hospital, happy.process)
        assert await watch.row(happy.process, total=self.total) == self.done
        return await steps_of(hospital, happy.process)


async def steps_of(hospital: Hospital, workflow_id: str) -> list[str]:
    history = await hospital.temporal.get_workflow_handle(workflow_id).fetch_history()
    scheduled = [
        event.activity_task_scheduled_event_attributes
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    return [step_of(activity.activity_id) for activity in scheduled]


async def a_booking(hospital: Hospital, correlation: str) -> Asked:
    return Asked(hospital.wish(card(), correlation=correlation).order)


async def a_move(hospital: Hospital, correlation: str) -> Asked:
    """Move a paid visit to a doctor who costs more."""
    visit = await hospital.diary.write(hospital.patient(), hospital.slot(), DOCTOR, is_paid=True)
    to = {"slot_start": hospital.slot().isoformat(), "doctor_id": str(DEARER)}
    body = {**to, "payment_method": "pm_card_visa"}
    return await a_change(hospital, visit, "reschedule", body, correlation)


async def a_cancellation(hospital: Hospital, correlation: str) -> Asked:
    """Cancel a visit that was paid by card: its money goes back to it."""
    visit = await hospital.booked(card())
    body = {"by": "patient", "reason": "feeling better", "accept_fee": pounds("0.00")}
    return await a_change(hospital, visit, "cancel", body, correlation)


async def a_change(
    hospital: Hospital, visit: Visit, verb: str, body: Mapping[str, object], correlation: str
) -> Asked:
    order = replace(Order(f"{visit.path}/{verb}", body), correlation=correlation)
    return Asked(order, await Watch.begin(hospital, visit.id))


COMMANDS = (
    Command("booking", a_booking, pivot="capture:a1", done="O-02", total=TOTAL),
    Command("move", a_move, pivot="capture:a1", done="O-11", total=DEARER_TOTAL),
    Command("cancellation", a_cancellation, pivot="cancel", done="O-20"),
)
