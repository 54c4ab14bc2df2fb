"""Services on their real databases, emptied after each test."""

import pytest

from activities.analytics.service import AnalyticsService
from activities.appointments.service import AppointmentService
from activities.audit.service import AuditService
from activities.billing.service import BillingService
from activities.doctors.service import DoctorService
from activities.notifications.service import NotificationService
from activities.patients.service import PatientService
from tests.conftest import EngineOf

pytestmark = pytest.mark.usefixtures("emptied")


@pytest.fixture
def appointments(engine_of: EngineOf, emptied: None) -> AppointmentService:  # noqa: ARG001
    return AppointmentService(engine_of("appointments"))


@pytest.fixture
def billing(engine_of: EngineOf, emptied: None) -> BillingService:  # noqa: ARG001
    return BillingService(engine_of("billing"))


@pytest.fixture
def audit(engine_of: EngineOf, emptied: None) -> AuditService:  # noqa: ARG001
    return AuditService(engine_of("audit"))


@pytest.fixture
def analytics(engine_of: EngineOf, emptied: None) -> AnalyticsService:  # noqa: ARG001
    return AnalyticsService(engine_of("analytics"))


@pytest.fixture
def doctors(engine_of: EngineOf, emptied: None) -> DoctorService:  # noqa: ARG001
    return DoctorService(engine_of("doctors"))


@pytest.fixture
def patients(engine_of: EngineOf, emptied: None) -> PatientService:  # noqa: ARG001
    return PatientService(engine_of("patients"))


@pytest.fixture
def notifications(engine_of: EngineOf, emptied: None) -> NotificationService:  # noqa: ARG001
    return NotificationService(engine_of("notifications"))
