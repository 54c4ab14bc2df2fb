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
        "notification_changes",
        sa.Column("notification_id", sa.Uuid(), nullable=False),
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
        sa.PrimaryKeyConstraint(
            "notification_id", "version", name=op.f("notification_changes_pkey")
        ),
        schema="app",
    )
    op.create_table(
        "templates",
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("channel", sa.String(length=30), nullable=False),
        sa.Column("subject_template", sa.String(length=300), nullable=True),
        sa.Column("body_template", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
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
        sa.CheckConstraint("channel IN ('EMAIL', 'SMS')", name="channel_values"),
        sa.PrimaryKeyConstraint("template_id", name=op.f("templates_pkey")),
        sa.UniqueConstraint("name", name=op.f("templates_name_key")),
        schema="app",
    )
    op.create_table(
        "notifications",
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("event_type", sa.String(length=80), nullable=False),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("recipient_type", sa.String(length=30), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=30), nullable=False),
        sa.Column("template_name", sa.String(length=120), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=30), server_default="SCHEDULED", nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("dedupe_key", sa.String(length=255), nullable=False),
        sa.Column(
            "scheduled_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retry_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("suppressed_because", sa.String(length=120), nullable=True),
        sa.Column("failure", sa.String(length=300), nullable=True),
        sa.Column("provider_reference", sa.String(length=255), nullable=True),
        sa.Column(
            "metadata",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
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
        sa.CheckConstraint("channel IN ('EMAIL', 'SMS')", name="channel_values"),
        sa.CheckConstraint(
            "recipient_type IN ('PATIENT', 'DOCTOR', 'STAFF')", name="recipient_type_values"
        ),
        sa.CheckConstraint("status <> 'SENT' OR sent_at IS NOT NULL", name="sent_when"),
        sa.CheckConstraint(
            "status <> 'SUPPRESSED' OR suppressed_because IS NOT NULL", name="suppressed_why"
        ),
        sa.CheckConstraint(
            "status IN ('SCHEDULED', 'SENT', 'FAILED', 'SUPPRESSED')", name="status_values"
        ),
        sa.ForeignKeyConstraint(
            ["template_name"], ["app.templates.name"], name=op.f("notifications_template_name_fkey")
        ),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("notifications_pkey")),
        sa.UniqueConstraint("dedupe_key", name=op.f("notifications_dedupe_key_key")),
        schema="app",
    )
    op.create_index(
        op.f("notifications_appointment_id_idx"),
        "notifications",
        ["appointment_id"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("notifications_recipient_id_created_at_idx"),
        "notifications",
        ["recipient_id", sa.literal_column("created_at DESC")],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("notifications_scheduled_at_idx"),
        "notifications",
        ["scheduled_at"],
        unique=False,
        schema="app",
        postgresql_where=sa.text("status = 'SCHEDULED'"),
    )


def downgrade() -> None:
    op.drop_index(
        op.f("notifications_scheduled_at_idx"),
        table_name="notifications",
        schema="app",
        postgresql_where=sa.text("status = 'SCHEDULED'"),
    )
    op.drop_index(
        op.f("notifications_recipient_id_created_at_idx"), table_name="notifications", schema="app"
    )
    op.drop_index(
        op.f("notifications_appointment_id_idx"), table_name="notifications", schema="app"
    )
    op.drop_table("notifications", schema="app")
    op.drop_table("templates", schema="app")
    op.drop_table("notification_changes", schema="app")
    op.drop_table("legal_moves", schema="app")
    op.drop_index(op.f("inbox_workflow_id_idx"), table_name="inbox", schema="app")
    op.drop_index(op.f("inbox_created_at_idx"), table_name="inbox", schema="app")
    op.drop_table("inbox", schema="app")
