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
        "bill_changes",
        sa.Column("bill_id", sa.Uuid(), nullable=False),
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
        sa.PrimaryKeyConstraint("bill_id", "version", name=op.f("bill_changes_pkey")),
        schema="app",
    )
    op.create_table(
        "bills",
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column(
            "tax_amount",
            sa.Numeric(precision=12, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "total_amount",
            sa.Numeric(precision=12, scale=2),
            sa.Computed("amount + tax_amount", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "credited_amount",
            sa.Numeric(precision=12, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "reserved_amount",
            sa.Numeric(precision=12, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "paid_amount",
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
        sa.Column(
            "balance",
            sa.Numeric(precision=12, scale=2),
            sa.Computed(
                "amount + tax_amount - credited_amount - paid_amount + refunded_amount",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column("status", sa.String(length=30), server_default="OPEN", nullable=False),
        sa.Column("payment_type", sa.String(length=30), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=False),
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
            "amount >= 0 AND tax_amount >= 0 AND credited_amount BETWEEN 0 AND total_amount AND refunded_amount BETWEEN 0 AND paid_amount AND reserved_amount >= 0 AND paid_amount + reserved_amount <= total_amount AND (status <> 'VOID' OR reserved_amount = 0)",
            name="bill_bounds",
        ),
        sa.CheckConstraint(
            "payment_type IN ('CARD', 'CASH', 'BANK_TRANSFER', 'INSURANCE')",
            name="payment_type_values",
        ),
        sa.CheckConstraint(
            "status = CASE WHEN refunded_amount > 0 THEN CASE WHEN refunded_amount = paid_amount THEN 'REFUNDED' ELSE 'PARTIALLY_REFUNDED' END WHEN balance <= 0 THEN CASE WHEN paid_amount = 0 AND credited_amount > 0 THEN 'VOID' ELSE 'PAID' END WHEN paid_amount > 0 THEN 'PARTIALLY_PAID' ELSE 'OPEN' END",
            name="bill_status",
        ),
        sa.CheckConstraint(
            "status IN ('OPEN', 'PARTIALLY_PAID', 'PAID', 'VOID', 'PARTIALLY_REFUNDED', 'REFUNDED')",
            name="status_values",
        ),
        sa.PrimaryKeyConstraint("bill_id", name=op.f("bills_pkey")),
        sa.UniqueConstraint("number", name=op.f("bills_number_key")),
        schema="app",
    )
    op.create_index(
        op.f("bills_appointment_id_idx"), "bills", ["appointment_id"], unique=False, schema="app"
    )
    op.create_index(
        op.f("bills_due_date_idx"),
        "bills",
        ["due_date"],
        unique=False,
        schema="app",
        postgresql_where=sa.text("status IN ('OPEN', 'PARTIALLY_PAID')"),
    )
    op.create_index(
        op.f("bills_patient_id_created_at_idx"),
        "bills",
        ["patient_id", sa.literal_column("created_at DESC")],
        unique=False,
        schema="app",
    )
    op.create_index(
        "one_live_bill",
        "bills",
        ["appointment_id"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("status <> 'VOID'"),
    )
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
        "bill_adjustments",
        sa.Column("adjustment_id", sa.Uuid(), nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column(
            "amount", sa.Numeric(precision=12, scale=2), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "fee_kept",
            sa.Numeric(precision=12, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("workflow_id", sa.String(length=255), nullable=False),
        sa.Column("correlation_id", sa.String(length=128), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('CANCELLATION', 'NO_SHOW', 'WAIVER', 'PRICE_DROP', 'DISPUTE', 'GOODWILL', 'VOID')",
            name="kind_values",
        ),
        sa.CheckConstraint(
            "amount >= 0 AND fee_kept >= 0 AND amount + fee_kept > 0", name="adjustment_positive"
        ),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["app.bills.bill_id"], name=op.f("bill_adjustments_bill_id_fkey")
        ),
        sa.PrimaryKeyConstraint("adjustment_id", name=op.f("bill_adjustments_pkey")),
        schema="app",
    )
    op.create_index(
        op.f("bill_adjustments_bill_id_idx"),
        "bill_adjustments",
        ["bill_id"],
        unique=False,
        schema="app",
    )
    op.create_table(
        "bill_line_items",
        sa.Column("line_item_id", sa.Uuid(), nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column(
            "quantity",
            sa.Numeric(precision=10, scale=2),
            server_default=sa.text("1"),
            nullable=False,
        ),
        sa.Column("unit_price", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("minor", sa.SmallInteger(), server_default=sa.text("2"), nullable=False),
        sa.Column("line_total", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column(
            "tax_rate",
            sa.Numeric(precision=5, scale=4),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "line_tax",
            sa.Numeric(precision=12, scale=2),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('CONSULTATION', 'PROCEDURE', 'MEDICATION', 'OTHER')", name="kind_values"
        ),
        sa.CheckConstraint("line_tax = round(line_total * tax_rate, minor)", name="line_tax_sum"),
        sa.CheckConstraint("line_total = round(quantity * unit_price, minor)", name="line_sum"),
        sa.CheckConstraint("minor BETWEEN 0 AND 2", name="line_minor"),
        sa.CheckConstraint("quantity > 0 AND unit_price >= 0", name="line_positive"),
        sa.CheckConstraint("tax_rate BETWEEN 0 AND 1", name="line_tax_rate"),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["app.bills.bill_id"], name=op.f("bill_line_items_bill_id_fkey")
        ),
        sa.PrimaryKeyConstraint("line_item_id", name=op.f("bill_line_items_pkey")),
        sa.UniqueConstraint("bill_id", "line_no", name=op.f("bill_line_items_bill_id_line_no_key")),
        schema="app",
    )
    op.create_table(
        "settlements",
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
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
        sa.CheckConstraint("kind IN ('PAYMENT', 'REFUND')", name="kind_values"),
        sa.CheckConstraint("state IN ('RESERVED', 'APPLIED', 'RELEASED')", name="state_values"),
        sa.CheckConstraint("amount > 0", name="settlement_positive"),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["app.bills.bill_id"], name=op.f("settlements_bill_id_fkey")
        ),
        sa.PrimaryKeyConstraint("settlement_id", name=op.f("settlements_pkey")),
        schema="app",
    )
    op.create_index(
        op.f("settlements_bill_id_idx"), "settlements", ["bill_id"], unique=False, schema="app"
    )


def downgrade() -> None:
    op.drop_index(op.f("settlements_bill_id_idx"), table_name="settlements", schema="app")
    op.drop_table("settlements", schema="app")
    op.drop_table("bill_line_items", schema="app")
    op.drop_index(op.f("bill_adjustments_bill_id_idx"), table_name="bill_adjustments", schema="app")
    op.drop_table("bill_adjustments", schema="app")
    op.drop_table("legal_moves", schema="app")
    op.drop_index(op.f("inbox_workflow_id_idx"), table_name="inbox", schema="app")
    op.drop_index(op.f("inbox_created_at_idx"), table_name="inbox", schema="app")
    op.drop_table("inbox", schema="app")
    op.drop_index(
        "one_live_bill",
        table_name="bills",
        schema="app",
        postgresql_where=sa.text("status <> 'VOID'"),
    )
    op.drop_index(op.f("bills_patient_id_created_at_idx"), table_name="bills", schema="app")
    op.drop_index(
        op.f("bills_due_date_idx"),
        table_name="bills",
        schema="app",
        postgresql_where=sa.text("status IN ('OPEN', 'PARTIALLY_PAID')"),
    )
    op.drop_index(op.f("bills_appointment_id_idx"), table_name="bills", schema="app")
    op.drop_table("bills", schema="app")
    op.drop_table("bill_changes", schema="app")
