"""Who may be booked, when, and on which terms."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import asyncpg
import pytest

from activities.contract import Money, Undone, UnknownReference, VersionMismatch
from activities.doctors.contract import (
    AddOverride,
    DepartmentExists,
    DepartmentMismatch,
    DoctorExists,
    DoctorUnavailable,
    LeadTime,
    ScheduleOverlaps,
    SetDepartment,
    SetWeek,
    SlotNotOffered,
    WithdrawOverride,
)
from activities.offers import DoctorCard, SlotOffer, Terms
from db.doctors.queries import DoctorFilter, DoctorQueries
from tests.activities.clinic import Clinic, close_on, hours
from tests.examples import HALF_AN_HOUR, TOMORROW_NINE, a_process

Superuser = dict[str, asyncpg.Connection]

TOMORROW = date(2026, 12, 2)
LEAD_TIME, MOMENT = timedelta(hours=2), timedelta(microseconds=1)


def an_override(doctor_id: UUID, start: str, end: str, *, is_available: bool) -> AddOverride:
    return AddOverride(
        doctor_id=doctor_id,
        override_id=uuid4(),
        date=TOMORROW,
        start_time=time.fromisoformat(start),
        end_time=time.fromisoformat(end),
        is_available=is_available,
    )


async def test_an_offer_holds_all_that_a_booking_will_be_judged_by(clinic: Clinic) -> None:
    doctor_id = await clinic.employ(clinic.doctor(hours("04:00", "08:00"), timezone="Asia/Tokyo"))
    start = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)

    offer = await clinic.check(doctor_id, start)

    assert offer == SlotOffer(
        ends_at=start + HALF_AN_HOUR,
        timezone="Asia/Tokyo",
        local_start=datetime.fromisoformat("2026-12-02T07:00"),
        fee=Money(amount=Decimal(100), currency="GBP"),
        tax_rate=Decimal("0.05"),
        due_days=30,
        hold_for=timedelta(minutes=10),
        settings_version=1,
        terms=Terms(
            late_cancel_minutes=120,
            late_cancel_fee_percent=Decimal(50),
            no_show_fee_percent=Decimal(100),
            reminder_minutes=(1440, 120),
        ),
        doctor=DoctorCard(
            name="Ada Wong", department="Cardiology", specialization="Rhythm", source_version=1
        ),
        max_daily_appts=500,
        max_live_holds=3,
        max_bookings_per_hour=10,
    )


async def test_an_offer_is_made_on_the_hospitals_own_numbers(
    clinic: Clinic, superuser: Superuser
) -> None:
    doctor_id = await clinic.employ()
    await superuser["doctors"].execute(
        """UPDATE app.hospital_settings SET no_show_grace_minutes = 21, waiver_days = 8,
             cancel_grace_minutes = 6, max_reschedules = 3, reschedule_cutoff_minutes = 45"""
    )

    offer = await clinic.check(doctor_id)

    assert (offer.max_reschedules, offer.reschedule_cutoff_minutes) == (3, 45)
    assert (offer.terms.no_show_grace_minutes, offer.terms.waiver_days) == (21, 8)
    assert offer.terms.cancel_grace_minutes == 6


@pytest.mark.parametrize(
    ("currency", "fee", "charged"),
    [("GBP", "75.50", "25.16"), ("GBP", "50.00", "16.67"), ("JPY", "4502.00", "1501")],
)
async def test_a_fee_is_rounded_half_up_to_what_its_currency_has(
    clinic: Clinic, superuser: Superuser, currency: str, fee: str, charged: str
) -> None:
    doctor_id = await clinic.employ(clinic.doctor(hours(), fee=fee))
    await superuser["doctors"].execute("UPDATE app.doctors SET currency = $1", currency)

    offer = await clinic.check(doctor_id, service="FOLLOW_UP")

    assert offer.fee.amount == Decimal(charged)


async def test_a_long_visit_takes_several_slots(clinic: Clinic) -> None:
    doctor_id = await clinic.employ()

    offer = await clinic.check(doctor_id, service="LONG")

    assert offer.ends_at == TOMORROW_NINE + 2 * HALF_AN_HOUR


@pytest.mark.parametrize("early", [timedelta(), MOMENT])
async def test_a_slot_is_offered_until_two_hours_before(clinic: Clinic, early: timedelta) -> None:
    doctor_id = await clinic.employ()

    offer = await clinic.check(doctor_id, at=TOMORROW_NINE - LEAD_TIME - early)

    assert offer.ends_at == TOMORROW_NINE + HALF_AN_HOUR


async def test_a_moment_later_it_is_too_soon(clinic: Clinic) -> None:
    doctor_id = await clinic.employ()

    with pytest.raises(LeadTime):
        await clinic.check(doctor_id, at=TOMORROW_NINE - LEAD_TIME + MOMENT)


async def test_a_booking_names_things_that_are_there(clinic: Clinic) -> None:
    doctor_id = await clinic.employ()
    wrong = {
        "doctor_id": clinic.check(uuid4()),
        "department_id": clinic.check(doctor_id, department=uuid4()),
        "service_type": clinic.check(doctor_id, service="SURGERY"),
    }

    for field, check in wrong.items():
        with pytest.raises(UnknownReference) as refusal:
            await check

        assert refusal.value.details == {"field": field}


async def test_a_doctor_is_not_booked_through_another_department(clinic: Clinic) -> None:
    doctor_id = await clinic.employ()
    surgery = SetDepartment(department_id=uuid4(), name="Surgery")
    await clinic.doctors.set_department(a_process(), surgery)

    with pytest.raises(DepartmentMismatch):
        await clinic.check(doctor_id, department=surgery.department_id)


@pytest.mark.parametrize("switch", ["is_active", "is_available"])
async def test_who_takes_no_bookings_is_not_booked(
    clinic: Clinic, superuser: Superuser, published_doctors: DoctorQueries, switch: str
) -> None:
    doctor_id = await clinic.employ()
    await superuser["doctors"].execute(f"UPDATE app.doctors SET {switch} = false")  # noqa: S608

    with pytest.raises(DoctorUnavailable):
        await clinic.check(doctor_id)
    assert (await published_doctors.calendars([doctor_id], TOMORROW, TOMORROW)).doctors == []


async def test_a_start_off_the_grid_or_on_a_holiday_is_not_offered(
    clinic: Clinic, superuser: Superuser
) -> None:
    doctor_id = await clinic.employ()

    with pytest.raises(SlotNotOffered):
        await clinic.check(doctor_id, TOMORROW_NINE + timedelta(minutes=10))
    await close_on(superuser["doctors"], TOMORROW)
    with pytest.raises(SlotNotOffered):
        await clinic.check(doctor_id)


async def test_a_new_week_replaces_the_old_one_and_raises_the_version(
    clinic: Clinic, published_doctors: DoctorQueries
) -> None:
    doctor_id = await clinic.employ()

    version = await clinic.set_week(doctor_id, hours("14:00", "00:00"), version=1)

    offer = await clinic.check(doctor_id, TOMORROW_NINE + timedelta(hours=14, minutes=30))
    with pytest.raises(SlotNotOffered):
        await clinic.check(doctor_id)
    shown = await published_doctors.schedules(doctor_id)
    assert (version, offer.doctor.source_version) == (2, 2)
    assert [(row["start_time"], row["end_time"]) for row in shown] == [(time(14), time(0))]


async def test_a_week_made_for_an_older_version_is_refused(clinic: Clinic) -> None:
    doctor_id = await clinic.employ()
    weeks = [clinic.set_week(doctor_id, hours("14:00", "18:00"), version=1) for _ in range(4)]

    outcomes = await asyncio.gather(*weeks, return_exceptions=True)

    assert sum(isinstance(outcome, VersionMismatch) for outcome in outcomes) == 3


@pytest.mark.parametrize("late", [("11:59", "13:00"), ("08:00", "00:00"), ("00:00", "08:01")])
async def test_hours_of_a_weekday_that_overlap_are_refused(
    clinic: Clinic, late: tuple[str, str]
) -> None:
    doctor_id = await clinic.employ()

    with pytest.raises(ScheduleOverlaps):
        await clinic.set_week(doctor_id, hours(), hours(*late))

    # The week that was refused took nothing of the old one with it.
    assert (await clinic.check(doctor_id)).doctor.source_version == 1


async def test_hours_may_touch_overlap_on_other_days_or_in_other_seasons(clinic: Clinic) -> None:
    doctor_id = await clinic.employ()
    switched_off = hours("09:00", "10:00").model_copy(update={"is_active": False})
    summer, winter = (
        hours("13:00", "17:00").model_copy(update={end: date(2027, 4, 1)})
        for end in ("valid_until", "valid_from")
    )

    version = await clinic.set_week(
        doctor_id, hours(), hours("12:00", "13:00"), hours(day=4), switched_off, summer, winter
    )

    assert version == 2


async def test_an_override_removes_time_until_it_is_withdrawn(
    clinic: Clinic, published_doctors: DoctorQueries
) -> None:
    doctor_id = await clinic.employ()
    away = an_override(doctor_id, "09:00", "10:00", is_available=False)
    added = await clinic.doctors.add_override(a_process("one"), away)
    with pytest.raises(SlotNotOffered):
        await clinic.check(doctor_id)
    assert len(await published_doctors.overrides(doctor_id, TOMORROW, TOMORROW)) == 1

    withdraw = WithdrawOverride(doctor_id=doctor_id, override_id=away.override_id)
    back = await clinic.doctors.withdraw_override(a_process("two"), withdraw)

    assert (added.version, back.version) == (2, 3)
    assert (await clinic.check(doctor_id)).doctor.source_version == 3
    with pytest.raises(UnknownReference):
        await clinic.doctors.withdraw_override(a_process("three"), withdraw)


async def test_an_override_adds_time_outside_the_week(clinic: Clinic) -> None:
    doctor_id = await clinic.employ()
    evening = an_override(doctor_id, "20:00", "21:00", is_available=True)
    await clinic.doctors.add_override(a_process(), evening)

    offer = await clinic.check(doctor_id, TOMORROW_NINE + timedelta(hours=11, minutes=30))

    assert offer.ends_at == TOMORROW_NINE + timedelta(hours=12)


@pytest.mark.parametrize("shared", ["email", "license_number", "account_id"])
async def test_two_doctors_share_no_address_licence_or_account(clinic: Clinic, shared: str) -> None:
    first = clinic.doctor()
    await clinic.employ(first)
    second = clinic.doctor().model_copy(update={shared: getattr(first, shared)})

    with pytest.raises(DoctorExists):
        await clinic.employ(second)


@pytest.mark.parametrize(
    ("field", "value"), [("department_id", uuid4()), ("specialization_ids", (uuid4(),))]
)
async def test_a_doctor_belongs_to_what_is_there(clinic: Clinic, field: str, value: object) -> None:
    with pytest.raises(UnknownReference) as refusal:
        await clinic.employ(clinic.doctor().model_copy(update={field: value}))

    assert refusal.value.details == {"field": field}


async def test_an_onboarding_that_is_repeated_gets_the_first_answer(clinic: Clinic) -> None:
    ada = clinic.doctor(hours())
    first = await clinic.doctors.create_doctor(a_process("onboard-1"), ada)
    await clinic.set_week(ada.doctor_id, hours("14:00", "18:00"))

    again = await clinic.doctors.create_doctor(a_process("onboard-1"), ada)

    assert again == first
    assert again.version == 1


async def test_a_week_that_is_repeated_replaces_nothing_again(clinic: Clinic) -> None:
    doctor_id = await clinic.employ()
    afternoons = SetWeek(doctor_id=doctor_id, week=(hours("14:00", "18:00"),), version=1)
    first = await clinic.doctors.set_week(a_process("week-1"), afternoons)
    await clinic.set_week(doctor_id, hours())

    again = await clinic.doctors.set_week(a_process("week-1"), afternoons)

    assert again == first
    assert (await clinic.check(doctor_id)).doctor.source_version == 3


async def test_an_onboarding_that_was_given_up_leaves_no_doctor(clinic: Clinic) -> None:
    ada = clinic.doctor(hours())
    process = a_process("onboard-1")
    await clinic.doctors.create_doctor(process, ada)

    await clinic.doctors.drop_doctor(process, ada)

    with pytest.raises(UnknownReference):
        await clinic.check(ada.doctor_id)
    await clinic.employ(ada.model_copy(update={"doctor_id": uuid4()}))


async def test_an_onboarding_that_comes_after_its_undo_is_refused(clinic: Clinic) -> None:
    late = clinic.doctor(hours())
    await clinic.doctors.drop_doctor(a_process(), late)

    with pytest.raises(Undone):
        await clinic.doctors.create_doctor(a_process(), late)


async def test_a_department_keeps_what_a_change_does_not_name(
    clinic: Clinic, published_doctors: DoctorQueries
) -> None:
    doctor_id = await clinic.employ()
    moved = SetDepartment(
        department_id=clinic.department_id,
        name="Cardiology",
        location="2nd floor",
        head_doctor_id=doctor_id,
    )
    renamed = SetDepartment(department_id=clinic.department_id, name="Heart")

    await clinic.doctors.set_department(a_process("one"), moved)
    unchanged = await clinic.check(doctor_id)
    changed = await clinic.doctors.set_department(a_process("two"), renamed)

    (shown,) = await published_doctors.departments()
    card = (await clinic.check(doctor_id)).doctor
    assert changed.version == shown["version"] == 3
    assert (shown["location"], shown["head_doctor"]) == ("2nd floor", "Ada Wong")
    # Who keeps the doctor's card elsewhere takes a newer version only.
    assert (unchanged.doctor.source_version, card.source_version) == (1, 2)
    assert card.department == "Heart"


async def test_two_departments_never_have_one_name(clinic: Clinic) -> None:
    twin = SetDepartment(department_id=uuid4(), name="CARDIOLOGY")

    with pytest.raises(DepartmentExists):
        await clinic.doctors.set_department(a_process(), twin)


async def test_doctors_are_found_by_what_they_do_and_listed_in_pages(
    clinic: Clinic, published_doctors: DoctorQueries, superuser: Superuser
) -> None:
    names = ["Able", "Baker", "Charlie"]
    people = [
        clinic.doctor(fee=f"{fee}.00").model_copy(update={"last_name": name})
        for name, fee in zip(names, (300, 100, 200), strict=True)
    ]
    for who in people:
        await clinic.employ(who)
    await superuser["doctors"].execute(
        "UPDATE app.doctors SET rating = 4.5 WHERE last_name = 'Charlie'"
    )
    rhythm = DoctorFilter(specialization_id=clinic.specialization_id, active=True)

    first = await published_doctors.list(rhythm, "consultation_fee", 2, None)
    rest = await published_doctors.list(rhythm, "consultation_fee", 2, first.next)
    best = await published_doctors.list(DoctorFilter(), "-rating", 1, None)
    others = await published_doctors.list(DoctorFilter(), "-rating", 9, best.next)
    named = await published_doctors.list(DoctorFilter(name="ada b"), "last_name", 9, None)

    by_fee = [row["last_name"] for row in [*first.rows, *rest.rows]]
    assert by_fee == ["Baker", "Charlie", "Able"]
    assert [row["last_name"] for row in best.rows] == ["Charlie"]
    assert len(others.rows) == 2
    assert [row["specialization"] for row in named.rows] == ["Rhythm"]
    assert [row["specializations"][0]["is_primary"] for row in named.rows] == [True]


async def test_an_account_finds_its_doctor(
    clinic: Clinic, published_doctors: DoctorQueries
) -> None:
    ada = clinic.doctor()
    await clinic.employ(ada)
    assert ada.account_id

    assert await published_doctors.find_by_account(ada.account_id) == ada.doctor_id
    assert await published_doctors.find_by_account(uuid4()) is None
