"""What a database refuses by itself, whoever writes."""

import asyncpg
import pytest
from alembic import command
from alembic.config import Config

from activities.appointments.service import AppointmentService
from db.settings import SERVICES
from ops.databases import ROOT
from ops.postgres import Postgres
from tests.conftest import EngineOf
from tests.examples import a_process, a_slot

Superuser = dict[str, asyncpg.Connection]

NAMED = {
    "appointments": [
        "slot_shape",
        "hold_has_expiry",
        "one_visit_per_doctor_slot",
        "one_visit_per_patient_slot",
        "one_visit_per_room_slot",
    ],
    "billing": ["bill_bounds", "bill_status", "one_live_bill", "line_sum", "line_tax_sum"],
    "payments": ["captured_within", "refunded_within", "payment_status"],
}


@pytest.fixture
async def booked(engine_of: EngineOf, superuser: Superuser, emptied: None) -> asyncpg.Connection:  # noqa: ARG001
    """Give a database with one booked visit, open for whatever a test tries."""
    await AppointmentService(engine_of("appointments")).book_slot(a_process(), a_slot())
    return superuser["appointments"]


@pytest.mark.parametrize("service", SERVICES)
def test_the_tables_are_those_that_the_models_declare(cluster: Postgres, service: str) -> None:
    assert cluster.child
    command.check(Config(ROOT / "db" / "alembic.ini", ini_section=service))


@pytest.mark.parametrize(("service", "names"), NAMED.items())
async def test_no_guard_is_missing_or_switched_off(
    superuser: Superuser, service: str, names: list[str]
) -> None:
    missing = await superuser[service].fetch(
        """SELECT n FROM unnest($1::text[]) n
           WHERE n NOT IN (SELECT conname FROM pg_constraint WHERE convalidated)
             AND n NOT IN (SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                           WHERE i.indisunique AND i.indisvalid)""",
        names,
    )

    assert missing == []


async def with_trace(connection: asyncpg.Connection, statement: str) -> str | None:
    """Try a change as the service would make it; the name of the guard that stopped it."""
    trace = '{"workflow_id": "test", "accepted_at": "2026-12-01T08:00:00Z", "actor_role": "SYSTEM"}'
    try:
        async with connection.transaction():
            await connection.execute("SELECT set_config('hms.trace', $1, true)", trace)
            await connection.execute(statement)
    except asyncpg.IntegrityConstraintViolationError as error:
        return str(error.constraint_name)
    return None


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        ("status = 'COMPLETED', version = version + 1", "legal_move"),
        ("status = 'CHECKED_IN'", "version_step"),
        ("notes = 'quietly', version = version + 2", "version_step"),
        ("slot = 'empty', version = version + 1", "slot_shape"),
        ("slot = tstzrange(lower(slot), NULL), version = version + 1", "slot_shape"),
        ("slot = tstzrange(lower(slot), upper(slot), '[]'), version = version + 1", "slot_shape"),
    ],
)
async def test_a_visit_changes_only_as_it_may(
    booked: asyncpg.Connection, change: str, guard: str
) -> None:
    assert await with_trace(booked, f"UPDATE app.appointments SET {change}") == guard  # noqa: S608


async def test_a_change_without_a_trace_is_refused(booked: asyncpg.Connection) -> None:
    await booked.execute("RESET hms.trace")

    with pytest.raises(asyncpg.PostgresError):
        await booked.execute(
            "UPDATE app.appointments SET status = 'CHECKED_IN', version = version + 1"
        )


async def test_every_move_is_in_the_history_with_who_and_why(booked: asyncpg.Connection) -> None:
    await with_trace(
        booked, "UPDATE app.appointments SET status = 'CHECKED_IN', version = version + 1"
    )

    moves = await booked.fetch(
        "SELECT from_status, to_status, version, actor_role, workflow_id"
        " FROM app.appointment_changes ORDER BY version"
    )

    assert [tuple(move) for move in moves] == [
        ("", "BOOKED", 1, "RECEPTIONIST", "book-1"),
        ("BOOKED", "CHECKED_IN", 2, "SYSTEM", "test"),
    ]
