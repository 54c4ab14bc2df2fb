"""Keep a verified event of the gateway, and wake whoever waits for it."""

from temporalio import workflow
from temporalio.exceptions import FailureError
from typing_extensions import override

from activities.contract import Message
from activities.payments.activities import PaymentActivities
from activities.payments.contract import GatewayEvent
from workflows.late_payment import begin_late_payment
from workflows.saga_workflow import Outcome, SagaWorkflow
from workflows.services import payments

WHAT_WE_DID = ("payment_intent.created", "payment_intent.canceled", "charge.succeeded")
"""Events of our own doing: whoever did it knows, and waking them costs a task and four events."""


MONEY_CAME = ("payment_intent.amount_capturable_updated", "payment_intent.succeeded")
"""Events of money that is somebody's business, even when nobody waits for it any more."""


class EventKept(Message):
    """Whether a running process was told; if none was, the event stays to be handled."""

    is_handled: bool


@workflow.defn(name="RecordGatewayEventWorkflow")
class RecordGatewayEventWorkflow(SagaWorkflow[EventKept]):
    """Each event is kept once, in whatever order and number they come."""

    object_type = "gateway-event"

    @workflow.run
    async def run(self, request: GatewayEvent) -> Outcome[EventKept]:
        return await self.settle(self._keep(request))

    @override
    def about(self) -> str | None:
        return workflow.info().workflow_id.removeprefix("gateway-event-")

    async def _keep(self, event: GatewayEvent) -> None:
        is_handled = event.type in WHAT_WE_DID or await self._wake(event.process)
        kept = event.model_copy(update={"is_handled": is_handled})
        recorded = await self.saga.pivot(payments, PaymentActivities.record_event, kept)
        self.answer(EventKept(is_handled=is_handled))
        late = event.payment_id if recorded.is_open and event.type in MONEY_CAME else None
        await self.tail(*([begin_late_payment(late)] if late else []))

    async def _wake(self, process: str | None) -> bool:
        """Tell the process that the payment was made for; an event only makes it ask."""
        if not process:
            return False
        try:
            await workflow.get_external_workflow_handle(process).signal("gateway_event")
        except FailureError:
            return False
        return True
