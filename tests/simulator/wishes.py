"""What people want: each wish is one process, for a visit that is there or is to be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar
from uuid import UUID

from activities.appointments.contract import AppointmentStatus
from activities.contract import By, Message, Money, Visit
from activities.payments.contract import Method, PaymentStatus
from tests.fakes.bills import Bill, cents
from tests.fakes.gateway import BANK_ASKS, CARD, EMPTY_CARD, NO_CARD
from tests.fakes.slots import BOOKED, CHECKED_IN, Slot
from tests.fakes.world import World
from tests.simulator.clinic import Staff, identity, starts
from tests.simulator.options import Options
from workflows.book_appointment import BookAppointment, BookAppointmentWorkflow, PayNow
from workflows.cancel_appointment import Cancel, CancelAppointmentWorkflow
from workflows.check_in import CheckIn, CheckInWorkflow
from workflows.complete_visit import Complete, CompleteVisitWorkflow
from workflows.mark_no_show import MarkNoShow, MarkNoShowWorkflow
from workflows.refund_payment import RefundPayment, RefundPaymentWorkflow
from workflows.reschedule_appointment import Reschedule, RescheduleAppointmentWorkflow
from workflows.take_payment import TakePayment, TakePaymentWorkflow
from workflows.waive_no_show import Waive, WaiveNoShowWorkflow

Choice = TypeVar("Choice")
MOMENT, MINUTE, DAY = timedelta(microseconds=1), timedelta(minutes=1), timedelta(days=1)
CARDS = (CARD,) * 8 + (NO_CARD, EMPTY_CARD, BANK_ASKS)
NO_SHOW, COMPLETED = AppointmentStatus.NO_SHOW, AppointmentStatus.COMPLETED


@dataclass(frozen=True)
class Wish:
    """A process to be started, and when: now, if that is past."""

    workflow: type
    request: Message
    process: str
    at: datetime | None = None


class Wishes:
    """Draws what somebody wants next, from what there is."""

    def __init__(self, world: World, options: Options, chance: Random) -> None:
        self._world, self._options, self._chance = world, options, chance
        self._patients = [identity(chance) for _ in range(options.patients)]
        staff = world.doctors
        assert isinstance(staff, Staff)
        self._doctors = list(staff.fees)
        self._department = identity(chance)
        self._kinds: Sequence[tuple[int, Callable[[], Wish | None]]] = (
            *((40, self._booking), (14, self._move), (16, self._cancellation)),
            *((12, self._payment), (6, self._refund), (8, self._arrival)),
            *((6, self._completion), (4, self._no_show), (4, self._waiver)),
        )

    def draw(self, now: datetime) -> Wish:
        """Draw a wish. Where there is nothing that it could be about, somebody books."""
        self._now = now
        weights = [weight for weight, _ in self._kinds]
        (_, kind), *_ = self._chance.choices(self._kinds, weights)
        return kind() or self._booking()

    def rival_of(self, request: object) -> Wish:
        """Want the same slot for somebody else, to be paid later."""
        assert isinstance(request, BookAppointment)
        others = [p for p in self._patients if p != request.visit.patient_id]
        change = {
            "appointment_id": identity(self._chance),
            "patient_id": self._chance.choice(others),
        }
        visit = request.visit.model_copy(update=change)
        rival = BookAppointment(visit=visit, bill_id=identity(self._chance))
        return Wish(BookAppointmentWorkflow, rival, f"book-{visit.appointment_id}")

    def _booking(self) -> Wish:
        visit = Visit(
            appointment_id=identity(self._chance),
            patient_id=self._chance.choice(self._patients),
            department_id=self._department,
            **self._place(),
        )
        pay = None
        if self._chance.random() < 0.65:
            card = self._chance.choice((*CARDS, None, None, None, None))
            pay = PayNow(payment_id=identity(self._chance), payment_method=card)
        request = BookAppointment(visit=visit, bill_id=identity(self._chance), pay=pay)
        return Wish(BookAppointmentWorkflow, request, f"book-{visit.appointment_id}")

    def _move(self) -> Wish | None:
        slot = self._visit(BOOKED)
        if slot is None:
            return None
        visit = slot.visit.model_copy(update=self._place())
        request = Reschedule(
            visit=visit,
            hold_id=identity(self._chance),
            payment_id=identity(self._chance),
            payment_method=self._chance.choice((*CARDS, None)),
            by=self._whose(),
        )
        early, late = slot.start - timedelta(hours=2), slot.start - timedelta(hours=1)
        return self._of(slot, "reschedule", RescheduleAppointmentWorkflow, request, early, late)

    def _cancellation(self) -> Wish | None:
        slot = self._visit(BOOKED, CHECKED_IN)
        if slot is None:
            return None
        agreed = self._chance.choice((None, None, Decimal(0), Decimal("52.50"), Decimal(500)))
        request = Cancel(
            appointment_id=slot.visit_id,
            by=self._whose(),
            reason="better",
            accept_fee=None if agreed is None else Money(amount=agreed, currency="GBP"),
        )
        late = slot.start - timedelta(hours=2)
        edges = (late, slot.start)
        return self._of(slot, "cancel", CancelAppointmentWorkflow, request, *edges)

    def _payment(self) -> Wish | None:
        bills = list(self._world.billing.bills.items())
        unpaid = [(bill_id, bill) for bill_id, bill in bills if bill.balance > 0]
        chosen = self._one_of(unpaid if self._chance.random() < 0.8 else bills)
        if chosen is None:
            return None
        bill_id, bill = chosen
        method = self._chance.choice((Method.CARD, Method.CARD, Method.CASH))
        payment_id = identity(self._chance)
        request = TakePayment(
            payment_id=payment_id,
            bill_id=bill_id,
            amount=Money(amount=self._part_of(bill), currency="GBP"),
            method=method,
            payment_method=self._chance.choice(CARDS) if method is Method.CARD else None,
        )
        return Wish(TakePaymentWorkflow, request, f"payment-{payment_id}")

    def _refund(self) -> Wish | None:
        payments = self._world.payments.payments.items()
        chosen = self._one_of([(i, p) for i, p in payments if p.status is PaymentStatus.COMPLETED])
        if chosen is None:
            return None
        payment_id, payment = chosen
        refund_id = identity(self._chance)
        part = self._chance.choice((Decimal(1), Decimal("0.5"), Decimal("1.01")))
        amount = max(cents(payment.amount.amount * part), Decimal("0.01"))
        request = RefundPayment(
            refund_id=refund_id,
            payment_id=payment_id,
            amount=Money(amount=amount, currency="GBP"),
            reason="sorry",
        )
        return Wish(RefundPaymentWorkflow, request, f"refund-{refund_id}")

    def _arrival(self) -> Wish | None:
        slot = self._visit(BOOKED)
        if slot is None:
            return None
        request = CheckIn(appointment_id=slot.visit_id)
        edges = (slot.start - 10 * MINUTE, slot.start, grace_of(slot))
        return self._of(slot, "checkin", CheckInWorkflow, request, *edges)

    def _completion(self) -> Wish | None:
        slot = self._visit(CHECKED_IN)
        if slot is None:
            return None
        request = Complete(appointment_id=slot.visit_id, diagnosis="a cold")
        return self._of(slot, "complete", CompleteVisitWorkflow, request, slot.end)

    def _no_show(self) -> Wish | None:
        slot = self._visit(BOOKED)
        if slot is None:
            return None
        request = MarkNoShow(appointment_id=slot.visit_id)
        return self._of(slot, "noshow", MarkNoShowWorkflow, request, grace_of(slot))

    def _waiver(self) -> Wish | None:
        slot = self._visit(NO_SHOW)
        if slot is None or slot.no_show_at is None:
            return None
        request = Waive(appointment_id=slot.visit_id, reason="was ill")
        until = slot.no_show_at + 7 * DAY
        return self._of(slot, "waive", WaiveNoShowWorkflow, request, until)

    def _of(
        self, slot: Slot, verb: str, workflow: type, request: Message, *edges: datetime
    ) -> Wish:
        """Want it at once, or at an edge of its rule: exactly then, a moment sooner or later."""
        process = f"{verb}-{slot.visit_id}-{identity(self._chance)}"
        edge = self._one_of([edge for edge in edges if edge > self._now])
        if edge is None or self._chance.random() < 0.4:
            return Wish(workflow, request, process)
        return Wish(workflow, request, process, edge + self._chance.choice((-1, 0, 1)) * MOMENT)

    def _place(self) -> dict[str, UUID | datetime]:
        """Choose a doctor and a time; where it is crowded, many choose the same few."""
        ahead = [start for start in starts() if start > self._now] or starts()[-1:]
        is_crowded = self._chance.random() < self._options.crowding
        doctors = self._doctors[:1] if is_crowded else self._doctors
        slots = ahead[5:11] or ahead if is_crowded else ahead
        start = self._chance.choice(slots)
        return {"doctor_id": self._chance.choice(doctors), "slot_start": start}

    def _visit(self, *statuses: AppointmentStatus) -> Slot | None:
        """Choose a visit that stands so; now and then another, of which it can't be wanted."""
        rows = self._world.appointments.slots.items()
        visits = [slot for row, slot in rows if row == slot.visit_id]
        fitting = [slot for slot in visits if slot.status in statuses]
        return self._one_of(visits if self._chance.random() < 0.05 else fitting)

    def _part_of(self, bill: Bill) -> Decimal:
        due = max(bill.balance, Decimal("0.01"))
        half = max(cents(due / 2), Decimal("0.01"))
        return self._chance.choice((due, due, half, due + Decimal("0.01")))

    def _whose(self) -> By:
        return self._chance.choice((By.PATIENT, By.PATIENT, By.PATIENT, By.HOSPITAL))

    def _one_of(self, choices: Sequence[Choice]) -> Choice | None:
        return self._chance.choice(choices) if choices else None


def grace_of(slot: Slot) -> datetime:
    return slot.end + slot.offer.terms.no_show_grace_minutes * MINUTE
