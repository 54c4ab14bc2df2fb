"""Services on their real databases, emptied after each test."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from activities.analytics.service import AnalyticsService
from activities.appointments.service import AppointmentService
from activities.audit.service import AuditService
from activities.billing.service import BillingService
from activities.doctors.service import DoctorService
from activities.notifications.service import NotificationService
from activities.patients.service import PatientService
from activities.payments.service import PaymentService
from activities.users.passwords import Passwords
from activities.users.service import UserService
from db.billing.queries import BillQueries
from db.doctors.queries import DoctorQueries
from db.settings import connect, database
from ops.postgres import Postgres
from tests.activities.clinic import Clinic, open_clinic
from tests.activities.ledger import Ledger
from tests.activities.moving import Ward
from tests.activities.till import Till, open_till
from tests.activities.whole import Whole, opened
from tests.conftest import EngineOf
from tests.deploy.peers import PaymentPeer

pytestmark = pytest.mark.usefixtures("emptied")


@pytest.fixture
def appointments(engine_of: EngineOf, emptied: None) -> AppointmentService:  # noqa: ARG001
    return AppointmentService(engine_of("appointments"))


@pytest.fixture
def ward(appointments: AppointmentService, superuser: dict[str, asyncpg.Connection]) -> Ward:
    return Ward(appointments, superuser["appointments"])


@pytest.fixture
def billing(engine_of: EngineOf, emptied: None) -> BillingService:  # noqa: ARG001
    return BillingService(engine_of("billing"))


@pytest.fixture
def ledger(engine_of: EngineOf) -> Ledger:
    return Ledger(engine_of("billing"))


@pytest.fixture
async def bills(cluster: Postgres) -> AsyncIterator[BillQueries]:
    assert cluster.child
    engine = connect(database("billing").reader_url, 1, "tests that read bills")
    yield BillQueries(engine)
    await engine.dispose()


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
async def clinic(doctors: DoctorService, superuser: dict[str, asyncpg.Connection]) -> Clinic:
    return await open_clinic(doctors, superuser["doctors"])


@pytest.fixture(scope="session")
async def published_doctors(cluster: Postgres) -> AsyncIterator[DoctorQueries]:
    assert cluster.child
    engine = connect(database("doctors").reader_url, 4, "readers of doctors")
    yield DoctorQueries(engine)
    await engine.dispose()


@pytest.fixture
def notifications(engine_of: EngineOf, emptied: None) -> NotificationService:  # noqa: ARG001
    return NotificationService(engine_of("notifications"))


@pytest.fixture
def payments(engine_of: EngineOf, emptied: None) -> PaymentService:  # noqa: ARG001
    return PaymentService(engine_of("payments"))


@pytest.fixture(scope="session")
def card_company() -> Iterator[PaymentPeer]:
    with tempfile.TemporaryDirectory(prefix="hms-peer-") as folder:
        peer = PaymentPeer(Path(folder))
        yield peer
        peer.close()


@pytest.fixture
async def till(payments: PaymentService, card_company: PaymentPeer) -> AsyncIterator[Till]:
    async with open_till(payments, card_company) as till:
        yield till


@pytest.fixture
async def whole(
    engine_of: EngineOf,
    superuser: dict[str, asyncpg.Connection],
    emptied: None,  # noqa: ARG001
) -> Whole:
    return await opened(engine_of, superuser)


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    return Passwords(at_once=4)


@pytest.fixture
def users(engine_of: EngineOf, passwords: Passwords, emptied: None) -> UserService:  # noqa: ARG001
    return UserService(engine_of("users"), passwords, b"only for tests, and 32 bytes long")
