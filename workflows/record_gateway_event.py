"""Keep a verified event of the gateway; if it is news, wake whoever waits for it."""

from temporalio import workflow
from temporalio.exceptions import FailureError
from typing_extensions import override

from activities.contract import Message
from activities.payments.activities import PaymentActivities
from activities.payments.contract import GatewayEvent
from workflows.late_payment import begin_late_payment
from workflows.saga_workflow import Outcome, SagaWorkflow
from workflows.services import payments

MONEY_CAME = ("payment_intent.amount_capturable_updated", "payment_intent.succeeded")
"""Events of money that is somebody's business, even when nobody waits for it any more."""


class EventKept(Message):
    """Whether it was news, and whether a running process was told."""

    is_news: bool
    is_told: bool = False


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
        recorded = await self.saga.pivot(payments, PaymentActivities.record_event, event)
        # Most events tell what we did ourselves, and waking whoever did it is not free.
        is_told = recorded.is_news and await self._wake(event.process)
        self.answer(EventKept(is_news=recorded.is_news, is_told=is_told))
        is_late = recorded.is_news and not is_told and event.type in MONEY_CAME
        late = event.payment_id if is_late else None
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
