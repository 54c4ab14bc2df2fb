"""What must be true of all databases and the gateway together, whenever nothing is under way.

It looks where the nightly audit looks; as nothing is under way, whatever it finds is wrong.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from activities.analytics.service import AnalyticsService
from activities.appointments.service import AppointmentService
from activities.audit.service import AuditService
from activities.billing.service import BillingService
from activities.comparisons.money import Account, gateway
from activities.doctors.service import DoctorService
from activities.facts import PAGE, PaymentFact, PaymentsOf
from activities.findings import Finding
from activities.notifications.service import NotificationService
from activities.patients.service import PatientService
from activities.payments.service import PaymentService
from activities.users.outbox import OutboxService
from db.settings import SERVICES
from workflows.looks import LOOKS, Look
from workflows.services import Service

LONG_AGO, LONG_AFTER = datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
WHO_KNOWS: dict[str, Callable[[AsyncEngine], Any]] = {
    "analytics": AnalyticsService,
    "appointments": AppointmentService,
    "audit": AuditService,
    "billing": BillingService,
    "doctors": DoctorService,
    "notifications": NotificationService,
    "patients": PatientService,
    "payments": PaymentService,
    "users": OutboxService,
}
DEADLOCKS = "SELECT datname, deadlocks FROM pg_stat_database WHERE deadlocks > 0"


class Books:
    """The databases of all services, asked as the nightly audit asks their workers."""

    def __init__(self, engine_of: Callable[[str], AsyncEngine]) -> None:
        services = {name: make(engine_of(name)) for name, make in WHO_KNOWS.items()}
        self._asked = {name: (service.checks, service) for name, service in services.items()}

    async def ask(self, service: Service[Any], do: Any, request: Any) -> Any:  # noqa: ANN401 - any step
        checks, rules = self._asked[service.task_queue]
        step = getattr(checks, do.__name__, None) or getattr(rules, do.__name__)
        return await step(request)

    async def findings(self, *looks: Look, at: datetime = LONG_AFTER) -> list[Finding]:
        """Look at every page of everything, or of some looks."""
        found: list[Finding] = []
        for look in looks or LOOKS:
            after: str | None = ""
            while after is not None:
                page = await look.at(self.ask, at, after)
                found += page.findings
                after = page.next
        return found

    async def payments(self) -> list[PaymentFact]:
        """Read what is paid by card; what the desk took is in no book of the gateway."""
        checks, _ = self._asked["payments"]
        found: list[PaymentFact] = []
        while True:
            after = found[-1].payment_id if found else None
            asked = PaymentsOf(since=LONG_AGO, until=LONG_AFTER, after=after)
            page = (await checks.list_payments(asked)).payments
            found += page
            if len(page) < PAGE:
                return found

    async def deadlocks(self) -> list[str]:
        checks, _ = self._asked["appointments"]
        return [f"a deadlock: {dict(row)}" for row in await checks.rows(DEADLOCKS)]


@asynccontextmanager
async def opened(url_of: Callable[[str], str]) -> AsyncIterator[Books]:
    """Open the books for looking only, by one connection each: an owner has two in all."""
    engines = {
        service: create_async_engine(
            url_of(service),
            pool_size=1,
            max_overflow=0,
            connect_args={"server_settings": {"default_transaction_read_only": "on"}},
        )
        for service in SERVICES
    }
    try:
        yield Books(engines.__getitem__)
    finally:
        for engine in engines.values():
            await engine.dispose()


async def violations(url_of: Callable[[str], str], accounts: Sequence[Account]) -> list[str]:
    """Say everything that is wrong: nothing, when all is as it must be."""
    async with opened(url_of) as books:
        found = await books.findings()
        found += gateway(await books.payments(), accounts)
        told = [f"{one.check}: {one.object_key} {one.details} {one.processes}" for one in found]
        return told + await books.deadlocks()
