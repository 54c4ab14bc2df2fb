"""A slot belongs to one visit at a time."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from activities.appointments.contract import (
    AppointmentStatus,
    DoctorDayFull,
    PatientBusy,
    SlotOf,
    SlotState,
    SlotTaken,
    TooManyHolds,
)
from activities.appointments.service import AppointmentService
from activities.contract import Refusal
from activities.database import DatabaseFault
from tests.activities.moving import MICROSECOND, Ward, by, of
from tests.examples import (
    HALF_AN_HOUR,
    NOW,
    TOMORROW_NINE,
    a_process,
    a_slot,
    a_visit,
    an_offer,
)
from tests.waiting import until

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


async def test_a_hold_that_comes_after_its_release_is_refused(
    appointments: AppointmentService,
) -> None:
    late = a_slot(held=True)
    await appointments.release_slot(a_process(), late)

    with pytest.raises(Refusal) as refusal:
        await appointments.hold_slot(a_process(), late)

    assert refusal.value.code == "undone"


async def test_a_slot_that_another_patient_holds_is_taken(
    appointments: AppointmentService,
) -> None:
    doctor = uuid4()
    await appointments.hold_slot(a_process("book-1"), a_slot(a_visit(doctor=doctor), held=True))
    later = a_slot(a_visit(doctor=doctor))

    with pytest.raises(SlotTaken):
        await appointments.book_slot(a_process("book-2"), later)
    after_the_hold = a_process("book-3", NOW + timedelta(minutes=10, microseconds=1))
    booked = await appointments.book_slot(after_the_hold, later)

    assert booked.status is AppointmentStatus.BOOKED


async def test_a_patient_cannot_see_two_doctors_at_once(
    appointments: AppointmentService,
) -> None:
    patient = uuid4()
    visits = [a_visit(patient=patient) for _ in range(8)]

    outcomes = await asyncio.gather(
        *(
            appointments.book_slot(a_process(f"book-{n}"), a_slot(visit))
            for n, visit in enumerate(visits)
        ),
        return_exceptions=True,
    )

    refusals = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert len(refusals) == 7
    assert all(isinstance(refusal, PatientBusy) for refusal in refusals)


async def test_of_many_racers_for_two_doctors_hour_two_win_and_none_deadlocks(
    appointments: AppointmentService,
) -> None:
    doctors = [uuid4(), uuid4()]
    racers = [a_slot(a_visit(doctor=doctors[n % 2])) for n in range(600)]
    turns = asyncio.Semaphore(8)

    async def race(number: int) -> object:
        async with turns:
            while True:
                with suppress(DatabaseFault):  # Its time box ran out: the engine would ask again.
                    return await appointments.book_slot(a_process(f"book-{number}"), racers[number])

    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(*map(race, range(600)), return_exceptions=True)

    assert sum(isinstance(outcome, SlotTaken) for outcome in outcomes) == 598


async def test_a_full_day_takes_nobody_more(appointments: AppointmentService) -> None:
    doctor = uuid4()
    for n in range(2):
        start = TOMORROW_NINE + n * HALF_AN_HOUR
        slot = a_slot(a_visit(doctor=doctor, start=start), offer=an_offer(start, daily=2))
        await appointments.book_slot(a_process(f"book-{n}"), slot)
    start = TOMORROW_NINE + 2 * HALF_AN_HOUR

    with pytest.raises(DoctorDayFull):
        await appointments.book_slot(
            a_process("book-2"),
            a_slot(a_visit(doctor=doctor, start=start), offer=an_offer(start, daily=2)),
        )


async def test_a_patient_holds_at_most_so_many_slots(appointments: AppointmentService) -> None:
    patient = uuid4()
    for n in range(3):
        start = TOMORROW_NINE + n * HALF_AN_HOUR
        visit = a_visit(patient=patient, start=start)
        await appointments.hold_slot(a_process(f"book-{n}"), a_slot(visit, held=True))
    fourth = a_visit(patient=patient, start=TOMORROW_NINE + 3 * HALF_AN_HOUR)

    with pytest.raises(TooManyHolds):
        await appointments.hold_slot(a_process("book-4"), a_slot(fourth, held=True))


async def test_a_hold_that_ended_is_taken_again_when_its_slot_is_free(
    appointments: AppointmentService,
) -> None:
    slot = a_slot(held=True)
    visit = SlotOf(appointment_id=slot.visit.appointment_id)
    await appointments.hold_slot(a_process(), slot)
    await appointments.expire_slot(a_process(), visit)

    confirmed = await appointments.confirm_slot(a_process(), visit)

    assert confirmed.status is AppointmentStatus.BOOKED
    assert not confirmed.is_lost


async def test_a_hold_that_ended_is_lost_when_someone_else_has_its_slot(
    appointments: AppointmentService,
) -> None:
    slot = a_slot(held=True)
    visit = SlotOf(appointment_id=slot.visit.appointment_id)
    await appointments.hold_slot(a_process(), slot)
    await appointments.expire_slot(a_process(), visit)
    await appointments.book_slot(a_process("book-2"), a_slot(a_visit(doctor=slot.visit.doctor_id)))

    confirmed = await appointments.confirm_slot(a_process(), visit)

    assert confirmed.is_lost


@pytest.mark.parametrize("status", [AppointmentStatus.RELEASED, AppointmentStatus.CANCELLED])
async def test_money_for_what_was_let_go_is_lost(ward: Ward, status: AppointmentStatus) -> None:
    slot = await ward.book()
    await ward.live_through(slot, status)

    late = await ward.appointments.confirm_slot(by("late-payment-1"), of(slot))

    assert (late.status, late.is_lost) == (status, True)


async def test_money_for_a_hold_that_was_released_is_lost(ward: Ward) -> None:
    slot = a_slot(held=True)
    await ward.appointments.hold_slot(by("book-1"), slot)
    await ward.appointments.release_slot(by("book-1"), slot)

    late = await ward.appointments.confirm_slot(by("late-payment-1"), of(slot))

    assert (late.status, late.is_lost) == (AppointmentStatus.RELEASED, True)


@pytest.mark.parametrize(("after", "is_lost"), [(-MICROSECOND, False), (timedelta(), True)])
async def test_money_that_comes_when_the_visit_would_have_begun_is_lost(
    ward: Ward, after: timedelta, *, is_lost: bool
) -> None:
    slot = a_slot(held=True)
    await ward.appointments.hold_slot(by("book-1"), slot)
    await ward.appointments.expire_slot(by("book-1"), of(slot))

    late = await ward.appointments.confirm_slot(
        by("late-payment-1", TOMORROW_NINE + after), of(slot)
    )

    assert late.is_lost is is_lost


@pytest.mark.parametrize(
    "status",
    [
        AppointmentStatus.BOOKED,
        AppointmentStatus.CHECKED_IN,
        AppointmentStatus.COMPLETED,
        AppointmentStatus.NO_SHOW,
    ],
)
async def test_money_for_what_is_booked_already_changes_nothing(
    ward: Ward, status: AppointmentStatus
) -> None:
    slot = await ward.book()
    if status is not AppointmentStatus.BOOKED:
        await ward.live_through(slot, status)
    before, counted = await ward.now(slot), REGISTRY.get_sample_value("appointments_created_total")

    late = await ward.appointments.confirm_slot(by("late-payment-1"), of(slot))

    assert late == SlotState(status=status, version=before.version, was_already=True)
    assert await ward.now(slot) == before
    assert REGISTRY.get_sample_value("appointments_created_total") == counted


async def test_money_that_waits_for_a_day_keeps_nobody_from_the_visit(ward: Ward) -> None:
    slot = a_slot(held=True)
    await ward.appointments.hold_slot(by("book-1"), slot)
    database, day = ward.superuser, f"doctor:{slot.visit.doctor_id}:{TOMORROW_NINE.date()}"

    async with database.transaction():
        await database.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", day)
        late = asyncio.ensure_future(ward.appointments.confirm_slot(by("late-1"), of(slot)))
        await until(lambda: database.fetchval(WAITING))
        # Whoever has the day lets overdue holds go: if this waited, each would wait for the other.
        await database.execute(
            "SELECT FROM app.appointments WHERE appointment_id = $1 FOR UPDATE NOWAIT",
            slot.visit.appointment_id,
        )

    with suppress(DatabaseFault):  # Its time box ran out.
        assert (await late).status is AppointmentStatus.BOOKED
