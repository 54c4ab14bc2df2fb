"""What clients send to change a booked visit, and what a change costs or gives back."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from activities.billing.contract import CancellationRule
from activities.payments.contract import RefundStatus
from api.fields import Body, CostIn, GatewayToken, Id, Instant, Line, Notes, WallDate, like
from api.shown import Moment, MoneyOut, Shown

OnBehalfOf = Literal["patient", "hospital"]


class NewTime(Body):
    """Where a visit moves to. Without a doctor it stays with its own."""

    model_config = like(slot_start="2026-12-02T09:00:00Z", reason="cannot come in the morning")

    slot_start: Instant
    doctor_id: Id | None = None
    payment_method: GatewayToken | None = None
    """For the difference, when the visit is paid and becomes dearer."""
    by: OnBehalfOf | None = None
    reason: Line | None = None


class Cancellation(Body):
    """With `accept_fee` nothing happens, if it costs more by now."""

    model_config = like(
        by="patient",
        reason="feeling better",
        accept_fee={"amount": "52.50", "currency": "GBP"},
    )

    by: OnBehalfOf
    reason: Line
    accept_fee: CostIn | None = None


class Waiver(Body):
    model_config = like(reason="the bus broke down")

    reason: Line


class Findings(Body):
    """What the doctor found; `doctor_notes` are not shown to the patient."""

    model_config = like(
        diagnosis="bronchitis", treatment="rest and tea", follow_up_date="2026-12-15"
    )

    diagnosis: Notes | None = None
    treatment: Notes | None = None
    notes: Notes | None = None
    doctor_notes: Notes | None = None
    follow_up_date: WallDate | None = None


class QuoteQuery(BaseModel):
    """On whose behalf it would be cancelled; by itself what the caller may say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: OnBehalfOf | None = None


class RefundPart(Shown):
    """What goes back of one payment."""

    id: UUID
    payment_id: UUID
    amount: MoneyOut
    status: RefundStatus
    processed_at: Moment | None


class Cancelled(Shown):
    """What a cancellation cost; without a fee a person settles its bill by hand."""

    fee: MoneyOut | None
    rule: CancellationRule | None
    refunds: list[RefundPart] | None = None


class Quote(Shown):
    """What a cancellation costs, if it is accepted at `as_of`.

    At `free_until` exactly it costs something; without it, it costs the same at any time.
    """

    model_config = like(
        appointment_id="01a1f8df-3213-71ce-8855-1115edae8cb9",
        as_of="2026-12-01T07:10:00Z",
        rule="late-cancellation",
        fee_percent=50,
        paid={"amount": "126.00", "currency": "GBP"},
        fee_base={"amount": "105.00", "currency": "GBP"},
        fee={"amount": "52.50", "currency": "GBP"},
        refund={"amount": "73.50", "currency": "GBP"},
        free_until="2026-12-01T07:00:00Z",
        refused_from="2026-12-01T09:00:00Z",
    )

    appointment_id: UUID
    as_of: Moment
    rule: CancellationRule
    fee_percent: float
    paid: MoneyOut | None = None
    fee_base: MoneyOut | None = None
    fee: MoneyOut
    refund: MoneyOut | None = None
    free_until: Moment | None
    refused_from: Moment | None
