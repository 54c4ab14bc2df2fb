"""What must never be is found by the check of its name, and nothing else is."""

import importlib
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from activities.appointments.contract import CancelVisit, HoldMove
from activities.audit.contract import Append, AuditOutcome
from activities.audit.service import AuditService
from activities.billing.contract import ApplyCancellation, CancellationAsked
from activities.contract import By
from activities.patients.contract import AddHistory, CreatePatient
from activities.patients.service import PatientService
from db import checks
from tests.activities.clinic import Clinic
from tests.activities.planted_bugs import PLANTED
from tests.activities.whole import (
    DOCTOR,
    NAMED,
    OTHER,
    PAID,
    PATIENT,
    UNPAID,
    Whole,
    a_visit,
)
from tests.examples import NOW, a_process, a_slot, an_offer
from tests.test_architecture import decorated, modules
from workers.all import DOORS
from workflows.looks import LOOKS

MICROSECOND, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
A, B = str(PAID), str(UNPAID)
JO = CreatePatient(
    patient_id=PATIENT, first_name="Jo", last_name="Doe", dob=NOW.date(), email="jo@example.org"
)


async def test_a_clean_hospital_has_no_findings(whole: Whole) -> None:
    assert await whole.books.findings() == []


@pytest.mark.parametrize("bug", PLANTED)
async def test_what_must_never_be_is_found_by_its_check_alone(whole: Whole, bug: str) -> None:
    planted = PLANTED[bug]
    wrong = {(planted.check, planted.key.format(**NAMED))}
    for number, event in enumerate(planted.told, 1):
        await whole.tell(event, UNPAID, occurrence=str(number))
    if not planted.without:
        await whole.plant(planted.service, planted.statements)

        assert await whole.found() == wrong
        return
    async with whole.without(planted.service, planted.without):
        await whole.plant(planted.service, planted.statements)

        assert await whole.found() == wrong | {("C0 guards", planted.without)}


@pytest.mark.parametrize("guard", ["bills.bill_bounds", "bills.one_live_bill"])
async def test_a_guard_that_was_dropped_is_found(whole: Whole, guard: str) -> None:
    async with whole.without("billing", guard):
        assert await whole.found() == {("C0 guards", guard)}


@pytest.mark.parametrize(
    ("service", "table", "trigger"),
    [
        ("appointments", "appointments", "guard_move"),
        ("billing", "bill_adjustments", "bill_sums"),
        ("payments", "refunds", "guard_move"),
        ("users", "accounts", "guard_version"),
    ],
)
async def test_a_trigger_that_was_switched_off_is_found(
    whole: Whole, service: str, table: str, trigger: str
) -> None:
    connection = whole.superuser[service]
    await connection.execute(f"ALTER TABLE app.{table} DISABLE TRIGGER {trigger}")
    try:
        found = await whole.found()
    finally:
        await connection.execute(f"ALTER TABLE app.{table} ENABLE TRIGGER {trigger}")

    assert found == {("C0 guards", f"{table}.{trigger}")}


async def test_a_constraint_that_was_never_validated_is_found(whole: Whole) -> None:
    connection = whole.superuser["payments"]
    definition = "CHECK (amount > 0)"
    async with whole.without("payments", "payments.payment_positive"):
        add = f"ALTER TABLE app.payments ADD CONSTRAINT payment_positive {definition}"
        await connection.execute(f"{add} NOT VALID")

        found = await whole.found()

        await connection.execute("ALTER TABLE app.payments DROP CONSTRAINT payment_positive")
    assert found == {("C0 guards", "payments.payment_positive")}


