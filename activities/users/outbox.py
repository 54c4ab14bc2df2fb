"""What the API wrote down for the audit, on its way there."""

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.inbox import Service, once
from activities.process import Process
from activities.users.checks import UserChecks
from activities.users.contract import ListOutbox, MarkShipped, Outbox, Outgoing
from db.users.outbox import OutboxRepository


class OutboxService(Service):
    """Tells what is to be carried over, and takes off what was. Nothing is taken off unseen."""

    @property
    def checks(self) -> UserChecks:
        return UserChecks(self._engine)

    async def list_outbox(self, request: ListOutbox) -> Outbox:
        async with self.one_statement() as connection:
            rows = await OutboxRepository(connection).oldest(request.limit)
        return Outbox(records=tuple(Outgoing(record_id=row.record_id, **row.entry) for row in rows))

    @once("mark_shipped")
    async def mark_shipped(
        self, connection: AsyncConnection, process: Process, request: MarkShipped
    ) -> None:
        await OutboxRepository(connection).mark_shipped(request.record_ids, process.accepted_at)
