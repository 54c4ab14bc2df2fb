"""Carry what the API wrote down for the audit into the chains of the audit."""

from temporalio import workflow

from activities.audit.activities import AuditActivities
from activities.audit.contract import AppendEntries, Entry
from activities.contract import Message
from activities.users.activities import UserActivities
from activities.users.contract import ListOutbox, MarkShipped, Outgoing
from workflows.saga_workflow import Outcome
from workflows.scheduled import Report, ScheduledWorkflow, ask
from workflows.services import audit, users


class ShipAudit(Message):
    """How much is carried in one step."""

    page: int = 500


EVERYTHING = ShipAudit()


class Shipped(Report):
    """How many records were carried. That is no change of ours: each is a record itself."""

    records: int = 0


@workflow.defn(name="ShipAuditWorkflow")
class ShipAuditWorkflow(ScheduledWorkflow[Shipped]):
    """Nothing is taken off the outbox that the audit has not. What comes twice is one record."""

    @workflow.run
    async def run(self, request: ShipAudit = EVERYTHING) -> Outcome[Shipped]:
        return await self.settle(self._ship(request))

    async def _ship(self, request: ShipAudit) -> None:
        shipped = 0
        while True:
            asked = ListOutbox(limit=request.page)
            waiting = (await ask(users, UserActivities.list_outbox, asked)).records
            if waiting:
                await self._carry(waiting)
            shipped += len(waiting)
            if len(waiting) < request.page:
                break
        self.answer(Shipped(records=shipped))
        await self.tail()

    async def _carry(self, records: tuple[Outgoing, ...]) -> None:
        last = str(records[-1].record_id)
        entries = tuple(
            Entry.model_validate(record.model_dump(exclude={"record_id"})) for record in records
        )
        await ask(audit, AuditActivities.append_entries, AppendEntries(part=last, entries=entries))
        ids = tuple(record.record_id for record in records)
        await ask(users, UserActivities.mark_shipped, MarkShipped(part=last, record_ids=ids))
