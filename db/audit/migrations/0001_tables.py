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
        "findings",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("check_name", sa.String(length=80), nullable=False),
        sa.Column("object_key", sa.String(length=255), nullable=False),
        sa.Column("severity", sa.String(length=30), nullable=False),
        sa.Column(
            "details",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "first_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.String(length=500), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("severity IN ('INFO', 'WARNING', 'CRITICAL')", name="severity_values"),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("findings_pkey")),
        schema="app",
    )
    op.create_index(
        "one_open_finding",
        "findings",
        ["check_name", "object_key"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("resolved_at IS NULL"),
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
        "records",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("record_key", sa.String(length=400), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=120), nullable=False),
        sa.Column("object_type", sa.String(length=60), nullable=False),
        sa.Column("object_id", sa.String(length=120), nullable=True),
        sa.Column("outcome", sa.String(length=30), nullable=False),
        sa.Column("purpose", sa.String(length=120), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("workflow_id", sa.String(length=255), nullable=True),
        sa.Column("correlation_id", sa.String(length=128), nullable=True),
        sa.Column(
            "details",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('DONE', 'REFUSED', 'DENIED', 'FAILED')", name="outcome_values"
        ),
        sa.CheckConstraint(
            "octet_length(hash) = 32 AND octet_length(previous_hash) = 32", name="hash_lengths"
        ),
        sa.PrimaryKeyConstraint("source", "seq", name=op.f("records_pkey")),
        sa.UniqueConstraint("hash", name=op.f("records_hash_key")),
        sa.UniqueConstraint("record_key", name=op.f("records_record_key_key")),
        schema="app",
    )
    op.create_index(
        op.f("records_actor_id_at_idx"), "records", ["actor_id", "at"], unique=False, schema="app"
    )
    op.create_index(op.f("records_at_idx"), "records", ["at"], unique=False, schema="app")
    op.create_index(
        op.f("records_object_type_object_id_at_idx"),
        "records",
        ["object_type", "object_id", "at"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("records_subject_id_at_idx"),
        "records",
        ["subject_id", "at"],
        unique=False,
        schema="app",
    )


def downgrade() -> None:
    op.drop_index(op.f("records_subject_id_at_idx"), table_name="records", schema="app")
    op.drop_index(op.f("records_object_type_object_id_at_idx"), table_name="records", schema="app")
    op.drop_index(op.f("records_at_idx"), table_name="records", schema="app")
    op.drop_index(op.f("records_actor_id_at_idx"), table_name="records", schema="app")
    op.drop_table("records", schema="app")
    op.drop_table("legal_moves", schema="app")
    op.drop_index(op.f("inbox_workflow_id_idx"), table_name="inbox", schema="app")
    op.drop_index(op.f("inbox_created_at_idx"), table_name="inbox", schema="app")
    op.drop_table("inbox", schema="app")
    op.drop_index(
        "one_open_finding",
        table_name="findings",
        schema="app",
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.drop_table("findings", schema="app")
