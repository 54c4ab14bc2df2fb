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
        "accounts",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=150), nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=True),
        sa.Column("last_name", sa.String(length=100), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "is_staff",
            sa.Boolean(),
            sa.Computed("role <> 'PATIENT'", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "is_superuser",
            sa.Boolean(),
            sa.Computed("role = 'ADMIN'", persisted=True),
            nullable=True,
        ),
        sa.Column("token_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("last_login", sa.DateTime(timezone=True), nullable=True),
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
        sa.CheckConstraint("password_hash LIKE '$argon2id$%'", name="password_is_hashed"),
        sa.CheckConstraint(
            "role IN ('ADMIN', 'DOCTOR', 'PATIENT', 'RECEPTIONIST', 'BILLING', 'OPS')",
            name="role_values",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("accounts_pkey")),
        schema="app",
    )
    op.create_index(
        "one_account_per_email",
        "accounts",
        [sa.literal_column("lower(email)")],
        unique=True,
        schema="app",
        postgresql_where=sa.text("email IS NOT NULL"),
    )
    op.create_index(
        "one_account_per_username",
        "accounts",
        [sa.literal_column("lower(username)")],
        unique=True,
        schema="app",
    )
    op.create_table(
        "api_requests",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("principal", sa.String(length=100), nullable=False),
        sa.Column("operation", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "minted_ids",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("workflow_id", sa.String(length=255), nullable=True),
        sa.Column("state", sa.String(length=30), server_default="IN_FLIGHT", nullable=False),
        sa.Column("status_code", sa.SmallInteger(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state = 'IN_FLIGHT' OR status_code IS NOT NULL", name="answer_has_status"
        ),
        sa.CheckConstraint("state IN ('IN_FLIGHT', 'ANSWERED')", name="state_values"),
        sa.PrimaryKeyConstraint("request_id", name=op.f("api_requests_pkey")),
        sa.UniqueConstraint(
            "principal", "operation", "key", name=op.f("api_requests_principal_operation_key_key")
        ),
        schema="app",
    )
    op.create_index(
        op.f("api_requests_expires_at_idx"),
        "api_requests",
        ["expires_at"],
        unique=False,
        schema="app",
    )
    op.create_table(
        "audit_outbox",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("entry", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("record_id", name=op.f("audit_outbox_pkey")),
        schema="app",
    )
    op.create_index(
        op.f("audit_outbox_created_at_idx"),
        "audit_outbox",
        ["created_at"],
        unique=False,
        schema="app",
        postgresql_where=sa.text("shipped_at IS NULL"),
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
        "login_attempts",
        sa.Column("bucket", sa.String(length=200), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "window_start",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("bucket", name=op.f("login_attempts_pkey")),
        schema="app",
    )
    op.create_index(
        op.f("login_attempts_blocked_until_idx"),
        "login_attempts",
        ["blocked_until"],
        unique=False,
        schema="app",
    )
    op.create_table(
        "one_time_codes",
        sa.Column("code_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=30), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("purpose IN ('RESET', 'INVITATION')", name="purpose_values"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["app.accounts.account_id"], name=op.f("one_time_codes_account_id_fkey")
        ),
        sa.PrimaryKeyConstraint("code_id", name=op.f("one_time_codes_pkey")),
        sa.UniqueConstraint("code_hash", name=op.f("one_time_codes_code_hash_key")),
        schema="app",
    )
    op.create_index(
        op.f("one_time_codes_account_id_idx"),
        "one_time_codes",
        ["account_id"],
        unique=False,
        schema="app",
    )
    op.create_table(
        "profiles",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("address", sa.String(length=500), nullable=True),
        sa.Column("date_of_birth", sa.Date(), nullable=True),
        sa.Column("profile_picture", sa.String(length=500), nullable=True),
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
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["app.accounts.account_id"], name=op.f("profiles_account_id_fkey")
        ),
        sa.PrimaryKeyConstraint("profile_id", name=op.f("profiles_pkey")),
        sa.UniqueConstraint("account_id", name=op.f("profiles_account_id_key")),
        schema="app",
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client", sa.String(length=200), nullable=True),
        sa.Column(
            "issued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > issued_at", name="token_lives"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["app.accounts.account_id"], name=op.f("refresh_tokens_account_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by"],
            ["app.refresh_tokens.token_id"],
            name=op.f("refresh_tokens_replaced_by_fkey"),
        ),
        sa.PrimaryKeyConstraint("token_id", name=op.f("refresh_tokens_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("refresh_tokens_token_hash_key")),
        schema="app",
    )
    op.create_index(
        "one_live_token_per_family",
        "refresh_tokens",
        ["family_id"],
        unique=True,
        schema="app",
        postgresql_where=sa.text("used_at IS NULL AND revoked_at IS NULL"),
    )
    op.create_index(
        op.f("refresh_tokens_account_id_idx"),
        "refresh_tokens",
        ["account_id"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("refresh_tokens_family_id_issued_at_idx"),
        "refresh_tokens",
        ["family_id", "issued_at"],
        unique=False,
        schema="app",
    )


def downgrade() -> None:
    op.drop_index(
        op.f("refresh_tokens_family_id_issued_at_idx"), table_name="refresh_tokens", schema="app"
    )
    op.drop_index(op.f("refresh_tokens_account_id_idx"), table_name="refresh_tokens", schema="app")
    op.drop_index(
        "one_live_token_per_family",
        table_name="refresh_tokens",
        schema="app",
        postgresql_where=sa.text("used_at IS NULL AND revoked_at IS NULL"),
    )
    op.drop_table("refresh_tokens", schema="app")
    op.drop_table("profiles", schema="app")
    op.drop_index(op.f("one_time_codes_account_id_idx"), table_name="one_time_codes", schema="app")
    op.drop_table("one_time_codes", schema="app")
    op.drop_index(
        op.f("login_attempts_blocked_until_idx"), table_name="login_attempts", schema="app"
    )
    op.drop_table("login_attempts", schema="app")
    op.drop_table("legal_moves", schema="app")
    op.drop_index(op.f("inbox_workflow_id_idx"), table_name="inbox", schema="app")
    op.drop_index(op.f("inbox_created_at_idx"), table_name="inbox", schema="app")
    op.drop_table("inbox", schema="app")
    op.drop_index(
        op.f("audit_outbox_created_at_idx"),
        table_name="audit_outbox",
        schema="app",
        postgresql_where=sa.text("shipped_at IS NULL"),
    )
    op.drop_table("audit_outbox", schema="app")
    op.drop_index(op.f("api_requests_expires_at_idx"), table_name="api_requests", schema="app")
    op.drop_table("api_requests", schema="app")
    op.drop_index("one_account_per_username", table_name="accounts", schema="app")
    op.drop_index(
        "one_account_per_email",
        table_name="accounts",
        schema="app",
        postgresql_where=sa.text("email IS NOT NULL"),
    )
    op.drop_table("accounts", schema="app")
