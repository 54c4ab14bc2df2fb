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
        "patients",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column(
            "name",
            sa.String(length=201),
            sa.Computed("first_name || ' ' || last_name", persisted=True),
            nullable=True,
        ),
        sa.Column("dob", sa.Date(), nullable=False),
        sa.Column("gender", sa.String(length=30), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("address", sa.String(length=500), nullable=True),
        sa.Column("contact_channel", sa.String(length=10), server_default="EMAIL", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("deceased_on", sa.Date(), nullable=True),
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
            "contact_channel IN ('EMAIL', 'SMS', 'NONE')", name="contact_channel_values"
        ),
        sa.CheckConstraint("dob >= '1900-01-01'", name="dob_plausible"),
        sa.CheckConstraint(
            "gender IN ('FEMALE', 'MALE', 'OTHER', 'UNKNOWN')", name="gender_values"
        ),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("patients_pkey")),
        schema="app",
    )
    op.create_index(
        "one_patient_per_account", "patients", ["account_id"], unique=True, schema="app"
    )
    op.create_index(
        "one_patient_per_email",
        "patients",
        [sa.literal_column("lower(email)")],
        unique=True,
        schema="app",
    )
    op.create_index("one_patient_per_phone", "patients", ["phone"], unique=True, schema="app")
    op.create_index(
        "patients_by_name",
        "patients",
        [sa.literal_column("lower(last_name)"), sa.literal_column("lower(first_name)")],
        unique=False,
        schema="app",
    )
    op.create_table(
        "clinical_profiles",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("emergency_contact", sa.String(length=300), nullable=True),
        sa.Column("blood_group", sa.String(length=10), server_default="UNKNOWN", nullable=False),
        sa.Column("insurance_info", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "allergies", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("medical_history", sa.Text(), nullable=True),
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
            "blood_group IN ('A+', 'A-', 'B+', 'B-', 'AB+', 'AB-', 'O+', 'O-', 'UNKNOWN')",
            name="blood_group_values",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["app.patients.patient_id"],
            name=op.f("clinical_profiles_patient_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("clinical_profiles_pkey")),
        schema="app",
    )
    op.create_table(
        "visit_history",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("doctor_id", sa.Uuid(), nullable=False),
        sa.Column("doctor_name", sa.String(length=201), nullable=False),
        sa.Column("visited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("diagnosis", sa.Text(), nullable=True),
        sa.Column("treatment", sa.Text(), nullable=True),
        sa.Column("prescription", sa.Text(), nullable=True),
        sa.Column("prescription_id", sa.Uuid(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("doctor_notes", sa.Text(), nullable=True),
        sa.Column("follow_up_date", sa.Date(), nullable=True),
        sa.Column("amends", sa.Uuid(), nullable=True),
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
        sa.ForeignKeyConstraint(
            ["amends"], ["app.visit_history.entry_id"], name=op.f("visit_history_amends_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["app.patients.patient_id"], name=op.f("visit_history_patient_id_fkey")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("visit_history_pkey")),
        schema="app",
    )
    op.create_index(
        op.f("visit_history_appointment_id_idx"),
        "visit_history",
        ["appointment_id"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("visit_history_patient_id_visited_at_idx"),
        "visit_history",
        ["patient_id", sa.literal_column("visited_at DESC")],
        unique=False,
        schema="app",
    )


def downgrade() -> None:
    op.drop_index(
        op.f("visit_history_patient_id_visited_at_idx"), table_name="visit_history", schema="app"
    )
    op.drop_index(
        op.f("visit_history_appointment_id_idx"), table_name="visit_history", schema="app"
    )
    op.drop_table("visit_history", schema="app")
    op.drop_table("clinical_profiles", schema="app")
    op.drop_index("patients_by_name", table_name="patients", schema="app")
    op.drop_index("one_patient_per_phone", table_name="patients", schema="app")
    op.drop_index("one_patient_per_email", table_name="patients", schema="app")
    op.drop_index("one_patient_per_account", table_name="patients", schema="app")
    op.drop_table("patients", schema="app")
    op.drop_table("legal_moves", schema="app")
    op.drop_index(op.f("inbox_workflow_id_idx"), table_name="inbox", schema="app")
    op.drop_index(op.f("inbox_created_at_idx"), table_name="inbox", schema="app")
    op.drop_table("inbox", schema="app")
