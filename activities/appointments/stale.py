"""The rules of what is left behind: holds that nobody ended, changes that nobody finished."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.appointments.contract import (
    AppointmentStatus,
    ReleaseStale,
    Stale,
    StaleEnded,
    StaleFound,
    StaleKind,
    StaleOf,
)
from activities.inbox import Service, once
from activities.process import Process
from db.appointments.stale import Since, StaleRepository

OVERDUE = timedelta(seconds=60)
ABANDONED = timedelta(minutes=15)
BECOMES = {
    StaleKind.HOLD: AppointmentStatus.EXPIRED,
    StaleKind.MOVE: AppointmentStatus.RELEASED,
}


class StaleService(Service):
    """Frees what was left behind. It knows no workflow: whoever asks has seen that none runs."""

    async def list_stale(self, process: Process, request: StaleOf) -> StaleFound:
        """Name a page of what looks left behind; keeps nothing."""
        async with self._engine.connect() as connection:
            stale = StaleRepository(connection, since(process))
            rows = await stale.page(request.limit, request.after)
        return StaleFound(
            stale=tuple(
                Stale(
                    appointment_id=row.appointment_id,
                    workflow_id=row.workflow_id,
                    kind=StaleKind(row.kind),
                )
                for row in rows
            )
        )

    @once("release_stale")
    async def release_stale(
        self, connection: AsyncConnection, process: Process, request: ReleaseStale
    ) -> StaleEnded:
        stale = StaleRepository(connection, since(process))
        if request.kind is StaleKind.CHANGE:
            was_stale = await stale.end_change(request.appointment_id, request.workflow_id)
        else:
            was_stale = await stale.end_hold(request.appointment_id, BECOMES[request.kind])
        return StaleEnded(was_stale=was_stale)


def since(process: Process) -> Since:
    at = process.accepted_at
    return Since(held_before=at - OVERDUE, changed_before=at - ABANDONED)
