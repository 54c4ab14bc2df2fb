"""The tables of `hms_users`."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.base import chosen, created_at, guarded, moment, stamps, tables, trace, version

metadata = tables()
guarded(metadata)


def account_id() -> Column[object]:
    return Column("account_id", ForeignKey("app.accounts.account_id"), nullable=False, index=True)


accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("username", String(150), nullable=False),
    Column("first_name", String(100)),
    Column("last_name", String(100)),
    Column("email", String(254)),
    Column("password_hash", Text, nullable=False),
    *chosen("role", "ADMIN", "DOCTOR", "PATIENT", "RECEPTIONIST", "BILLING", "OPS"),
    # It becomes active when the process that makes it ends.
    Column("is_active", Boolean, nullable=False, server_default=text("false")),
    Column("is_staff", Boolean, Computed("role <> 'PATIENT'", persisted=True)),
    Column("is_superuser", Boolean, Computed("role = 'ADMIN'", persisted=True)),
    # Tokens of an older version are refused: a change of role or password ends them.
    Column("token_version", Integer, nullable=False, server_default=text("1")),
    moment("last_login"),
    *stamps(),
    *trace(),
    version(),
    CheckConstraint("password_hash LIKE '$argon2id$%'", name="password_is_hashed"),
)
Index("one_account_per_username", func.lower(accounts.c.username), unique=True)
Index(
    "one_account_per_email",
    func.lower(accounts.c.email),
    unique=True,
    postgresql_where=accounts.c.email.is_not(None),
)

profiles = Table(
    "profiles",
    metadata,
    Column("profile_id", Uuid, primary_key=True),
    Column("account_id", ForeignKey("app.accounts.account_id"), nullable=False),
    Column("phone", String(32)),
    Column("address", String(500)),
    Column("date_of_birth", Date),
    Column("profile_picture", String(500)),
    *stamps(),
    version(),
    UniqueConstraint("account_id"),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_id", Uuid, primary_key=True),
    account_id(),
    # All that follows from one login; the reuse of any of its tokens ends it.
    Column("family_id", Uuid, nullable=False),
    Column("token_hash", LargeBinary, nullable=False),
    Column("client", String(200)),
    moment("issued_at", nullable=False, server_default=func.now()),
    moment("expires_at", nullable=False),
    moment("used_at"),
    Column("replaced_by", ForeignKey("app.refresh_tokens.token_id")),
    moment("revoked_at"),
    UniqueConstraint("token_hash"),
    CheckConstraint("expires_at > issued_at", name="token_lives"),
)
Index(
    "one_live_token_per_family",
    refresh_tokens.c.family_id,
    unique=True,
    postgresql_where=text("used_at IS NULL AND revoked_at IS NULL"),
)
Index(None, refresh_tokens.c.family_id, refresh_tokens.c.issued_at)

one_time_codes = Table(
    "one_time_codes",
    metadata,
    Column("code_id", Uuid, primary_key=True),
    account_id(),
    *chosen("purpose", "RESET", "INVITATION"),
    Column("code_hash", LargeBinary, nullable=False),
    moment("expires_at", nullable=False),
    moment("used_at"),
    created_at(),
    UniqueConstraint("code_hash"),
)

login_attempts = Table(
    "login_attempts",
    metadata,
    # A hash of a name or of an address: nobody can read here who tried.
    Column("bucket", String(200), primary_key=True),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    moment("window_start", nullable=False, server_default=func.now()),
    moment("blocked_until", index=True),
)

api_requests = Table(
    "api_requests",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("principal", String(100), nullable=False),
    Column("operation", String(100), nullable=False),
    Column("key", String(255), nullable=False),
    Column("request_hash", String(64), nullable=False),
    Column("minted_ids", JSONB, nullable=False, server_default=text("'{}'")),
    Column("workflow_id", String(255)),
    *chosen("state", "IN_FLIGHT", "ANSWERED", server_default="IN_FLIGHT"),
    Column("status_code", SmallInteger),
    Column("headers", JSONB),
    Column("body", JSONB),
    created_at(),
    moment("expires_at", nullable=False, index=True),
    UniqueConstraint("principal", "operation", "key"),
    CheckConstraint("state = 'IN_FLIGHT' OR status_code IS NOT NULL", name="answer_has_status"),
)

audit_outbox = Table(
    "audit_outbox",
    metadata,
    Column("record_id", Uuid, primary_key=True),
    Column("entry", JSONB, nullable=False),
    created_at(),
    moment("shipped_at"),
    Index(None, "created_at", postgresql_where=text("shipped_at IS NULL")),
)
