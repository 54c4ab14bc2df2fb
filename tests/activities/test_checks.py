"""What must never be is found, and nothing else is."""

import asyncpg
import pytest

from activities.appointments.service import AppointmentService
from activities.billing.service import BillingService
from tests.activities.bills import a_bill
from tests.conftest import EngineOf
from tests.examples import a_process, a_slot, a_visit
from tests.integrity import Books

Superuser = dict[str, asyncpg.Connection]


@pytest.fixture
def books(engine_of: EngineOf, emptied: None) -> Books:  # noqa: ARG001
    return Books(engine_of)


async def test_a_clean_hospital_has_no_findings(
    books: Books, appointments: AppointmentService, billing: BillingService
) -> None:
    visit = a_visit()
    await appointments.book_slot(a_process("book-1"), a_slot(visit))
    await billing.open_bill(a_process("book-1"), a_bill(appointment=visit.appointment_id))

    assert await books.findings() == []
