"""What the floor's steps say: as the services would, at once, without looking anything up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from activities.appointments.contract import AppointmentStatus, Moved, SlotState, VisitNow
from activities.billing.contract import (
    BillChanged,
    BillDue,
    BillState,
    BillStatus,
    CancellationApplied,
    CancellationRule,
    GoesBack,
    MoveQuote,
)
from activities.contract import Money, Visit
from activities.notifications.contract import NotificationStatus, Sent
from activities.offers import DoctorCard, PatientOffer, SlotOffer, Terms
from activities.payments.contract import (
    Authorisation,
    GatewayState,
    PaymentState,
    PaymentStatus,
    RefundState,
    RefundStatus,
)
from ops.hospital import an_id

Reply = Callable[[dict[str, Any]], object]

NIGHT, DEARER = an_id("doctor", "Night"), an_id("doctor", "Dearer")
TELEMEDICINE = an_id("department", "Telemedicine")
FEE = Money(amount=Decimal("40.00"), currency="GBP")
DEARER_FEE = Money(amount=Decimal("50.00"), currency="GBP")
PRICE = Money(amount=Decimal("42.00"), currency="GBP")
"""The fee and its tax of 5 %."""
DIFFERENCE = Money(amount=Decimal("10.50"), currency="GBP")
NOTHING = Money(amount=Decimal("0.00"), currency="GBP")

START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=30)
"""Of every visit: nothing of it falls due while we measure."""

OFFER = SlotOffer(
    ends_at=START + timedelta(minutes=5),
    timezone="UTC",
    local_start=START.replace(tzinfo=None),
    fee=FEE,
    tax_rate=Decimal("0.0500"),
    due_days=30,
    hold_for=timedelta(minutes=10),
    settings_version=1,
    terms=Terms(
        late_cancel_minutes=120,
        late_cancel_fee_percent=Decimal("50.00"),
        no_show_fee_percent=Decimal("100.00"),
        reminder_minutes=(1440, 120),
    ),
    doctor=DoctorCard(name="Robin Night", department="Telemedicine", source_version=1),
    max_daily_appts=400,
    max_live_holds=3,
    max_bookings_per_hour=10,
)
PATIENT = PatientOffer(
    name="Ada Green", email="ada@patients.example", contact_channel="EMAIL", source_version=1
)
VISIT = VisitNow(
    visit=Visit(
        appointment_id=uuid7(),
        patient_id=an_id("patient", 1),
        doctor_id=NIGHT,
        department_id=TELEMEDICINE,
        slot_start=START,
    ),
    status=AppointmentStatus.BOOKED,
    version=1,
    slot_end=OFFER.ends_at,
    timezone=OFFER.timezone,
    local_start=OFFER.local_start,
    department=OFFER.doctor.department,
    doctor_name=OFFER.doctor.name,
    patient=PATIENT,
    booked_at=START - timedelta(days=30),
    terms=OFFER.terms,
)
PAID = PaymentState(status=PaymentStatus.COMPLETED, at_gateway=GatewayState.CAPTURED)
GIVEN_BACK = RefundState(status=RefundStatus.COMPLETED)


class Answers:
    """Keeps nothing but what decides which way a process goes on."""

    def __init__(self) -> None:
        self._cancelled: set[str] = set()
        self._paid_with: dict[str, str] = {}
        """The payment that a visit was booked with."""

    def replies(self) -> dict[str, Reply]:
        """Name what each activity says that a measured process asks."""
        return {
            "doctors.check_doctor": self._check_doctor,
            "patients.check_patient": lambda _: PATIENT,
            "appointments.book_slot": lambda _: taken(AppointmentStatus.BOOKED),
            "appointments.hold_slot": lambda _: taken(AppointmentStatus.HELD),
            "appointments.confirm_slot": lambda _: taken(AppointmentStatus.BOOKED),
            "appointments.read_visit": lambda asked: self._now(asked["appointment_id"]),
            "appointments.hold_move": lambda hold: self._now(hold["visit"]["appointment_id"]),
            "appointments.move": self._move,
            "appointments.end_move": lambda asked: self._now(asked["appointment_id"]),
            "appointments.cancel": self._cancel,
            "billing.open_bill": self._open_bill,
            "billing.apply_payment": lambda _: BillState(status=BillStatus.PAID, total=PRICE),
            "billing.reserve_payment": lambda _: BillDue(
                patient_id=VISIT.visit.patient_id, appointment_id=VISIT.visit.appointment_id
            ),
            "billing.quote_move": self._quote_move,
            "billing.reprice_bill": lambda _: BillChanged(
                bill_id=uuid7(), status=BillStatus.PAID, total=PRICE
            ),
            "billing.apply_cancellation": self._apply_cancellation,
            "billing.record_refund": lambda _: BillState(status=BillStatus.REFUNDED, total=PRICE),
            "payments.authorise": lambda _: Authorisation(is_authorised=True),
            "payments.capture": lambda _: PAID,
            "payments.record_at_desk": lambda _: PaymentState(status=PaymentStatus.COMPLETED),
            "payments.open_refund": lambda _: RefundState(status=RefundStatus.PENDING),
            "payments.request_refund": lambda _: GIVEN_BACK,
            "notifications.send": lambda _: Sent(status=NotificationStatus.SENT),
            "analytics.record": lambda _: None,
            "audit.append": lambda _: None,
        }

    def _check_doctor(self, asked: dict[str, Any]) -> SlotOffer:
        fee = DEARER_FEE if asked["doctor_id"] == str(DEARER) else FEE
        return OFFER.model_copy(update={"fee": fee})

    def _now(self, appointment_id: str) -> VisitNow:
        is_over = appointment_id in self._cancelled
        visit = VISIT.visit.model_copy(update={"appointment_id": UUID(appointment_id)})
        status = AppointmentStatus.CANCELLED if is_over else AppointmentStatus.BOOKED
        return VISIT.model_copy(update={"visit": visit, "status": status})

    def _move(self, asked: dict[str, Any]) -> Moved:
        return Moved(now=self._now(asked["move"]["visit"]["appointment_id"]))

    def _cancel(self, asked: dict[str, Any]) -> VisitNow:
        self._cancelled.add(asked["appointment_id"])
        return self._now(asked["appointment_id"])

    def _open_bill(self, bill: dict[str, Any]) -> BillState:
        if payment := bill.get("reserved_for"):
            self._paid_with[bill["appointment_id"]] = payment
        return BillState(status=BillStatus.OPEN, total=PRICE)

    def _quote_move(self, price: dict[str, Any]) -> MoveQuote:
        is_dearer = Decimal(price["fee"]["amount"]) > FEE.amount
        due = DIFFERENCE if is_dearer else NOTHING
        return MoveQuote(bill_id=uuid7(), due_now=due, changes_price=is_dearer)

    def _apply_cancellation(self, asked: dict[str, Any]) -> CancellationApplied:
        paid_with = self._paid_with.get(asked["appointment_id"])
        return CancellationApplied(
            bill_id=uuid7(),
            status=BillStatus.REFUNDED if paid_with else BillStatus.VOID,
            total=NOTHING,
            fee=NOTHING,
            rule=CancellationRule.FREE,
            goes_back=(all_of(paid_with),) if paid_with else (),
        )


def all_of(payment_id: str) -> GoesBack:
    return GoesBack(refund_id=uuid7(), payment_id=UUID(payment_id), amount=PRICE)


def taken(status: AppointmentStatus) -> SlotState:
    return SlotState(status=status, version=1)
