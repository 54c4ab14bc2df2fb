"""What there is before a process: a visit that was booked, paid so far, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from activities.appointments.contract import SlotOf, TakeSlot
from activities.billing.contract import (
    ApplyNoShow,
    ApplyPayment,
    Line,
    OpenBill,
    ReservePayment,
    VoidBill,
)
from activities.contract import Money, Visit
from activities.notifications.contract import Recipient, Send
from activities.offers import SlotOffer
from activities.payments.contract import Authorise, Method, OpenPayment, PayAtDesk, PaymentOf
from activities.process import Origin, Process
from tests.examples import NOW, TOMORROW_NINE, a_patient, an_offer
from tests.fakes.gateway import CARD
from tests.fakes.world import World

DAY = timedelta(days=1)
APPOINTMENT, PATIENT, DOCTOR, DEPARTMENT = (UUID(int=n) for n in (1, 2, 3, 4))
BILL, ANOTHER = UUID(int=5), UUID(int=7)
FEE, TAX = Decimal("100.00"), Decimal("0.05")
TOTAL, HALF = Decimal("105.00"), Decimal("52.50")
"""What a visit costs with its tax, and what is kept of it when it is cancelled late."""
PAYMENTS = tuple(UUID(int=n) for n in range(60, 70))
"""Those that were made before; what a path pays has other ids."""
Becomes = Callable[[World], None]


def pounds(amount: Decimal | str) -> Money:
    return Money(amount=Decimal(amount), currency="GBP")


def visit_at(start: datetime, doctor: UUID = DOCTOR) -> Visit:
    return Visit(
        appointment_id=APPOINTMENT,
        patient_id=PATIENT,
        doctor_id=doctor,
        department_id=DEPARTMENT,
        slot_start=start,
    )


def offer_at(start: datetime, fee: Decimal = FEE) -> SlotOffer:
    return an_offer(start).model_copy(update={"fee": pounds(fee)})


def by(id: str, at: datetime) -> Process:
    return Process(id=id, origin=Origin(accepted_at=at))


def nothing_more(_: World) -> None:
    """Leave the visit as it was booked."""


@dataclass(frozen=True)
class Given:
    """A visit that was booked, and paid by these payments: by card, the newest last."""

    start: datetime = TOMORROW_NINE
    paid: tuple[Decimal | str, ...] = ()
    fee: Decimal = FEE
    lines: tuple[Line, ...] = ()
    """What the bill asks for besides the consultation."""
    method: Method = Method.CARD
    becomes: Becomes = nothing_more
    offered: SlotOffer | None = None
    """What the doctor offers now."""
    has_bill: bool = True
    booked_at: datetime = field(default=NOW - DAY)

    def __call__(self, world: World) -> None:
        process, visit = by(f"book-{APPOINTMENT}", self.booked_at), visit_at(self.start)
        offer = offer_at(self.start, self.fee)
        slot = TakeSlot(visit=visit, offer=offer, patient=a_patient())
        world.appointments.book_slot(process, slot)
        if self.has_bill:
            open_bill(world, self.fee, self.lines)
        world.notifications.send(process, about_the_booking())
        for payment_id, amount in zip(PAYMENTS, self.paid, strict=False):
            pay(world, payment_id, Decimal(amount), self.method)
        world.doctors.offer = self.offered
        self.becomes(world)


def about_the_booking() -> Send:
    to = Recipient(id=PATIENT, address="jo@example.org", name="Jo Doe")
    return Send(part="booked", event="booked", recipient=to, appointment_id=APPOINTMENT)


def open_bill(world: World, fee: Decimal = FEE, lines: tuple[Line, ...] = ()) -> None:
    consultation = Line(description="Consultation", unit_price=fee, tax_rate=TAX)
    bill = OpenBill(
        bill_id=BILL,
        patient_id=PATIENT,
        appointment_id=APPOINTMENT,
        currency="GBP",
        lines=(consultation, *lines),
        due_date=date(2026, 12, 31),
    )
    world.billing.open_bill(by(f"book-{APPOINTMENT}", NOW - DAY), bill)


def opened(payment_id: UUID, amount: Decimal, bill: UUID = BILL) -> OpenPayment:
    return OpenPayment(
        payment_id=payment_id,
        bill_id=bill,
        appointment_id=APPOINTMENT,
        patient_id=PATIENT,
        amount=pounds(amount),
        process=f"payment-{payment_id}",
    )


def pay(world: World, payment_id: UUID, amount: Decimal, method: Method = Method.CARD) -> None:
    process, opens = by(f"payment-{payment_id}", NOW - DAY), opened(payment_id, amount)
    if method is Method.CARD:
        card = Authorise(payment_id=payment_id, payment_method=CARD, opens=opens)
        world.payments.authorise(process, card)
        world.payments.capture(process, PaymentOf(payment_id=payment_id))
    else:
        asked = opens.model_dump(exclude={"process"})
        world.payments.record_at_desk(process, PayAtDesk(method=method, **asked))
    applied = ApplyPayment(bill_id=BILL, payment_id=payment_id, amount=pounds(amount))
    world.billing.apply_payment(process, applied)


def checked_in(world: World) -> None:
    slot = world.appointments.slots[APPOINTMENT]
    world.appointments.check_in(by("checkin", slot.start), SlotOf(appointment_id=APPOINTMENT))


def missed(world: World) -> None:
    """Nobody came, and the bill knows it."""
    slot = world.appointments.slots[APPOINTMENT]
    process = by("noshow", slot.end + timedelta(minutes=15))
    world.appointments.mark_no_show(process, SlotOf(appointment_id=APPOINTMENT))
    terms = slot.offer.terms
    asked = ApplyNoShow(appointment_id=APPOINTMENT, terms=terms, adjustment_id=UUID(int=80))
    world.billing.apply_no_show(process, asked)


def moved_late(world: World) -> None:
    world.appointments.slots[APPOINTMENT].late_move = True


def being_changed(world: World) -> None:
    world.appointments.slots[APPOINTMENT].changed_by = "reschedule-by-somebody"


def reserved_by_another(world: World) -> None:
    """Somebody is paying a part of the bill."""
    reserve = ReservePayment(payment_id=ANOTHER, bill_id=BILL, amount=pounds("50"))
    world.billing.reserve_payment(by("payment-of-another", NOW), reserve)


def over(world: World) -> None:
    """The hold ended, and with it the bill."""
    world.billing.close_bill(by("book", NOW - DAY), VoidBill(bill_id=BILL))