@pytest.mark.parametrize(
    ("late", "is_found"), [(-MICROSECOND, False), (timedelta(), False), (MICROSECOND, True)]
)
async def test_a_hold_may_outlive_its_end_by_a_minute(
    whole: Whole,
    late: timedelta,
    is_found: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    slot = a_slot(a_visit(OTHER, 3), held=True)
    await whole.appointments.hold_slot(await whole.process("book-c"), slot)
    ends = slot.hold_until
    assert ends

    findings = await left_behind(whole, ends + MINUTE + late)

    assert findings == ({(str(OTHER), ("book-c",))} if is_found else set())


async def left_behind(whole: Whole, at: datetime) -> set[tuple[str, tuple[str, ...]]]:
    found = await whole.books.findings(LOOKS[0], at=at)
    return {(one.object_key, one.processes) for one in found}


async def test_two_live_bills_of_one_visit_are_found(whole: Whole) -> None:
    async with whole.without("billing", "bills.one_live_bill"):
        await whole.bill(UNPAID, OTHER)

        found = await whole.found()

    assert found == {("C0 guards", "bills.one_live_bill"), ("C5 one live bill", B)}


async def test_a_bill_of_a_visit_that_was_let_go_is_found(whole: Whole) -> None:
    slot = a_slot(a_visit(OTHER, 3), held=True)
    await whole.appointments.hold_slot(await whole.process("book-c"), slot)
    await whole.appointments.release_slot(await whole.process("book-c"), slot)
    await whole.bill(OTHER)

    assert await whole.found() == {("C5 one live bill", str(OTHER))}


async def test_a_cancellation_that_was_not_settled_is_found(whole: Whole) -> None:
    request = CancelVisit(appointment_id=UNPAID, by=By.HOSPITAL, reason="the doctor is ill")
    await whole.appointments.changes.cancel(await whole.process("cancel-1"), request)
    await whole.tell("cancelled", UNPAID)

    assert await whole.found() == {("I-36 settled once", B)}


async def test_a_fee_for_a_visit_that_stands_is_found(whole: Whole) -> None:
    asked = CancellationAsked(
        by=By.PATIENT,
        slot_start=NOW + MINUTE,
        booked_at=NOW,
        late_move=False,
        terms=an_offer().terms,
    )
    late = ApplyCancellation(appointment_id=UNPAID, asked=asked, adjustment_id=OTHER, reason="x")
    await whole.billing.cancellations.apply_cancellation(await whole.process("cancel-1"), late)

    assert await whole.found() == {("I-36 settled once", B)}


@pytest.mark.parametrize("before", [timedelta(hours=3), timedelta(hours=2), MINUTE])
async def test_a_fee_that_is_not_what_the_rule_says_is_found(
    whole: Whole, before: timedelta
) -> None:
    starts = a_visit(UNPAID, 1).slot_start
    process = await whole.process("cancel-1", starts - before)
    request = CancelVisit(appointment_id=UNPAID, by=By.PATIENT, reason="feels well")
    now = await whole.appointments.changes.cancel(process, request)
    asked = CancellationAsked(
        by=By.PATIENT,
        slot_start=starts,
        booked_at=now.booked_at,
        late_move=now.late_move,
        terms=now.terms,
    )
    applied = ApplyCancellation(appointment_id=UNPAID, asked=asked, adjustment_id=OTHER, reason="x")
    await whole.billing.cancellations.apply_cancellation(process, applied)
    await whole.tell("cancelled", UNPAID)
    assert await whole.found() == set()

    await whole.plant("billing", "UPDATE app.bill_adjustments SET fee_kept = fee_kept + 0.01")

    assert await whole.found() == {("I-36 fee by the rule", B)}


@pytest.mark.parametrize(("limit", "is_found"), [(2, False), (1, True)])
async def test_a_day_with_more_visits_than_its_doctor_sees_is_found(
    whole: Whole,
    clinic: Clinic,
    limit: int,
    is_found: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    doctor = clinic.doctor().model_copy(update={"doctor_id": DOCTOR, "max_daily_appts": limit})
    await clinic.employ(doctor)

    full = {("C4 full days", f"{DOCTOR}:2026-12-02")}
    assert await whole.found() == (full if is_found else set())


async def test_a_cache_that_is_not_as_its_source_is_found(
    whole: Whole, clinic: Clinic, patients: PatientService
) -> None:
    await clinic.employ(clinic.doctor().model_copy(update={"doctor_id": DOCTOR}))
    await patients.create_patient(await whole.process("register-1"), JO)
    assert await whole.found() == set()

    await whole.plant(
        "appointments",
        "UPDATE app.doctor_cache SET name = 'Ada Long';"
        "UPDATE app.patient_cache SET source_version = 2",
    )

    assert await whole.found() == {("I-62 caches", str(DOCTOR)), ("I-62 caches", str(PATIENT))}


@pytest.mark.parametrize("entries", [1, 2])
async def test_a_visit_is_written_up_once_and_only_when_it_was_completed(
    whole: Whole, patients: PatientService, entries: int
) -> None:
    await whole.plant(
        "appointments", PLANTED["a visit was completed and not written up"].statements
    )
    await patients.create_patient(await whole.process("register-1"), JO)
    for number in range(entries):
        process = await whole.process(f"complete-{number}")
        await patients.add_history(process, an_entry(number, UNPAID))
    assert await whole.found() == (set() if entries == 1 else {("I-64 written up once", B)})

    await patients.add_history(await whole.process("complete-9"), an_entry(9, PAID))

    assert ("I-64 written up once", A) in await whole.found()


def an_entry(number: int, visit: UUID) -> AddHistory:
    return AddHistory(
        entry_id=UUID(int=number + 1),
        patient_id=PATIENT,
        appointment_id=visit,
        doctor_id=DOCTOR,
        doctor_name="Ada Wong",
        visited_at=NOW,
    )


async def test_a_record_that_was_changed_is_found(whole: Whole, audit: AuditService) -> None:
    for number in range(3):
        entry = Append(action="Book", outcome=AuditOutcome.DONE, object_type="appointment")
        await audit.append(a_process(f"book-{number}"), entry)
    await whole.plant("audit", "UPDATE app.records SET action = 'x' WHERE seq = 2")

    assert await whole.found() == {("I-50 chain of records", "sagas:2")}


async def test_a_move_may_overlap_its_own_visit_and_is_no_visit(whole: Whole) -> None:
    slot = a_slot(a_visit(UNPAID, 1))
    later = slot.visit.slot_start + 15 * MINUTE
    visit = slot.visit.model_copy(update={"slot_start": later})
    move = HoldMove(hold_id=OTHER, visit=visit, offer=an_offer(later), hold_until=NOW + MINUTE)
    await whole.appointments.changes.hold_move(await whole.process("reschedule-1"), move)

    # Nothing moves any more, so the claim and the hold were left behind.
    assert await whole.found() == {("C3 left behind", B), ("C3 left behind", str(OTHER))}


@pytest.mark.parametrize("service", sorted(DOORS))
def test_what_may_be_undone_is_what_has_an_undo(service: str) -> None:
    named = importlib.import_module(f"db.{service}.checks").CHECKS
    [undone] = [one.values["undone"] for one in named if one.name.startswith("C6")]

    undoes = {
        name
        for path in modules(f"activities/{service}")
        for _, names in decorated(path, "undoes")
        for name in names
    }

    # `void` buries by hand: it must ask the gateway between its tombstone and its end.
    assert set(undone) == undoes | ({"open_payment"} if service == "payments" else set())


EVERY_GUARD = """
    SELECT t.relname || '.' || c.conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
    WHERE c.contype NOT IN ('n', 't') AND t.relnamespace = 'app'::regnamespace
      AND NOT t.relispartition AND t.relname <> 'alembic_version'
    UNION
    SELECT t.relname || '.' || i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    WHERE x.indisunique AND t.relnamespace = 'app'::regnamespace
      AND NOT t.relispartition AND t.relname <> 'alembic_version'
    UNION
    SELECT t.relname || '.' || g.tgname FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
    WHERE NOT g.tgisinternal AND t.relnamespace = 'app'::regnamespace
"""


@pytest.mark.parametrize("service", sorted(DOORS))
async def test_no_guard_of_a_database_is_forgotten(
    superuser: dict[str, asyncpg.Connection], service: str
) -> None:
    looked_for, *_ = importlib.import_module(f"db.{service}.checks").CHECKS

    there = {name for (name,) in await superuser[service].fetch(EVERY_GUARD)}

    assert set(looked_for.values["wanted"]) == there


async def test_pages_of_a_table_are_looked_at_one_after_the_other(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "ROWS", 1)
    await whole.plant("appointments", PLANTED["a visit changed without a line"].statements)

    assert await whole.found() == {("C2 history: appointment", B)}
