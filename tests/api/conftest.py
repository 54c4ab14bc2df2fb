"""The API in this process: real databases, an engine that remembers."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from httpx2 import ASGITransport, AsyncClient

from activities.appointments.service import AppointmentService
from activities.billing.service import BillingService
from activities.doctors.service import DoctorService
from activities.patients.service import PatientService
from activities.payments.service import PaymentService
from activities.users.contract import Role
from activities.users.passwords import Passwords
from activities.users.service import UserService
from api.accounts import Accounts
from api.app import Api, create_app
from api.cursors import Cursors
from api.health import Health
from api.idempotency import Commands
from api.parts import Parts, Readers
from api.rates import Rates
from api.slots import FreeSlots
from api.tokens import Tokens, new_key, read_keys
from db.appointments.queries import AppointmentQueries
from db.billing.queries import BillQueries
from db.doctors.queries import DoctorQueries
from db.patients.queries import PatientQueries
from db.payments.queries import PaymentQueries
from db.settings import connect, database
from db.users.queries import AccountQueries
from ops.postgres import Postgres
from tests.activities.clinic import open_clinic
from tests.api.clerk import Booked, Clerk
from tests.api.desk import Desk, Person
from tests.api.fakes import FakeProcesses
from tests.api.hospital import NINE, Hospital
from tests.conftest import EngineOf

ISSUER = "https://hms.example"
READ = ("users", "patients", "doctors", "appointments", "billing", "payments")


@pytest.fixture(scope="session")
async def readers(cluster: Postgres) -> AsyncIterator[Readers]:
    assert cluster.child
    engines = {name: connect(database(name).reader_url, 2, f"readers of {name}") for name in READ}
    yield Readers(
        users=AccountQueries(engines["users"]),
        appointments=AppointmentQueries(engines["appointments"]),
        patients=PatientQueries(engines["patients"]),
        doctors=DoctorQueries(engines["doctors"]),
        billing=BillQueries(engines["billing"]),
        payments=PaymentQueries(engines["payments"]),
    )
    for engine in engines.values():
        await engine.dispose()


@pytest.fixture(scope="session")
def signing_keys() -> dict[str, EllipticCurvePrivateKey]:
    return read_keys(f"new:{new_key()},old:{new_key()}")


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    return Passwords(4)


@pytest.fixture
def users(engine_of: EngineOf, emptied: None, passwords: Passwords) -> UserService:  # noqa: ARG001
    return UserService(engine_of("users"), passwords, b"only for tests, and 32 bytes long")


@pytest.fixture
def processes(engine_of: EngineOf, emptied: None) -> FakeProcesses:  # noqa: ARG001
    return FakeProcesses(AppointmentService(engine_of("appointments")))


@pytest.fixture
def parts(
    users: UserService,
    processes: FakeProcesses,
    readers: Readers,
    signing_keys: dict[str, EllipticCurvePrivateKey],
) -> Parts:
    tokens = Tokens(signing_keys, ISSUER)
    accounts = Accounts(users, tokens, readers.patients, readers.doctors, fresh=0)
    return Parts(
        accounts=accounts,
        processes=processes,
        commands=Commands(accounts, processes),
        readers=readers,
        tokens=tokens,
        cursors=Cursors({"test": bytes(32)}),
        rates=Rates("10000/minute"),
        health=Health(accounts, processes),
        public_url=ISSUER,
    )


@pytest.fixture(scope="session")
def apps() -> list[Api]:
    """Keep the one app: its first request compiles every route, which takes a while."""
    return []


@pytest.fixture
def app(apps: list[Api], parts: Parts) -> Api:
    if not apps:
        apps.append(create_app(parts))
    apps[0].state.parts = parts
    return apps[0]


@pytest.fixture
async def desk(
    app: Api, parts: Parts, superuser: dict[str, asyncpg.Connection]
) -> AsyncIterator[Desk]:
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://api.test") as http:
        yield Desk(http, parts.tokens, superuser["users"])


@pytest.fixture
async def hospital(
    desk: Desk,
    parts: Parts,
    processes: FakeProcesses,
    engine_of: EngineOf,
    superuser: dict[str, asyncpg.Connection],
) -> Hospital:
    readers, doctors = parts.readers, DoctorService(engine_of("doctors"))
    slots = FreeSlots(readers.doctors, readers.appointments)
    object.__setattr__(parts, "alternatives", slots)
    return Hospital(
        desk,
        await open_clinic(doctors, superuser["doctors"]),
        processes,
        AppointmentService(engine_of("appointments")),
        doctors,
        PatientService(engine_of("patients")),
        BillingService(engine_of("billing")),
    )


@pytest.fixture
def clerk(hospital: Hospital, engine_of: EngineOf) -> Clerk:
    """Let the processes of visits and money end by the real services."""
    clerk = Clerk(
        hospital.appointments,
        hospital.doctors,
        hospital.billing,
        PaymentService(engine_of("payments")),
        hospital.clinic.department_id,
    )
    hospital.processes.book = clerk.end
    return clerk


@pytest.fixture
async def patient(desk: Desk) -> Person:
    return await desk.somebody(Role.PATIENT)


@pytest.fixture
async def reception(desk: Desk) -> Person:
    return await desk.somebody(Role.RECEPTIONIST)


@pytest.fixture
async def booked(hospital: Hospital, clerk: Clerk, patient: Person) -> Booked:
    """Book a visit of the patient, two days ahead at nine, and open its bill."""
    assert patient.patient_id
    return await clerk.book(await hospital.doctor(), NINE, patient.patient_id)
