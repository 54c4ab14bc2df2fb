"""Free slots as clients ask for them and see them."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.fields import Id, Instant, Word
from api.shown import Shown
from api.slots import CONSULTATION, OfferedSlot, Window
from db.doctors.queries import DoctorFilter

NEXT = 100
"""Slots that the search over many doctors tells of."""


class SlotQuery(BaseModel):
    """Without times: the next seven days."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Annotated[Instant | None, Field(alias="from")] = None
    until: Annotated[Instant | None, Field(alias="to")] = None
    service_type: Word = CONSULTATION

    @property
    def window(self) -> Window:
        return Window.of(self.since, self.until, datetime.now(UTC))


class NextSlotQuery(SlotQuery):
    department_id: Id | None = None
    specialization_id: Id | None = None
    doctor_id: Id | None = None

    @property
    def filter(self) -> DoctorFilter:
        return DoctorFilter(
            department_id=self.department_id, specialization_id=self.specialization_id
        )


class SlotList(Shown):
    """All of them at once, the earliest first."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "data": [
                        {
                            "doctor_id": "01a1f8de-77b0-7a34-8c55-0d9e3b1a4f02",
                            "slot_start": "2026-12-01T09:00:00Z",
                            "slot_end": "2026-12-01T09:30:00Z",
                            "timezone": "Europe/London",
                        }
                    ]
                }
            ]
        },
    )

    data: list[OfferedSlot]
