"""The engine's own price: our workflows, with steps that return at once."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker

from activities.appointments.contract import AppointmentStatus, SlotState
from activities.billing.contract import BillState, BillStatus
from activities.contract import Money
from activities.logs import configure
from activities.notifications.contract import NotificationStatus, Sent
from activities.offers import DoctorCard, PatientOffer, SlotOffer, Terms
from activities.payments.contract import (
    Authorisation,
    GatewayState,
    PaymentOpened,
    PaymentState,
    PaymentStatus,
)
from workers import workflows
from workers.hosting import host, run

FEE = Money(amount=Decimal("40.00"), currency="GBP")
OFFER = SlotOffer(
    ends_at=datetime(2027, 1, 1, tzinfo=UTC),
    timezone="UTC",
    local_start=datetime.combine(date(2027, 1, 1), datetime.min.time()),
    fee=FEE,
    tax_rate=Decimal("0.0500"),
    due_days=30,
    hold_for=timedelta(minutes=10),
    settings_version=1,
    terms=Terms(
        late_cancel_minutes=120,
        late_cancel_fee_percent=Decimal("50.00"),
        no_show_fee_percent=Decimal("100.00"),
        reminder_minutes=(1440, 120),
    ),
    doctor=DoctorCard(name="Robin Night", department="Telemedicine", source_version=1),
    max_daily_appts=400,
    max_live_holds=3,
    max_bookings_per_hour=10,
)
PATIENT = PatientOffer(
    name="Ada Green", email="ada@patients.example", contact_channel="EMAIL", source_version=1
)
BOOKED = SlotState(status=AppointmentStatus.BOOKED, version=1)
REPLIES: dict[str, object] = {
    "doctors.check_doctor": OFFER,
    "patients.check_patient": PATIENT,
    "appointments.book_slot": BOOKED,
    "appointments.hold_slot": SlotState(status=AppointmentStatus.HELD, version=1),
    "appointments.confirm_slot": BOOKED,
    "billing.open_bill": BillState(status=BillStatus.OPEN, total=FEE),
    "billing.apply_payment": BillState(status=BillStatus.PAID, total=FEE),
    "payments.open_payment": PaymentOpened(client_secret="none"),  # noqa: S106 - nobody's
    "payments.authorise": Authorisation(is_authorised=True),
    "payments.capture": PaymentState(
        status=PaymentStatus.COMPLETED, at_gateway=GatewayState.CAPTURED
    ),
    "notifications.send": Sent(status=NotificationStatus.SENT),
    "analytics.record": None,
    "audit.append": None,
}


def empty(name: str, reply: object) -> Callable[..., Any]:
    @activity.defn(name=name)
    async def step(request: dict[str, Any]) -> object:  # noqa: ARG001 - it does nothing with it
        return reply

    return step


def workers(client: Client, graceful: timedelta) -> Iterable[Worker]:
    """Host the workflows as we do, and a queue of empty steps per service."""
    yield from workflows.workers(client, graceful)
    for queue in sorted({name.partition(".")[0] for name in REPLIES}):
        yield Worker(
            client,
            task_queue=queue,
            activities=[
                empty(name, reply)
                for name, reply in REPLIES.items()
                if name.startswith(f"{queue}.")
            ],
            activity_task_poller_behavior=PollerBehaviorAutoscaling(),
            graceful_shutdown_timeout=graceful,
        )


async def main() -> None:
    await host("bench-floor", [], workers)


if __name__ == "__main__":
    configure("bench-floor")
    run(main)
