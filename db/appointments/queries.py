"""The published side of visits: what others may read of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, ColumnElement, DateTime, Select, Table, select
from sqlalchemy.dialects.postgresql import JSONB

from db.base import ids, moments, numbers, texts, views
from db.reading import Page, Reader, Record, Sight

published = views()


appointments = Table(
    "appointments",
    published,
    *ids("appointment_id", "patient_id", "doctor_id", "department_id"),
    *texts("patient_name", "doctor_name", "specialization", "department", "service_type", "kind"),
    *texts("payment_mode", "timezone", "status", "changed_by", "cancelled_by", "cancel_reason"),
    *texts("notes", "time"),
    *moments("slot_start", "slot_end", "hold_expires_at", "accepted_at", "checked_in_at"),
    *moments("completed_at", "no_show_at", "created_at", "updated_at"),
    Column("local_start", DateTime),
    Column("terms", JSONB),
    Column("late_move", Boolean),
    *numbers("settings_version", "reschedule_count", "version"),
)
clinical = Table(
    "appointment_clinical",
    published,
    *ids("appointment_id", "patient_id", "doctor_id"),
    *texts("symptoms", "diagnosis"),
)
busy = Table("busy", published, *ids("doctor_id"), *moments("slot_start", "slot_end"))
timeline = Table(
    "timeline",
    published,
    *ids("appointment_id", "actor_id", "doctor_id"),
    *numbers("version"),
    *texts("from_status", "to_status", "actor_role", "reason", "workflow_id"),
    *moments("slot_start", "slot_end", "accepted_at", "created_at"),
    Column("late_move", Boolean),
)


@dataclass(frozen=True, slots=True)
class AppointmentFilter:
    """Which visits are wanted; what is not set does not matter."""

    patient_id: UUID | None = None
    doctor_id: UUID | None = None
    department_id: UUID | None = None
    status: tuple[str, ...] = ()
    service_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        v = appointments.c
        wanted = {
            v.patient_id: self.patient_id,
            v.doctor_id: self.doctor_id,
            v.department_id: self.department_id,
            v.service_type: self.service_type,
        }
        conditions = [column == value for column, value in wanted.items() if value is not None]
        if self.status:
            conditions.append(v.status.in_(self.status))
        if self.since:
            conditions.append(v.slot_start >= self.since)
        if self.until:
            conditions.append(v.slot_start < self.until)
        return conditions


MET = ("BOOKED", "CHECKED_IN", "COMPLETED", "CANCELLED", "NO_SHOW")
"""A slot that was only held makes nobody a patient of the doctor."""
SORTS: dict[str, ColumnElement[Any]] = {
    "slot_start": appointments.c.slot_start.asc(),
    "-slot_start": appointments.c.slot_start.desc(),
    "-created_at": appointments.c.created_at.desc(),
}


class AppointmentQueries(Reader):
    """Reads visits, as far as the reader may see them."""

    async def find(self, appointment_id: UUID, sight: Sight) -> Record | None:
        return await self.one(
            select(appointments).where(
                appointments.c.appointment_id == appointment_id, sight.of(appointments)
            )
        )

    async def find_clinical(self, appointment_id: UUID, sight: Sight) -> Record | None:
        return await self.one(
            select(clinical).where(clinical.c.appointment_id == appointment_id, sight.of(clinical))
        )

    async def list(
        self, wanted: AppointmentFilter, sight: Sight, sort: str, limit: int, bookmark: str | None
    ) -> Page:
        query: Select[Any] = (
            select(appointments)
            .where(sight.of(appointments), *wanted.conditions())
            .order_by(SORTS[sort], appointments.c.appointment_id)
        )
        return await self.page(query, limit, bookmark)

    async def treated_by(self, doctor_id: UUID, patient_id: UUID | None = None) -> Sequence[UUID]:
        """Name the patients who have or had a visit with a doctor; or this one, if they had."""
        v = appointments.c
        query = select(v.patient_id).distinct().where(v.doctor_id == doctor_id, v.status.in_(MET))
        if patient_id:
            query = query.where(v.patient_id == patient_id)
        return [row["patient_id"] for row in await self.all(query)]

    async def busy(
        self, doctor_ids: Sequence[UUID], since: datetime, until: datetime
    ) -> Sequence[Record]:
        """Tell when these doctors are taken, and nothing else."""
        return await self.all(
            select(busy).where(
                busy.c.doctor_id.in_(doctor_ids),
                busy.c.slot_start < until,
                busy.c.slot_end > since,
            )
        )

    async def timeline(self, appointment_id: UUID) -> Sequence[Record]:
        return await self.all(
            select(timeline)
            .where(timeline.c.appointment_id == appointment_id)
            .order_by(timeline.c.version)
        )
