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
        "departments",
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("head_doctor_id", sa.Uuid(), nullable=True),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
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
        sa.PrimaryKeyConstraint("department_id", name=op.f("departments_pkey")),
        schema="app",
    )
    op.create_index(
        "one_department_per_name",
        "departments",
        [sa.literal_column("lower(name)")],
        unique=True,
        schema="app",
    )
    op.create_table(
        "holidays",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
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
        sa.PrimaryKeyConstraint("day", name=op.f("holidays_pkey")),
        schema="app",
    )
    op.create_table(
        "hospital_settings",
        sa.Column(
            "id",
            sa.SmallInteger(),
            server_default=sa.text("1"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("hospital_name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("website", sa.String(length=300), nullable=True),
        sa.Column("logo", sa.String(length=500), nullable=True),
        sa.Column("established_year", sa.SmallInteger(), nullable=True),
        sa.Column("license_number", sa.String(length=64), nullable=True),
        sa.Column("timezone", sa.String(length=64), server_default="UTC", nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column(
            "tax_rate",
            sa.Numeric(precision=5, scale=4),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "lead_time_minutes", sa.SmallInteger(), server_default=sa.text("120"), nullable=False
        ),
        sa.Column(
            "max_reschedules", sa.SmallInteger(), server_default=sa.text("2"), nullable=False
        ),
        sa.Column(
            "reschedule_cutoff_minutes",
            sa.SmallInteger(),
            server_default=sa.text("60"),
            nullable=False,
        ),
        sa.Column(
            "late_cancel_minutes", sa.SmallInteger(), server_default=sa.text("120"), nullable=False
        ),
        sa.Column(
            "late_cancel_fee_percent",
            sa.Numeric(precision=5, scale=2),
            server_default=sa.text("50"),
            nullable=False,
        ),
        sa.Column(
            "no_show_fee_percent",
            sa.Numeric(precision=5, scale=2),
            server_default=sa.text("100"),
            nullable=False,
        ),
        sa.Column(
            "no_show_grace_minutes", sa.SmallInteger(), server_default=sa.text("15"), nullable=False
        ),
        sa.Column("waiver_days", sa.SmallInteger(), server_default=sa.text("7"), nullable=False),
        sa.Column(
            "cancel_grace_minutes", sa.SmallInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("hold_minutes", sa.SmallInteger(), server_default=sa.text("10"), nullable=False),
        sa.Column("bill_due_days", sa.SmallInteger(), server_default=sa.text("30"), nullable=False),
        sa.Column(
            "reminder_minutes",
            postgresql.ARRAY(sa.Integer()),
            server_default=sa.text("'{1440,120}'"),
            nullable=False,
        ),
        sa.Column(
            "booking_horizon_days", sa.SmallInteger(), server_default=sa.text("180"), nullable=False
        ),
        sa.Column("max_live_holds", sa.SmallInteger(), server_default=sa.text("3"), nullable=False),
        sa.Column(
            "max_bookings_per_hour", sa.SmallInteger(), server_default=sa.text("10"), nullable=False
        ),
        sa.Column(
            "waitlist_offer_minutes",
            sa.SmallInteger(),
            server_default=sa.text("30"),
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
        sa.CheckConstraint("id = 1", name="one_hospital"),
        sa.CheckConstraint(
            "late_cancel_fee_percent BETWEEN 0 AND 100", name="late_cancel_fee_percent_bounds"
        ),
        sa.CheckConstraint(
            "no_show_fee_percent BETWEEN 0 AND 100", name="no_show_fee_percent_bounds"
        ),
        sa.CheckConstraint("tax_rate BETWEEN 0 AND 1", name="tax_rate_bounds"),
        sa.PrimaryKeyConstraint("id", name=op.f("hospital_settings_pkey")),
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
        "service_types",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("slots", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "fee_percent",
            sa.Numeric(precision=5, scale=2),
            server_default=sa.text("100"),
            nullable=False,
        ),
        sa.Column("within_days", sa.SmallInteger(), nullable=True),
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
        sa.CheckConstraint("fee_percent BETWEEN 0 AND 100", name="fee_percent_bounds"),
        sa.CheckConstraint("slots BETWEEN 1 AND 8", name="slots_bounds"),
        sa.PrimaryKeyConstraint("code", name=op.f("service_types_pkey")),
        schema="app",
    )
    op.create_table(
        "settings_changes",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("workflow_id", sa.String(length=255), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("settings_changes_pkey")),
        schema="app",
    )
    op.create_table(
        "specializations",
        sa.Column("specialization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("requirements", sa.Text(), nullable=True),
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
        sa.PrimaryKeyConstraint("specialization_id", name=op.f("specializations_pkey")),
        schema="app",
    )
    op.create_index(
        "one_specialization_per_name",
        "specializations",
        [sa.literal_column("lower(name)")],
        unique=True,
        schema="app",
    )
    op.create_table(
        "doctors",
        sa.Column("doctor_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column(
            "name",
            sa.String(length=201),
            sa.Computed("first_name || ' ' || last_name", persisted=True),
            nullable=True,
        ),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("gender", sa.String(length=30), server_default="UNKNOWN", nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("license_number", sa.String(length=64), nullable=False),
        sa.Column(
            "experience_years", sa.SmallInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("qualification", sa.String(length=300), nullable=True),
        sa.Column("bio", sa.Text(), nullable=True),
        sa.Column("consultation_fee", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("rating", sa.Numeric(precision=3, scale=2), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_available", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "max_daily_appts", sa.SmallInteger(), server_default=sa.text("20"), nullable=False
        ),
        sa.Column(
            "requires_approval", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("timezone", sa.String(length=64), nullable=False),
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
            "gender IN ('FEMALE', 'MALE', 'OTHER', 'UNKNOWN')", name="gender_values"
        ),
        sa.CheckConstraint(
            "timestamptz '2000-01-01 00:00+00' AT TIME ZONE timezone IS NOT NULL AND (timezone = 'UTC' OR timezone LIKE '%/%')",
            name="timezone_known",
        ),
        sa.CheckConstraint("consultation_fee >= 0", name="fee_not_negative"),
        sa.CheckConstraint("experience_years BETWEEN 0 AND 80", name="experience_bounds"),
        sa.CheckConstraint("max_daily_appts > 0", name="day_has_room"),
        sa.CheckConstraint("rating BETWEEN 0 AND 5", name="rating_bounds"),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["app.departments.department_id"],
            name=op.f("doctors_department_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("doctor_id", name=op.f("doctors_pkey")),
        schema="app",
    )
    op.create_index(
        op.f("doctors_department_id_idx"),
        "doctors",
        ["department_id"],
        unique=False,
        schema="app",
        postgresql_where=sa.text("is_active"),
    )
    op.create_index("one_doctor_per_account", "doctors", ["account_id"], unique=True, schema="app")
    op.create_index(
        "one_doctor_per_email",
        "doctors",
        [sa.literal_column("lower(email)")],
        unique=True,
        schema="app",
    )
    op.create_index(
        "one_doctor_per_license", "doctors", ["license_number"], unique=True, schema="app"
    )
    op.create_foreign_key(
        "departments_head_doctor_id_fkey",
        "departments",
        "doctors",
        ["head_doctor_id"],
        ["doctor_id"],
        source_schema="app",
        referent_schema="app",
    )
    op.create_table(
        "availability_overrides",
        sa.Column("override_id", sa.Uuid(), nullable=False),
        sa.Column("doctor_id", sa.Uuid(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=True),
        sa.Column("end_time", sa.Time(), nullable=True),
        sa.Column("is_available", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("slot_duration", sa.SmallInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
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
            "start_time < end_time OR end_time = '00:00'", name="override_ends_after_start"
        ),
        sa.CheckConstraint(
            "(start_time IS NULL) = (end_time IS NULL)", name="override_times_together"
        ),
        sa.CheckConstraint(
            "EXTRACT(second FROM start_time) = 0 AND EXTRACT(second FROM end_time) = 0",
            name="override_in_minutes",
        ),
        sa.CheckConstraint(
            "NOT is_available OR start_time IS NOT NULL", name="added_time_is_given"
        ),
        sa.CheckConstraint("slot_duration BETWEEN 5 AND 480", name="override_slot_length"),
        sa.ForeignKeyConstraint(
            ["doctor_id"],
            ["app.doctors.doctor_id"],
            name=op.f("availability_overrides_doctor_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("override_id", name=op.f("availability_overrides_pkey")),
        schema="app",
    )
    op.create_index(
        op.f("availability_overrides_doctor_id_date_idx"),
        "availability_overrides",
        ["doctor_id", "date"],
        unique=False,
        schema="app",
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "doctor_specializations",
        sa.Column("doctor_id", sa.Uuid(), nullable=False),
        sa.Column("specialization_id", sa.Uuid(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"],
            ["app.doctors.doctor_id"],
            name=op.f("doctor_specializations_doctor_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["specialization_id"],
            ["app.specializations.specialization_id"],
            name=op.f("doctor_specializations_specialization_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "doctor_id", "specialization_id", name=op.f("doctor_specializations_pkey")
        ),
        schema="app",
    )
    op.create_index(
        op.f("doctor_specializations_specialization_id_idx"),
        "doctor_specializations",
        ["specialization_id"],
        unique=False,
        schema="app",
    )
    op.create_index(
        "one_primary_specialization",
        "doctor_specializations",
        ["doctor_id"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("is_primary"),
    )
    op.create_table(
        "schedules",
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("doctor_id", sa.Uuid(), nullable=False),
        sa.Column("day_of_week", sa.SmallInteger(), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=False),
        sa.Column("end_time", sa.Time(), nullable=False),
        sa.Column("slot_duration", sa.SmallInteger(), server_default=sa.text("30"), nullable=False),
        sa.Column("buffer", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), server_default=sa.text("'(,)'"), nullable=False),
        sa.Column(
            "hours",
            postgresql.INT4RANGE(),
            sa.Computed(
                "int4range((EXTRACT(epoch FROM start_time) / 60)::int, COALESCE(NULLIF((EXTRACT(epoch FROM end_time) / 60)::int, 0), 1440))",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
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
            (sa.column("day_of_week"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("hours"), "&&"),
            where=sa.text("is_active AND withdrawn_at IS NULL"),
            using="gist",
            name="hours_never_overlap",
        ),
        sa.CheckConstraint(
            "start_time < end_time OR end_time = '00:00'", name="hours_end_after_start"
        ),
        sa.CheckConstraint(
            "EXTRACT(second FROM start_time) = 0 AND EXTRACT(second FROM end_time) = 0",
            name="hours_in_minutes",
        ),
        sa.CheckConstraint("buffer BETWEEN 0 AND 120", name="buffer_length"),
        sa.CheckConstraint("day_of_week BETWEEN 1 AND 7", name="weekday_known"),
        sa.CheckConstraint("slot_duration BETWEEN 5 AND 480", name="slot_length"),
        sa.ForeignKeyConstraint(
            ["doctor_id"], ["app.doctors.doctor_id"], name=op.f("schedules_doctor_id_fkey")
        ),
        sa.PrimaryKeyConstraint("schedule_id", name=op.f("schedules_pkey")),
        schema="app",
    )
    op.create_index(
        op.f("schedules_doctor_id_idx"),
        "schedules",
        ["doctor_id"],
        unique=False,
        schema="app",
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        op.f("schedules_doctor_id_idx"),
        table_name="schedules",
        schema="app",
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.drop_table("schedules", schema="app")
    op.drop_index(
        "one_primary_specialization",
        table_name="doctor_specializations",
        schema="app",
        postgresql_where=sa.text("is_primary"),
    )
    op.drop_index(
        op.f("doctor_specializations_specialization_id_idx"),
        table_name="doctor_specializations",
        schema="app",
    )
    op.drop_table("doctor_specializations", schema="app")
    op.drop_index(
        op.f("availability_overrides_doctor_id_date_idx"),
        table_name="availability_overrides",
        schema="app",
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.drop_table("availability_overrides", schema="app")
    op.drop_constraint("departments_head_doctor_id_fkey", "departments", schema="app")
    op.drop_index("one_doctor_per_license", table_name="doctors", schema="app")
    op.drop_index("one_doctor_per_email", table_name="doctors", schema="app")
    op.drop_index("one_doctor_per_account", table_name="doctors", schema="app")
    op.drop_index(
        op.f("doctors_department_id_idx"),
        table_name="doctors",
        schema="app",
        postgresql_where=sa.text("is_active"),
    )
    op.drop_table("doctors", schema="app")
    op.drop_index("one_specialization_per_name", table_name="specializations", schema="app")
    op.drop_table("specializations", schema="app")
    op.drop_table("settings_changes", schema="app")
    op.drop_table("service_types", schema="app")
    op.drop_table("legal_moves", schema="app")
    op.drop_index(op.f("inbox_workflow_id_idx"), table_name="inbox", schema="app")
    op.drop_index(op.f("inbox_created_at_idx"), table_name="inbox", schema="app")
    op.drop_table("inbox", schema="app")
    op.drop_table("hospital_settings", schema="app")
    op.drop_table("holidays", schema="app")
    op.drop_index("one_department_per_name", table_name="departments", schema="app")
    op.drop_table("departments", schema="app")
