"""What the analytics service promises: each change is counted once."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from activities.contract import Command

TASK_QUEUE = "analytics"


class Record(Command):
    """Keeps one event; its id follows from the process that made the change. Ids only, no names."""

    type: str
    occurred_at: datetime
    appointment_id: UUID | None = None
    patient_id: UUID | None = None
    doctor_id: UUID | None = None
    department: str | None = None
    data: dict[str, str | int] = Field(default={})
