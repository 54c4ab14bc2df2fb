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
        "appointment_changes",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_status", sa.String(length=30), nullable=False),
        sa.Column("to_status", sa.String(length=30), nullable=False),
        sa.Column("slot", postgresql.TSTZRANGE(), nullable=False),
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
        sa.PrimaryKeyConstraint("appointment_id", "version", name=op.f("appointment_changes_pkey")),
        schema="app",
    )
    op.create_table(
        "appointments",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("doctor_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.String(length=120), nullable=False),
        sa.Column(
            "service_type", sa.String(length=40), server_default="CONSULTATION", nullable=False
        ),
        sa.Column("kind", sa.String(length=30), server_default="SCHEDULED", nullable=False),
        sa.Column("payment_mode", sa.String(length=30), nullable=False),
        sa.Column("slot", postgresql.TSTZRANGE(), nullable=False),
        sa.Column(
            "slot_start",
            sa.DateTime(timezone=True),
            sa.Computed("lower(slot)", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "slot_end",
            sa.DateTime(timezone=True),
            sa.Computed("upper(slot)", persisted=True),
            nullable=True,
        ),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("local_start", sa.DateTime(), nullable=False),
        sa.Column(
            "local_date", sa.Date(), sa.Computed("local_start::date", persisted=True), nullable=True
        ),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("hold_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settings_version", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "reschedule_count", sa.SmallInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("late_move", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("changed_by", sa.String(length=255), nullable=True),
        sa.Column("changed_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("no_show_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.String(length=30), nullable=True),
        sa.Column("cancel_reason", sa.String(length=500), nullable=True),
        sa.Column("symptoms", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("diagnosis", sa.Text(), nullable=True),
        sa.Column("follow_up_date", sa.Date(), nullable=True),
        sa.Column("room_id", sa.Uuid(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("overbook_reason", sa.String(length=500), nullable=True),
        sa.Column("meeting_url", sa.String(length=500), nullable=True),
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
        postgresql.ExcludeConstraint(
            (sa.column("doctor_id"), "="),
            (sa.column("slot"), "&&"),
            (sa.column("visit_id"), "<>"),
            where=sa.text("status IN ('HELD', 'BOOKED', 'CHECKED_IN') AND overbook_reason IS NULL"),
            using="gist",
            name="one_visit_per_doctor_slot",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("patient_id"), "="),
            (sa.column("slot"), "&&"),
            (sa.column("visit_id"), "<>"),
            where=sa.text("status IN ('HELD', 'BOOKED', 'CHECKED_IN')"),
            using="gist",
            name="one_visit_per_patient_slot",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("room_id"), "="),
            (sa.column("slot"), "&&"),
            (sa.column("visit_id"), "<>"),
            where=sa.text("status IN ('HELD', 'BOOKED', 'CHECKED_IN') AND room_id IS NOT NULL"),
            using="gist",
            name="one_visit_per_room_slot",
        ),
        sa.CheckConstraint(
            "(status = 'HELD') = (hold_expires_at IS NOT NULL)", name="hold_has_expiry"
        ),
        sa.CheckConstraint(
            "NOT isempty(slot) AND NOT lower_inf(slot) AND NOT upper_inf(slot) AND lower_inc(slot) AND NOT upper_inc(slot) AND upper(slot) - lower(slot) BETWEEN interval '5 min' AND interval '8 h'",
            name="slot_shape",
        ),
        sa.CheckConstraint(
            "cancelled_by IN ('PATIENT', 'DOCTOR', 'HOSPITAL', 'SYSTEM')",
            name="cancelled_by_values",
        ),
        sa.CheckConstraint("kind IN ('SCHEDULED', 'WALK_IN', 'TELEHEALTH')", name="kind_values"),
        sa.CheckConstraint("payment_mode IN ('PREPAID', 'PAY_LATER')", name="payment_mode_values"),
        sa.CheckConstraint(
            "status <> 'CANCELLED' OR cancelled_by IS NOT NULL", name="cancelled_by_known"
        ),
        sa.CheckConstraint(
            "status IN ('HELD', 'BOOKED', 'CHECKED_IN', 'COMPLETED', 'EXPIRED', 'RELEASED', 'CANCELLED', 'NO_SHOW')",
            name="status_values",
        ),
        sa.CheckConstraint(
            "(changed_by IS NULL) = (changed_since IS NULL)", name="change_has_begin"
        ),
        sa.CheckConstraint("reschedule_count >= 0", name="moves_counted"),
        sa.PrimaryKeyConstraint("appointment_id", name=op.f("appointments_pkey")),
        schema="app",
    )
    op.create_index(
        op.f("appointments_changed_since_idx"),
        "appointments",
        ["changed_since"],
        unique=False,
        schema="app",
        postgresql_where=sa.text("changed_by IS NOT NULL"),
    )
    op.create_index(
        op.f("appointments_doctor_id_local_date_idx"),
        "appointments",
        ["doctor_id", "local_date"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("appointments_hold_expires_at_idx"),
        "appointments",
        ["hold_expires_at"],
        unique=False,
        schema="app",
        postgresql_where=sa.text("status = 'HELD'"),
    )
    op.create_index(
        op.f("appointments_patient_id_accepted_at_idx"),
        "appointments",
        ["patient_id", "accepted_at"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("appointments_patient_id_slot_start_idx"),
        "appointments",
        ["patient_id", sa.literal_column("slot_start DESC")],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("appointments_series_id_idx"),
        "appointments",
        ["series_id"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("appointments_status_slot_start_idx"),
        "appointments",
        ["status", "slot_start"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("appointments_visit_id_idx"), "appointments", ["visit_id"], unique=False, schema="app"
    )
    op.create_table(
        "doctor_cache",
        sa.Column("doctor_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=201), nullable=False),
        sa.Column("department", sa.String(length=120), nullable=False),
        sa.Column("specialization", sa.String(length=120), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("source_version", sa.Integer(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("doctor_id", name=op.f("doctor_cache_pkey")),
        schema="app",
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
        "patient_cache",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=201), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("contact_channel", sa.String(length=10), server_default="EMAIL", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("source_version", sa.Integer(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("patient_cache_pkey")),
        schema="app",
    )


def downgrade() -> None:
    op.drop_table("patient_cache", schema="app")
    op.drop_table("legal_moves", schema="app")
    op.drop_index(op.f("inbox_workflow_id_idx"), table_name="inbox", schema="app")
    op.drop_index(op.f("inbox_created_at_idx"), table_name="inbox", schema="app")
    op.drop_table("inbox", schema="app")
    op.drop_table("doctor_cache", schema="app")
    op.drop_index(op.f("appointments_visit_id_idx"), table_name="appointments", schema="app")
    op.drop_index(
        op.f("appointments_status_slot_start_idx"), table_name="appointments", schema="app"
    )
    op.drop_index(op.f("appointments_series_id_idx"), table_name="appointments", schema="app")
    op.drop_index(
        op.f("appointments_patient_id_slot_start_idx"), table_name="appointments", schema="app"
    )
    op.drop_index(
        op.f("appointments_patient_id_accepted_at_idx"), table_name="appointments", schema="app"
    )
    op.drop_index(
        op.f("appointments_hold_expires_at_idx"),
        table_name="appointments",
        schema="app",
        postgresql_where=sa.text("status = 'HELD'"),
    )
    op.drop_index(
        op.f("appointments_doctor_id_local_date_idx"), table_name="appointments", schema="app"
    )
    op.drop_index(
        op.f("appointments_changed_since_idx"),
        table_name="appointments",
        schema="app",
        postgresql_where=sa.text("changed_by IS NOT NULL"),
    )
    op.drop_table("appointments", schema="app")
    op.drop_table("appointment_changes", schema="app")
