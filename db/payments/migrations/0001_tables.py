"""The tables, as `models.py` declares them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("request_hash", sa.CHAR(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("workflow_id", sa.String(length=255), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome = 'TOMBSTONE' OR request_hash IS NOT NULL", name="inbox_hashed"
        ),
        sa.CheckConstraint("outcome IN ('DONE', 'TOMBSTONE', 'REFUSED')", name="outcome_values"),
        sa.PrimaryKeyConstraint("key", name=op.f("inbox_pkey")),
        schema="app",
    )
    op.create_index(
        op.f("inbox_created_at_idx"), "inbox", ["created_at"], unique=False, schema="app"
    )
    op.create_index(
        op.f("inbox_workflow_id_idx"), "inbox", ["workflow_id"], unique=False, schema="app"
    )
    op.create_table(
        "legal_moves",
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("from_status", sa.String(length=30), nullable=False),
        sa.Column("to_status", sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint(
            "entity", "from_status", "to_status", name=op.f("legal_moves_pkey")
        ),
        schema="app",
    )
    op.create_table(
        "payment_changes",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_status", sa.String(length=30), nullable=False),
        sa.Column("to_status", sa.String(length=30), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("workflow_id", sa.String(length=255), nullable=False),
        sa.Column("correlation_id", sa.String(length=128), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("payment_id", "version", name=op.f("payment_changes_pkey")),
        schema="app",
    )
    op.create_table(
        "payments",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("method", sa.String(length=30), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=True),
        sa.Column("status", sa.String(length=30), server_default="PENDING", nullable=False),
        sa.Column(
            "authorised_amount",
            sa.Numeric(precision=12, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "captured_amount",
            sa.Numeric(precision=12, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "refunded_amount",
            sa.Numeric(precision=12, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("authorised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure_code", sa.String(length=80), nullable=True),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("gateway_response", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("notes", sa.String(length=2000), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("correlation_id", sa.String(length=128), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(status = 'COMPLETED') = (paid_at IS NOT NULL)", name="paid_when_completed"
        ),
        sa.CheckConstraint(
            "CASE status WHEN 'COMPLETED' THEN captured_amount = amount WHEN 'PENDING' THEN captured_amount = 0 WHEN 'FAILED' THEN captured_amount = 0 ELSE false END",
            name="payment_status",
        ),
        sa.CheckConstraint(
            "method IN ('CARD', 'CASH', 'BANK_TRANSFER', 'INSURANCE')", name="method_values"
        ),
        sa.CheckConstraint("status IN ('PENDING', 'COMPLETED', 'FAILED')", name="status_values"),
        sa.CheckConstraint("amount > 0", name="payment_positive"),
        sa.CheckConstraint("authorised_amount BETWEEN 0 AND amount", name="authorised_within"),
        sa.CheckConstraint(
            "captured_amount BETWEEN 0 AND authorised_amount", name="captured_within"
        ),
        sa.CheckConstraint("refunded_amount BETWEEN 0 AND captured_amount", name="refunded_within"),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("payments_pkey")),
        sa.UniqueConstraint("idempotency_key", name=op.f("payments_idempotency_key_key")),
        sa.UniqueConstraint("reference", name=op.f("payments_reference_key")),
        schema="app",
    )
    op.create_index(
        op.f("payments_appointment_id_idx"),
        "payments",
        ["appointment_id"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("payments_bill_id_idx"), "payments", ["bill_id"], unique=False, schema="app"
    )
    op.create_index(
        "payments_pending_idx",
        "payments",
        ["created_at"],
        unique=False,
        schema="app",
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.create_table(
        "refund_changes",
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_status", sa.String(length=30), nullable=False),
        sa.Column("to_status", sa.String(length=30), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("workflow_id", sa.String(length=255), nullable=False),
        sa.Column("correlation_id", sa.String(length=128), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("refund_id", "version", name=op.f("refund_changes_pkey")),
        schema="app",
    )
    op.create_table(
        "refunds",
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("reason_code", sa.String(length=30), nullable=False),
        sa.Column("status", sa.String(length=30), server_default="PENDING", nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failure_code", sa.String(length=80), nullable=True),
        sa.Column("gateway_response", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("correlation_id", sa.String(length=128), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "reason_code IN ('PATIENT_CANCELLED', 'HOSPITAL_CANCELLED', 'PRICE_DROP', 'LATE_PAYMENT', 'DUPLICATE', 'WAIVER', 'DISPUTE', 'GOODWILL')",
            name="reason_code_values",
        ),
        sa.CheckConstraint(
            "status = 'PENDING' OR processed_at IS NOT NULL", name="refund_processed"
        ),
        sa.CheckConstraint("status IN ('PENDING', 'COMPLETED', 'FAILED')", name="status_values"),
        sa.CheckConstraint("amount > 0", name="refund_positive"),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["app.payments.payment_id"], name=op.f("refunds_payment_id_fkey")
        ),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("refunds_pkey")),
        sa.UniqueConstraint("reference", name=op.f("refunds_reference_key")),
        schema="app",
    )
    op.create_index(
        op.f("refunds_payment_id_idx"), "refunds", ["payment_id"], unique=False, schema="app"
    )
    op.create_index(
        "refunds_pending_idx",
        "refunds",
        ["created_at"],
        unique=False,
        schema="app",
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.create_table(
        "gateway_events",
        sa.Column("event_id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=120), nullable=False),
        sa.Column("object_reference", sa.String(length=255), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=30), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("outcome IN ('APPLIED', 'IGNORED', 'PARKED')", name="outcome_values"),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["app.payments.payment_id"], name=op.f("gateway_events_payment_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["app.refunds.refund_id"], name=op.f("gateway_events_refund_id_fkey")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("gateway_events_pkey")),
        schema="app",
    )
    op.create_index(
        op.f("gateway_events_object_reference_idx"),
        "gateway_events",
        ["object_reference"],
        unique=False,
        schema="app",
    )
    op.create_index(
        "gateway_events_unhandled_idx",
        "gateway_events",
        ["received_at"],
        unique=False,
        schema="app",
        postgresql_where=sa.text("handled_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "gateway_events_unhandled_idx",
        table_name="gateway_events",
        schema="app",
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.drop_index(
        op.f("gateway_events_object_reference_idx"), table_name="gateway_events", schema="app"
    )
    op.drop_table("gateway_events", schema="app")
    op.drop_index(
        "refunds_pending_idx",
        table_name="refunds",
        schema="app",
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.drop_index(op.f("refunds_payment_id_idx"), table_name="refunds", schema="app")
    op.drop_table("refunds", schema="app")
    op.drop_table("refund_changes", schema="app")
    op.drop_index(
        "payments_pending_idx",
        table_name="payments",
        schema="app",
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.drop_index(op.f("payments_bill_id_idx"), table_name="payments", schema="app")
    op.drop_index(op.f("payments_appointment_id_idx"), table_name="payments", schema="app")
    op.drop_table("payments", schema="app")
    op.drop_table("payment_changes", schema="app")
    op.drop_table("legal_moves", schema="app")
    op.drop_index(op.f("inbox_workflow_id_idx"), table_name="inbox", schema="app")
    op.drop_index(op.f("inbox_created_at_idx"), table_name="inbox", schema="app")
    op.drop_table("inbox", schema="app")
