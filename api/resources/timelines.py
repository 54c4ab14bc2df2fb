"""What happened to an appointment, as clients see it."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import Field

from activities.appointments.contract import AppointmentStatus
from api.fields import like
from api.shown import Moment, Shown
from db.reading import Record


class Change(Shown):
    """One entry of a visit's history: who changed it, when that was accepted, and why.

    `told` is for people.
    """

    told: str
    version: int
    from_status: str
    status: str
    slot_start: Moment
    slot_end: Moment
    moved_from: Moment | None = None
    """When it would have begun, if this entry moved it."""
    doctor_id: UUID | None
    """With whom it is from here on; entries of before that was kept do not say it."""
    late_move: bool = False
    """Moved so late by its patient that a cancellation costs from here on what a late one costs."""
    at: Moment
    actor_role: str
    reason: str | None
    workflow_id: str


class ProcessNow(Shown):
    """A process that touched the visit, as the engine knows it."""

    workflow_id: str
    type: str
    status: str
    steps: dict[str, str] = Field(default={})
    """What was done and undone, while it runs and a worker can tell."""
    started_at: Moment
    closed_at: Moment | None


class Timeline(Shown):
    model_config = like(
        data=[{"told": "Booked", "version": 1, "status": "BOOKED", "at": "2026-11-20T09:15:03Z"}],
        processes=[],
    )

    data: list[Change]
    processes: list[ProcessNow]


TOLD = {
    (AppointmentStatus.HELD, AppointmentStatus.BOOKED): "Paid for, and booked",
    (AppointmentStatus.BOOKED, AppointmentStatus.BOOKED): "Moved",
    (AppointmentStatus.EXPIRED, AppointmentStatus.HELD): "Held again",
}
TOLD_AFTER = {
    AppointmentStatus.HELD: "Held until it is paid",
    AppointmentStatus.BOOKED: "Booked",
    AppointmentStatus.CHECKED_IN: "The patient has come",
    AppointmentStatus.COMPLETED: "The visit took place",
    AppointmentStatus.EXPIRED: "Nobody paid in time, and the slot is free again",
    AppointmentStatus.RELEASED: "Let go, and the slot is free again",
    AppointmentStatus.CANCELLED: "Cancelled",
    AppointmentStatus.NO_SHOW: "The patient did not come",
}


def told_of(row: Record) -> str:
    """Say in plain words what happened."""
    before, after = row["from_status"], row["to_status"]
    return TOLD.get((before, after)) or TOLD_AFTER[after]


def history_of(rows: Sequence[Record]) -> list[Change]:
    """Tell a visit's history, the oldest first: a move by what it moved."""
    return [change_of(row, before) for row, before in zip(rows, [None, *rows], strict=False)]


def change_of(row: Record, before: Record | None) -> Change:
    is_move = before is not None and row["from_status"] == row["to_status"]
    return Change(
        told=told_of(row),
        version=row["version"],
        from_status=row["from_status"],
        status=row["to_status"],
        slot_start=row["slot_start"],
        slot_end=row["slot_end"],
        moved_from=before["slot_start"] if before and is_move else None,
        doctor_id=row["doctor_id"],
        late_move=row["late_move"] and not (before and before["late_move"]),
        at=row["accepted_at"],
        actor_role=row["actor_role"],
        reason=row["reason"],
        workflow_id=row["workflow_id"],
    )
