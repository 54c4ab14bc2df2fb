"""What the API is made of; `main()` makes the parts, tests make others."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine

from api.accounts import Accounts
from api.alternatives import Alternatives, NoAlternatives
from api.cursors import Cursors
from api.gateway import Gateway
from api.health import Health
from api.idempotency import Commands
from api.payloads import Payloads
from api.processes import Processes
from api.rates import Rates
from api.tokens import Tokens
from db.appointments.queries import AppointmentQueries
from db.billing.queries import BillQueries
from db.doctors.queries import DoctorQueries
from db.patients.queries import PatientQueries
from db.payments.queries import PaymentQueries
from db.users.queries import AccountQueries


@dataclass(frozen=True, slots=True)
class Readers:
    """The published views, a reader per database. A new resource adds its reader here."""

    users: AccountQueries
    appointments: AppointmentQueries
    patients: PatientQueries
    doctors: DoctorQueries
    billing: BillQueries
    payments: PaymentQueries


@dataclass(frozen=True, slots=True)
class Parts:
    accounts: Accounts
    processes: Processes
    commands: Commands
    readers: Readers
    tokens: Tokens
    cursors: Cursors
    rates: Rates
    health: Health
    alternatives: Alternatives = field(default_factory=NoAlternatives)
    gateway: Gateway = field(default_factory=Gateway)
    payloads: Payloads | None = None
    public_url: str = "http://127.0.0.1:8000"
    is_production: bool = False
    is_development: bool = False
    origins: tuple[str, ...] = ()
    temporal_ui_url: str = ""
    engines: Mapping[str, AsyncEngine] = field(default_factory=dict)
    """Closed when the app ends."""
