"""Booked visits, and what tests ask for them: moves, cancellations, and the rows behind them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg

from activities.appointments.contract import (
    AppointmentStatus,
    CancelVisit,
    CompleteVisit,
    HoldMove,
    Move,
    SlotOf,
    TakeSlot,
    VisitNow,
)
from activities.appointments.service import AppointmentService
from activities.contract import By, Visit
from activities.offers import SlotOffer
from activities.process import Process
from tests.examples import NOW, TOMORROW_NINE, a_process, a_slot, a_visit, an_offer

MICROSECOND, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = TOMORROW_NINE + 3 * HOUR
HOLD_ENDS = NOW + 10 * MINUTE
LONDON = "Europe/London"


def an_offer_at(start: datetime, zone: str = "UTC", **numbers: object) -> SlotOffer:
    """Offer a slot as a doctor in this zone does."""
    local = start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return an_offer(start).model_copy(update={"timezone": zone, "local_start": local, **numbers})


def by(name: str, at: datetime = NOW) -> Process:
    return a_process(name, at)


def of(slot: TakeSlot, part: str = "") -> SlotOf:
    return SlotOf(appointment_id=slot.visit.appointment_id, part=part)


def a_move(
    slot: TakeSlot,
    to: datetime = NOON,
    *,
    doctor: UUID | None = None,
    by: By = By.PATIENT,
    offer: SlotOffer | None = None,
) -> HoldMove:
    visit = slot.visit.model_copy(
        update={"slot_start": to, "doctor_id": doctor or slot.visit.doctor_id}
    )
    return HoldMove(
        hold_id=uuid4(),
        visit=visit,
        offer=offer or an_offer_at(to),
        hold_until=HOLD_ENDS,
        by=by,
        reason="a better time",
    )


def a_cancellation(
    slot: TakeSlot, by: By = By.PATIENT, *, version: int | None = None
) -> CancelVisit:
    return CancelVisit(
        appointment_id=slot.visit.appointment_id, by=by, reason="feels well", version=version
    )


def a_finding(slot: TakeSlot) -> CompleteVisit:
    return CompleteVisit(
        appointment_id=slot.visit.appointment_id,
        diagnosis="Lateral ankle sprain",
        notes="rest",
        follow_up_date=date(2026, 12, 16),
    )


@dataclass(frozen=True)
class Ward:
    """The appointments' service, with visits booked in it, and a look behind it."""

    appointments: AppointmentService
    superuser: asyncpg.Connection

    async def book(
        self,
        visit: Visit | None = None,
        *,
        start: datetime = TOMORROW_NINE,
        at: datetime = NOW,
        offer: SlotOffer | None = None,
    ) -> TakeSlot:
        slot = a_slot(visit or a_visit(start=start), offer=offer)
        process = a_process(f"book-{slot.visit.appointment_id}", at)
        await self.appointments.book_slot(process, slot)
        return slot

    async def hold(self, move: HoldMove, process: Process | None = None) -> VisitNow:
        return await self.appointments.changes.hold_move(process or by("move-1"), move)

    async def move(
        self, move: HoldMove, process: Process | None = None, *, is_paid: bool = False
    ) -> VisitNow:
        """Hold and move at once."""
        process = process or by(f"move-{move.hold_id}")
        await self.appointments.changes.hold_move(process, move)
        moved = await self.appointments.changes.move(process, Move(move=move, is_paid=is_paid))
        return moved.now

    async def now(self, slot: TakeSlot) -> VisitNow:
        return await self.appointments.read_visit(of(slot))

    async def live_through(self, slot: TakeSlot, status: AppointmentStatus) -> None:
        """Let a booked visit become this, in time."""
        changes, start = self.appointments.changes, slot.visit.slot_start
        match status:
            case AppointmentStatus.CHECKED_IN | AppointmentStatus.COMPLETED:
                await changes.check_in(by("checkin-1", start), of(slot))
                if status is AppointmentStatus.COMPLETED:
                    await changes.complete_visit(by("complete-1", start), a_finding(slot))
            case AppointmentStatus.NO_SHOW:
                await changes.mark_no_show(by("noshow-1", start + HOUR), of(slot))
            case AppointmentStatus.CANCELLED:
                await changes.cancel(by("cancel-1"), a_cancellation(slot))
            case _:
                await self.appointments.release_slot(
                    a_process(f"book-{slot.visit.appointment_id}"), slot
                )

    async def row(self, appointment_id: UUID) -> asyncpg.Record:
        row = await self.superuser.fetchrow(
            "SELECT * FROM app.appointments WHERE appointment_id = $1", appointment_id
        )
        assert row
        return row

    async def history(self, appointment_id: UUID) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await self.superuser.fetch(
            "SELECT * FROM app.appointment_changes WHERE appointment_id = $1 ORDER BY version",
            appointment_id,
        )
        return rows
