"""The services as workflows see them: which queue, how patient. The one table of timeouts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, ApplicationErrorCategory

from activities.analytics.activities import AnalyticsActivities
from activities.analytics.contract import TASK_QUEUE as ANALYTICS
from activities.appointments.activities import AppointmentActivities
from activities.appointments.contract import TASK_QUEUE as APPOINTMENTS
from activities.audit.activities import AuditActivities
from activities.audit.contract import TASK_QUEUE as AUDIT
from activities.billing.activities import BillingActivities
from activities.billing.contract import TASK_QUEUE as BILLING
from activities.contract import Command
from activities.doctors.activities import DoctorActivities
from activities.doctors.contract import TASK_QUEUE as DOCTORS
from activities.notifications.activities import NotificationActivities
from activities.notifications.contract import TASK_QUEUE as NOTIFICATIONS
from activities.patients.activities import PatientActivities
from activities.patients.contract import TASK_QUEUE as PATIENTS
from activities.payments.activities import PaymentActivities
from activities.payments.contract import TASK_QUEUE as PAYMENTS
from activities.users.activities import UserActivities
from activities.users.contract import TASK_QUEUE as USERS

Activities = TypeVar("Activities")
Request = TypeVar("Request", bound=Command)
Reply = TypeVar("Reply")
Do = Callable[[Activities, Request], Awaitable[Reply]]

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
SOON = RetryPolicy(initial_interval=0.05 * SECOND, maximum_interval=5 * SECOND)
FOR_EVER = RetryPolicy(initial_interval=0.05 * SECOND, maximum_interval=120 * SECOND)
ASKED, OWED, SCHEDULED = (Priority(priority_key=key) for key in (1, 3, 5))
"""A person waits for it · it is owed to somebody who has gone · nobody waits for it."""


class Refused(ApplicationError):
    """A service said no. `type` is the problem's code, `details` what the problem must name."""


@dataclass(frozen=True)
class Service(Generic[Activities]):
    """A service as workflows see it. Only its own activities can be called on it."""

    task_queue: str
    attempt: timedelta
    patience: timedelta

    async def call(self, do: Do[Activities, Request, Reply], request: Request) -> Reply:
        """Take a step, as long as patience lasts. A refusal raises `Refused`."""
        return await self._run(do, request, self.patience, SOON, ASKED)

    async def insist(
        self,
        do: Do[Activities, Request, Reply],
        request: Request,
        priority: Priority = OWED,
    ) -> Reply:
        """Take a step however long it takes. A refusal raises `Refused`."""
        return await self._run(do, request, None, FOR_EVER, priority)

    async def _run(
        self,
        do: Do[Activities, Request, Reply],
        request: Request,
        patience: timedelta | None,
        retry: RetryPolicy,
        priority: Priority,
    ) -> Reply:
        step = name_of(do, request)
        tell(step, "…")
        try:
            reply = await workflow.execute_activity_method(
                do,
                request,
                task_queue=self.task_queue,
                activity_id=step,
                start_to_close_timeout=self.attempt,
                schedule_to_close_timeout=patience,
                retry_policy=retry,
                priority=priority,
            )
        except ActivityError as failure:
            tell(step, f"✗ {reason_of(failure)}")
            match failure.cause:
                case ApplicationError(category=ApplicationErrorCategory.BENIGN) as no:
                    raise Refused(
                        no.message, *no.details, type=no.type, non_retryable=True
                    ) from failure
            raise
        tell(step, "✓")
        return reply


def name_of(do: Callable[..., object], request: Command) -> str:
    """Name a step: the activity's id, what operators ask for, the inbox key's second part."""
    return ":".join(filter(None, (do.__name__, request.part)))


def reason_of(failure: BaseException) -> str:
    """Say why a step failed, in a word that holds no data."""
    cause = failure.__cause__ if isinstance(failure, ActivityError) else failure
    return str(getattr(cause, "type", None) or type(cause).__name__)


def tell(step: str, sign: str) -> None:
    """Add to the story that the Temporal UI shows of this process."""
    story: dict[str, str] = workflow.instance().story
    story[step] = sign
    workflow.set_current_details("\n".join(f"- {mark} {name}" for name, mark in story.items()))


DATABASE_STEP, OUTSIDE_STEP = 15 * SECOND, 30 * SECOND

patients = Service[PatientActivities](PATIENTS, attempt=DATABASE_STEP, patience=60 * SECOND)
doctors = Service[DoctorActivities](DOCTORS, attempt=DATABASE_STEP, patience=60 * SECOND)
appointments = Service[AppointmentActivities](
    APPOINTMENTS, attempt=DATABASE_STEP, patience=60 * SECOND
)
billing = Service[BillingActivities](BILLING, attempt=DATABASE_STEP, patience=60 * SECOND)
payments = Service[PaymentActivities](PAYMENTS, attempt=OUTSIDE_STEP, patience=120 * SECOND)
notifications = Service[NotificationActivities](
    NOTIFICATIONS, attempt=OUTSIDE_STEP, patience=60 * SECOND
)
analytics = Service[AnalyticsActivities](ANALYTICS, attempt=DATABASE_STEP, patience=60 * SECOND)
audit = Service[AuditActivities](AUDIT, attempt=DATABASE_STEP, patience=60 * SECOND)
users = Service[UserActivities](USERS, attempt=DATABASE_STEP, patience=60 * SECOND)
