"""Appointments as clients send and see them."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from activities.appointments.contract import AppointmentStatus
from activities.billing.amounts import minor_of, price
from activities.billing.contract import Line
from activities.users.contract import Role
from api.callers import Caller
from api.fields import Body, GatewayToken, Id, Instant, Notes, Word, like
from api.lists import ListQuery
from api.resources.changes import Cancelled, RefundPart
from api.shown import Moment, MoneyOut, Shown
from db.appointments.queries import AppointmentFilter
from db.reading import Record
from workflows.held_payment import Booking

Expansion = Literal["patient", "doctor", "bill", "payments"]


class PayLater(Body):
    mode: Literal["pay_later"]


class Prepaid(Body):
    """With a method it is paid at once; without one the slot is held until it is paid."""

    mode: Literal["prepaid"]
    payment_method: GatewayToken | None = None


class NewAppointment(Body):
    model_config = like(
        patient_id="01a1f8df-0a11-7c02-9d41-5f1e6a2b7c01",
        doctor_id="01a1f8de-77b0-7a34-8c55-0d9e3b1a4f02",
        department_id="01a1f8de-70c1-7d10-b2aa-61c2f0e4d903",
        slot_start="2026-12-01T09:00:00Z",
        symptoms="cough for two weeks",
        payment={"mode": "pay_later"},
    )

    patient_id: Id
    doctor_id: Id
    department_id: Id
    slot_start: Instant
    service_type: Word = "CONSULTATION"
    symptoms: Notes | None = None
    payment: Annotated[PayLater | Prepaid, Field(discriminator="mode")]


class PaymentOfHold(Body):
    model_config = like(payment_method="pm_card_visa")

    payment_method: GatewayToken


class Nothing(Body):
    """An empty object."""

    model_config = like()


class AppointmentQuery(ListQuery):
    sort: Literal["slot_start", "-slot_start", "-created_at"] = "slot_start"
    patient_id: Id | None = None
    doctor_id: Id | None = None
    department_id: Id | None = None
    status: Annotated[tuple[AppointmentStatus, ...], Field(max_length=8)] = ()
    service_type: Word | None = None
    since: Annotated[Instant | None, Field(alias="from")] = None
    until: Annotated[Instant | None, Field(alias="to")] = None

    @property
    def filter(self) -> AppointmentFilter:
        return AppointmentFilter(**self.model_dump(exclude={"sort", "limit", "cursor"}))


class Price(Shown):
    consultation: MoneyOut
    tax: MoneyOut | None = None
    total: MoneyOut | None = None


class PaymentStep(Shown):
    """What the payer needs to go on at the gateway."""

    client_secret: str | None
    next_action: dict[str, Any] | None


class Links(Shown):
    self: str
    saga: str


class Appointment(Shown):
    """A visit. The fields that a role must not see are absent."""

    model_config = like(
        id="01a1f8df-3213-71ce-8855-1115edae8cb9",
        status="BOOKED",
        version=1,
        patient_id="01a1f8df-0a11-7c02-9d41-5f1e6a2b7c01",
        doctor_id="01a1f8de-77b0-7a34-8c55-0d9e3b1a4f02",
        slot_start="2026-12-01T09:00:00Z",
        slot_end="2026-12-01T09:30:00Z",
        timezone="Europe/London",
        price={"total": {"amount": "105.00", "currency": "GBP"}},
    )

    id: UUID
    status: AppointmentStatus
    version: int
    patient_id: UUID
    patient_name: str | None = None
    doctor_id: UUID
    doctor_name: str | None = None
    department_id: UUID
    department: str
    slot_start: Moment
    slot_end: Moment
    timezone: str
    service_type: str
    reschedule_count: int
    hold_expires_at: Moment | None
    price: Price | None = None
    bill_id: UUID | None = None
    notes: str | None = None
    cancelled_by: str | None = None
    cancel_reason: str | None = None
    changed_by: str | None
    checked_in_at: Moment | None = None
    completed_at: Moment | None = None
    no_show_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    payment: PaymentStep | None = None
    cancellation: Cancelled | None = None
    """What it cost, in the answer to a cancellation."""
    refunds: list[RefundPart] | None = None
    """What goes back, in the answer to another change."""
    links: Links


DESK_NOTES = {Role.PATIENT, Role.DOCTOR, Role.RECEPTIONIST, Role.ADMIN}
ALL_AMOUNTS = {Role.PATIENT, Role.RECEPTIONIST, Role.BILLING, Role.ADMIN}
CLINICAL = {Role.PATIENT, Role.DOCTOR, Role.ADMIN}
COPIED = (
    *("status", "version", "patient_id", "patient_name", "doctor_id", "doctor_name"),
    *("department_id", "department", "slot_start", "slot_end", "timezone", "service_type"),
    *("reschedule_count", "hold_expires_at", "cancelled_by", "cancel_reason", "changed_by"),
    *("checked_in_at", "completed_at", "no_show_at", "created_at", "updated_at"),
)


def path_of(appointment_id: UUID) -> str:
    return f"/v1/appointments/{appointment_id}"


def show(
    row: Record, caller: Caller, *, bill_id: UUID | None, booking: Booking | None = None
) -> dict[str, Any]:
    """Show a visit to whoever asks. Clinical fields are read apart, and never kept for repeats."""
    appointment_id: UUID = row["appointment_id"]
    path = path_of(appointment_id)
    shown = Appointment(
        id=appointment_id,
        **{name: row[name] for name in COPIED},
        price=price_of(row, caller),
        bill_id=bill_id,
        notes=row["notes"] if caller.role in DESK_NOTES else None,
        payment=step_of(booking),
        links=Links(self=path, saga=f"/v1/sagas/book-{appointment_id}"),
    )
    hidden = {"cancellation", "refunds"} | (set() if shown.payment else {"payment"})
    hidden |= set() if caller.role in DESK_NOTES else {"notes"}
    return shown.model_dump(mode="json", exclude=hidden)


def price_of(row: Record, caller: Caller) -> Price | None:
    """Tell what the visit costs, as its bill computes it; a doctor sees the fee alone."""
    terms = row["terms"]
    amount, currency = Decimal(terms["fee"]["amount"]), terms["fee"]["currency"]
    consultation = MoneyOut.of(amount, currency)
    if caller.role not in ALL_AMOUNTS:
        return Price(consultation=consultation)
    line = Line(description="", unit_price=amount, tax_rate=Decimal(terms["tax_rate"]))
    priced = price(line, minor_of(currency))
    return Price(
        consultation=MoneyOut.of(priced.total, currency),
        tax=MoneyOut.of(priced.tax, currency),
        total=MoneyOut.of(priced.total + priced.tax, currency),
    )


def step_of(booking: Booking | None) -> PaymentStep | None:
    if booking is None or booking.status is not AppointmentStatus.HELD:
        return None
    return PaymentStep(client_secret=booking.client_secret, next_action=booking.next_action)


def may_see_clinical(caller: Caller) -> bool:
    return caller.role in CLINICAL and caller.has("clinical:read")
