"""What happens twice happens once: eight cases with two connections at the same time."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from typing_extensions import override

from activities.appointments.contract import (
    AppointmentStatus,
    SlotOf,
    SlotState,
    SlotTaken,
)
from activities.appointments.service import AppointmentService
from activities.contract import Refusal, Undone
from activities.database import RETRIED_IN_PLACE, DatabaseBug, DatabaseFault, fault_of
from activities.inbox import KeyReused
from tests.conftest import EngineOf
from tests.examples import a_process, a_slot, a_visit

Superuser = dict[str, asyncpg.Connection]


class Halting(AppointmentService):
    """Stops inside its transaction until it is told to go on."""

    def __init__(self, engine: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(engine)
        self.is_inside, self.may_go = asyncio.Event(), asyncio.Event()

    @override
    async def _take(self, *asked: Any) -> SlotState:
        self.is_inside.set()
        await self.may_go.wait()
        return await super()._take(*asked)


@pytest.fixture
async def halting(engine_of: EngineOf, emptied: None) -> AsyncIterator[Halting]:  # noqa: ARG001
    service = Halting(engine_of("appointments"))
    yield service
    service.may_go.set()


async def statuses(superuser: Superuser) -> list[str]:
    rows = await superuser["appointments"].fetch("SELECT status FROM app.appointments")
    return [row["status"] for row in rows]


async def outcomes(superuser: Superuser) -> list[str]:
    rows = await superuser["appointments"].fetch("SELECT outcome FROM app.inbox ORDER BY key")
    return [row["outcome"] for row in rows]


def states() -> set[str]:
    kinds = (kind for kind in vars(asyncpg.exceptions).values() if inspect.isclass(kind))
    return {str(getattr(kind, "sqlstate", None) or "") for kind in kinds}


async def begun(work: Any, halting: Halting) -> asyncio.Task[Any]:  # noqa: ANN401
    """Start a step and come back when it is inside its transaction."""
    task: asyncio.Task[Any] = asyncio.ensure_future(work)
    await halting.is_inside.wait()
    return task


async def test_a_retry_after_the_commit_gets_the_first_answer(
    appointments: AppointmentService, superuser: Superuser
) -> None:
    slot = a_slot(held=True)
    first = await appointments.hold_slot(a_process(), slot)

    again = await appointments.hold_slot(a_process(), slot)

    assert again == first
    assert await statuses(superuser) == ["HELD"]


async def test_of_two_attempts_at_once_the_second_waits_and_has_no_effect(
    halting: Halting, appointments: AppointmentService, superuser: Superuser
) -> None:
    slot = a_slot(held=True)
    first = await begun(halting.hold_slot(a_process(), slot), halting)
    second = asyncio.create_task(appointments.hold_slot(a_process(), slot))
    await asyncio.sleep(0.1)
    assert not second.done()

    halting.may_go.set()

    assert await second == await first
    assert await statuses(superuser) == ["HELD"]


async def test_after_a_crash_before_the_commit_the_next_attempt_is_the_first(
    halting: Halting, appointments: AppointmentService, superuser: Superuser
) -> None:
    slot = a_slot(held=True)
    crashing = await begun(halting.hold_slot(a_process(), slot), halting)
    await superuser["appointments"].execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = 'hms_appointments_worker' AND state = 'idle in transaction'"
    )
    halting.may_go.set()
    with pytest.raises(DatabaseFault):
        await crashing

    held = await appointments.hold_slot(a_process(), slot)

    assert held.status is AppointmentStatus.HELD
    assert await statuses(superuser) == ["HELD"]


async def test_an_undo_waits_for_a_step_at_work_and_undoes_what_it_committed(
    halting: Halting, appointments: AppointmentService, superuser: Superuser
) -> None:
    slot = a_slot(held=True)
    step = await begun(halting.hold_slot(a_process(), slot), halting)
    undo = asyncio.create_task(appointments.release_slot(a_process(), slot))
    await asyncio.sleep(0.1)
    assert not undo.done()

    halting.may_go.set()
    await asyncio.gather(step, undo)

    assert await statuses(superuser) == ["RELEASED"]
    assert await outcomes(superuser) == ["TOMBSTONE", "TOMBSTONE"]


async def test_an_undo_of_a_step_that_died_at_work_only_leaves_its_tombstone(
    halting: Halting, appointments: AppointmentService, superuser: Superuser
) -> None:
    slot = a_slot(held=True)
    step = await begun(halting.hold_slot(a_process(), slot), halting)
    undo = asyncio.create_task(appointments.release_slot(a_process(), slot))
    await asyncio.sleep(0.1)

    step.cancel()
    await undo

    assert await statuses(superuser) == []
    with pytest.raises(Undone):
        await appointments.hold_slot(a_process(), slot)


async def test_a_step_after_its_undo_is_refused(appointments: AppointmentService) -> None:
    slot = a_slot()
    await appointments.release_slot(a_process(), slot)

    with pytest.raises(Undone):
        await appointments.book_slot(a_process(), slot)


async def test_an_undo_again_or_of_a_refused_step_does_nothing(
    appointments: AppointmentService, superuser: Superuser
) -> None:
    doctor = uuid4()
    mine, theirs = (a_slot(a_visit(doctor=doctor), held=True) for _ in range(2))
    await appointments.hold_slot(a_process("book-1"), mine)
    with pytest.raises(SlotTaken):
        await appointments.hold_slot(a_process("book-2"), theirs)

    await appointments.release_slot(a_process("book-2"), theirs)
    await appointments.release_slot(a_process("book-1"), mine)
    await appointments.release_slot(a_process("book-1"), mine)

    assert await statuses(superuser) == ["RELEASED"]
    versions = await superuser["appointments"].fetchval("SELECT version FROM app.appointments")
    assert versions == 2


async def test_a_zombie_of_a_refused_step_gets_the_first_refusal_though_the_slot_is_free(
    appointments: AppointmentService, superuser: Superuser
) -> None:
    doctor = uuid4()
    mine, theirs = (a_slot(a_visit(doctor=doctor), held=True) for _ in range(2))
    await appointments.hold_slot(a_process("book-1"), mine)
    with pytest.raises(SlotTaken):
        await appointments.hold_slot(a_process("book-2"), theirs)
    await appointments.release_slot(a_process("book-1"), mine)

    with pytest.raises(Refusal) as zombie:
        await appointments.hold_slot(a_process("book-2"), theirs)

    assert zombie.value.code == "slot-taken"
    assert await statuses(superuser) == ["RELEASED"]


async def test_the_same_key_for_another_request_is_a_bug_that_changes_nothing(
    appointments: AppointmentService, superuser: Superuser
) -> None:
    await appointments.hold_slot(a_process(), a_slot(held=True))

    with pytest.raises(KeyReused):
        await appointments.hold_slot(a_process(), a_slot(held=True))

    assert await statuses(superuser) == ["HELD"]


async def test_a_release_never_touches_what_was_paid_for(
    appointments: AppointmentService, superuser: Superuser
) -> None:
    slot = a_slot(held=True)
    visit = SlotOf(appointment_id=slot.visit.appointment_id)
    await appointments.hold_slot(a_process(), slot)
    await appointments.confirm_slot(a_process(), visit)

    await appointments.release_slot(a_process(), slot)

    assert await statuses(superuser) == ["BOOKED"]


async def test_a_fault_names_no_value_of_the_request(appointments: AppointmentService) -> None:
    canary = "4b1d0000-c0de-4000-8000-00000000cafe"
    visit = a_visit(patient=UUID(canary)).model_copy(update={"service_type": "X" * 41})

    with pytest.raises(DatabaseFault) as fault:
        await appointments.book_slot(a_process(), a_slot(visit))

    assert canary not in str(fault.value)
    assert "X" * 41 not in str(fault.value)
    assert fault.value.__cause__ is None


@pytest.mark.parametrize("state", sorted(states()))
def test_every_error_of_the_driver_is_refused_retried_or_looked_at(state: str) -> None:
    """A new class of the driver must be given its meaning here."""
    cures_itself = state[:2] in ("", "08", "53") or state.startswith("57P0")
    time_is_up = state in ("55P03", "57014", "25P03", "25P04")
    in_place = state in RETRIED_IN_PLACE

    expected = DatabaseFault if cures_itself or time_is_up or in_place else DatabaseBug

    assert fault_of(state) is expected
