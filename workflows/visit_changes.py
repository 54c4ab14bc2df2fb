"""What every change of a booked visit has in common: who hears of it, and how it is answered."""

from collections.abc import Coroutine
from contextlib import suppress
from typing import Any
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import FailureError

from activities.analytics.activities import AnalyticsActivities
from activities.appointments.contract import AppointmentStatus, VisitNow
from activities.billing.contract import CancellationRule, GoesBack
from activities.contract import Message, Money
from activities.notifications.activities import NotificationActivities
from activities.payments.contract import OpenRefund
from workflows.messages import Card, about_visit, amount_of, event_of
from workflows.money import MoneyWorkflow, Refunds
from workflows.services import analytics, notifications

Step = Coroutine[Any, Any, object]


class VisitChanged(Message):
    """How a visit stands after a change, and what the change costs."""

    appointment_id: UUID
    status: AppointmentStatus
    version: int
    fee: Money | None = None
    """What a cancellation or a no-show costs, paid or not."""
    rule: CancellationRule | None = None
    refunds: tuple[GoesBack, ...] = ()


class VisitChange(MoneyWorkflow[VisitChanged]):
    """A change of a booked visit."""

    object_type = "appointment"

    def __init__(self) -> None:
        super().__init__()
        self.card: Card | None = None
        """The visit as messages name it, once it is known."""
        self.refunds = Refunds(self.saga, lambda: self.nudges, self._tell_of_refund)

    def send(self, event: str, card: Card, occurrence: str = "", **values: str) -> Step:
        message = about_visit(event, card, occurrence, **values)
        return self.saga.finish(notifications, NotificationActivities.send, message)

    def record(self, type: str, card: Card, **data: str | int) -> Step:
        event = event_of(type, card, **data)
        return self.saga.finish(analytics, AnalyticsActivities.record, event)

    async def _tell_of_refund(self, event: str, refund: OpenRefund) -> None:
        if self.card:
            await self.send(event, self.card, str(refund.refund_id), total=amount_of(refund.amount))


def changed(now: VisitNow, **more: Any) -> VisitChanged:  # noqa: ANN401 - fields of the answer
    return VisitChanged(
        appointment_id=now.visit.appointment_id, status=now.status, version=now.version, **more
    )


async def wake_lifecycle(appointment_id: UUID) -> bool:
    """Tell the visit's own life that it has changed: false, when it has none any more."""
    life = workflow.get_external_workflow_handle(f"appointment-{appointment_id}")
    with suppress(FailureError):
        await life.signal("changed")
        return True
    return False
