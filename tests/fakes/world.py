"""All services together, asked by the names that travel on the wire."""

from typing import Any, get_type_hints

from activities.analytics.activities import AnalyticsActivities
from activities.appointments.activities import AppointmentActivities
from activities.audit.activities import AuditActivities
from activities.billing.activities import BillingActivities
from activities.contract import Command, Refusal
from activities.doctors.activities import DoctorActivities
from activities.notifications.activities import NotificationActivities
from activities.patients.activities import PatientActivities
from activities.payments.activities import PaymentActivities
from activities.process import Process
from activities.users.activities import UserActivities
from tests.fakes.appointments import Appointments
from tests.fakes.billing import Billing
from tests.fakes.inbox import Inbox, Kept, key_of
from tests.fakes.payments import Payments
from tests.fakes.records import Analytics, Audit, Doctors, Notifications, Patients

DOORS = (
    AnalyticsActivities,
    AppointmentActivities,
    AuditActivities,
    BillingActivities,
    DoctorActivities,
    NotificationActivities,
    PatientActivities,
    PaymentActivities,
    UserActivities,
)
REQUESTS: dict[str, type[Command]] = {
    step.__temporal_activity_definition.name: get_type_hints(step)["request"]
    for door in DOORS
    for step in vars(door).values()
    if hasattr(step, "__temporal_activity_definition")
}
"""What each step is asked with, by its name on the wire."""


class World:
    """What there is besides Temporal. Compare two of its pictures to see that nothing happened."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self.asked: list[tuple[Process, str, Command]] = []
        self.analytics = Analytics(self.inbox)
        self.appointments = Appointments(self.inbox)
        self.audit = Audit(self.inbox)
        self.billing = Billing(self.inbox)
        self.doctors = Doctors(self.inbox)
        self.notifications = Notifications(self.inbox)
        self.patients = Patients(self.inbox)
        self.payments = Payments(self.inbox)

    def do(
        self, process: Process, type: str, request: Command, refusal: Refusal | None = None
    ) -> Any:  # noqa: ANN401 - each step has its own reply
        """Take a step of some service, or have it refused, as it would be once and for all."""
        self.asked.append((process, type, request))
        service, _, step = type.partition(".")
        key = key_of(process, step, request.part)
        if refusal and key not in self.inbox.kept:
            self.inbox.kept[key] = Kept("REFUSED", request.model_dump_json(), refusal)
            raise refusal
        return getattr(getattr(self, service), step)(process, request)

    def picture(self) -> str:
        """Draw everything that there is; two pictures are equal when nothing happened between."""
        return repr({name: books for name, books in vars(self).items() if name != "asked"})
