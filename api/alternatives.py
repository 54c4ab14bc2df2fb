"""Which slots are free instead of one that is taken."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from api.shown import Moment


class FreeSlot(BaseModel):
    model_config = ConfigDict(frozen=True)

    doctor_id: UUID
    slot_start: Moment
    slot_end: Moment


class Alternatives(Protocol):
    """Finds the next free slots of a doctor."""

    async def after(
        self, doctor_id: UUID, slot_start: datetime, service_type: str
    ) -> Sequence[FreeSlot]: ...


class NoAlternatives:
    """Knows of none."""

    async def after(
        self,
        doctor_id: UUID,  # noqa: ARG002 - the protocol's
        slot_start: datetime,  # noqa: ARG002
        service_type: str,  # noqa: ARG002
    ) -> Sequence[FreeSlot]:
        return ()
