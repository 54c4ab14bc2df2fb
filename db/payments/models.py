"""The tables of `hms_payments`."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.base import (
    changes_of,
    chosen,
    currency,
    guarded,
    moment,
    money,
    stamps,
    tables,
    trace,
    version,
)

metadata = tables()
guarded(metadata)

ZERO = text("0")
PENDING = text("status = 'PENDING'")

payments = Table(
    "payments",
    metadata,
    Column("payment_id", Uuid, primary_key=True),
    Column("bill_id", Uuid, nullable=False, index=True),
    Column("appointment_id", Uuid, index=True),
    Column("patient_id", Uuid, nullable=False),
    money("amount"),
    currency(),
    *chosen("method", "CARD", "CASH", "BANK_TRANSFER", "INSURANCE"),
    # A card's: the payment's id at the gateway. Else what the desk wrote down: a receipt's number.
    Column("reference", String(255)),
    *chosen("status", "PENDING", "COMPLETED", "FAILED", server_default="PENDING"),
    money("authorised_amount", server_default=ZERO),
    money("captured_amount", server_default=ZERO),
    # Refunds that are under way count too: two at once cannot exceed the capture.
    money("refunded_amount", server_default=ZERO),
    moment("authorised_at"),
    moment("paid_at"),
    moment("polled_at"),
    Column("failure_code", String(80)),
    Column("idempotency_key", String(255), nullable=False, unique=True),
    Column("gateway_response", JSONB),
    Column("notes", String(2000)),
    *stamps(),
    *trace(),
    version(),
    CheckConstraint("amount > 0", name="payment_positive"),
    CheckConstraint("authorised_amount BETWEEN 0 AND amount", name="authorised_within"),
    CheckConstraint("captured_amount BETWEEN 0 AND authorised_amount", name="captured_within"),
    CheckConstraint("refunded_amount BETWEEN 0 AND captured_amount", name="refunded_within"),
    CheckConstraint(
        "CASE status WHEN 'COMPLETED' THEN captured_amount = amount"
        " WHEN 'PENDING' THEN captured_amount = 0"
        " WHEN 'FAILED' THEN captured_amount = 0 ELSE false END",
        name="payment_status",
    ),
    CheckConstraint("(status = 'COMPLETED') = (paid_at IS NOT NULL)", name="paid_when_completed"),
    Index(
        "one_payment_per_reference",
        "reference",
        unique=True,
        postgresql_where=text("method = 'CARD'"),
    ),
    Index("payments_pending_idx", "created_at", postgresql_where=PENDING),
    # Voided when its money had come already: nobody knows yet what it is for.
    Index(
        "payments_unclaimed_idx",
        "payment_id",
        postgresql_where=text("status = 'COMPLETED' AND failure_code IS NOT NULL"),
    ),
)

payment_changes = changes_of(metadata, "payment")

refunds = Table(
    "refunds",
    metadata,
    Column("refund_id", Uuid, primary_key=True),
    Column("payment_id", Uuid, ForeignKey("app.payments.payment_id"), nullable=False, index=True),
    money("amount"),
    currency(),
    Column("reason", String(500), nullable=False),
    *chosen(
        "reason_code",
        *("PATIENT_CANCELLED", "HOSPITAL_CANCELLED", "PRICE_DROP", "LATE_PAYMENT"),
        *("DUPLICATE", "WAIVER", "DISPUTE", "GOODWILL"),
    ),
    *chosen("status", "PENDING", "COMPLETED", "FAILED", server_default="PENDING"),
    # The refund's id at the gateway.
    Column("reference", String(255), unique=True),
    Column("attempts", Integer, nullable=False, server_default=ZERO),
    Column("failure_code", String(80)),
    Column("gateway_response", JSONB),
    moment("accepted_at", nullable=False),
    moment("processed_at"),
    *stamps(),
    *trace(),
    version(),
    CheckConstraint("amount > 0", name="refund_positive"),
    CheckConstraint("status = 'PENDING' OR processed_at IS NOT NULL", name="refund_processed"),
    Index("refunds_pending_idx", "created_at", postgresql_where=PENDING),
)

refund_changes = changes_of(metadata, "refund")

gateway_events = Table(
    "gateway_events",
    metadata,
    Column("event_id", String(255), primary_key=True),
    Column("type", String(120), nullable=False),
    Column("object_reference", String(255), nullable=False, index=True),
    Column("payload", JSONB, nullable=False),
    moment("occurred_at", nullable=False),
    moment("received_at", nullable=False, server_default=text("now()")),
    moment("handled_at"),
    *chosen("outcome", "APPLIED", "IGNORED", "PARKED", nullable=True),
    Column("payment_id", Uuid, ForeignKey("app.payments.payment_id")),
    Column("refund_id", Uuid, ForeignKey("app.refunds.refund_id")),
    Index(
        "gateway_events_unhandled_idx", "received_at", postgresql_where=text("handled_at IS NULL")
    ),
)
