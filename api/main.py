"""Makes the parts of the API, and serves it until it is asked to stop."""

import asyncio
import gc
import signal

import structlog
import uvicorn
import uvloop
from prometheus_client import start_http_server
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.logs import configure
from api.accounts import Accounts, open_users
from api.app import create_app
from api.cursors import Cursors
from api.gateway import Gateway
from api.health import Health
from api.idempotency import Commands
from api.parts import Parts, Readers
from api.payloads import Payloads
from api.processes import Processes
from api.rates import Rates
from api.settings import ApiSettings, cursor_keys
from api.slots import FreeSlots
from api.tokens import Tokens, read_keys
from db.appointments.queries import AppointmentQueries
from db.billing.queries import BillQueries
from db.doctors.queries import DoctorQueries
from db.patients.queries import PatientQueries
from db.payments.queries import PaymentQueries
from db.settings import connect, database
from db.users.queries import AccountQueries
from workflows.connection import Keyring
from workflows.connection import connect as connect_to_temporal

READ = ("users", "patients", "doctors", "appointments", "billing", "payments")
log = structlog.get_logger()


def reader(service: str) -> AsyncEngine:
    settings = database(service)
    return connect(settings.reader_url, settings.pool_size, f"api reads {service}")


def assemble(settings: ApiSettings, temporal: Client) -> Parts:
    """Wire the parts: the one place where the API's collaborators are chosen."""
    engines = {service: reader(service) for service in READ}
    users = database("users")
    engines["users as worker"] = connect(users.database_url, users.pool_size, "api writes users")
    readers = Readers(
        users=AccountQueries(engines["users"]),
        appointments=AppointmentQueries(engines["appointments"]),
        patients=PatientQueries(engines["patients"]),
        doctors=DoctorQueries(engines["doctors"]),
        billing=BillQueries(engines["billing"]),
        payments=PaymentQueries(engines["payments"]),
    )
    tokens = Tokens(read_keys(settings.token_keys.get_secret_value()), settings.public_url)
    service = open_users(engines["users as worker"], settings.refresh_key)
    accounts = Accounts(service, tokens, readers.patients, readers.doctors)
    processes = Processes(temporal)
    return Parts(
        accounts=accounts,
        processes=processes,
        commands=Commands(accounts, processes),
        readers=readers,
        tokens=tokens,
        cursors=Cursors(cursor_keys(Keyring().keys())),
        rates=Rates(settings.rate),
        health=Health(accounts, processes),
        gateway=Gateway(settings.webhook_secret),
        payloads=Payloads(temporal.data_converter, temporal.namespace),
        alternatives=FreeSlots(readers.doctors, readers.appointments),
        public_url=settings.public_url,
        is_production=settings.is_production,
        is_development=settings.development,
        origins=settings.origins,
        temporal_ui_url=settings.temporal_ui_url,
        engines=engines,
    )


async def serve(settings: ApiSettings) -> None:
    # Lazily: without Temporal the API still reads, and says that it is not ready.
    temporal = await connect_to_temporal("api", lazy=True)
    config = uvicorn.Config(
        create_app(assemble(settings, temporal)),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=settings.graceful_seconds,
    )
    server = uvicorn.Server(config)

    def stop() -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    log.info("api_started", port=settings.port)
    # Without its own signals: it would raise them again at the end, and the exit code with them.
    await server._serve()  # noqa: SLF001
    log.info("api_stopped")


def main() -> None:
    """Run to the end, and leave with a clean exit code.

    A Temporal client that is still referenced when the interpreter ends aborts it (exit 134).
    """
    settings = ApiSettings()
    configure("api", settings.log_level)
    if settings.metrics_port:
        start_http_server(settings.metrics_port, settings.metrics_host)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))
    gc.collect()
