"""Services on their real databases, emptied after each test."""

import pytest

from activities.appointments.service import AppointmentService
from tests.conftest import EngineOf

pytestmark = pytest.mark.usefixtures("emptied")


@pytest.fixture
def appointments(engine_of: EngineOf, emptied: None) -> AppointmentService:  # noqa: ARG001
    return AppointmentService(engine_of("appointments"))
