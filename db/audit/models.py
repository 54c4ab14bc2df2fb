"""The tables of `hms_audit`."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.base import chosen, guarded, moment, tables, version

metadata = tables()
guarded(metadata)

records = Table(
    "records",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    moment("at", nullable=False, server_default=func.now(), index=True),
    Column("record_key", String(400), nullable=False),
    Column("actor_id", Uuid),
    Column("actor_role", String(20), nullable=False),
    Column("subject_id", Uuid),
    Column("action", String(120), nullable=False),
    Column("object_type", String(60), nullable=False),
    Column("object_id", String(120)),
    *chosen("outcome", "DONE", "REFUSED", "DENIED", "FAILED"),
    Column("purpose", String(120)),
    Column("reason", String(500)),
    Column("workflow_id", String(255)),
    Column("correlation_id", String(128)),
    Column("details", JSONB, nullable=False, server_default=text("'{}'")),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("record_key"),
    UniqueConstraint("hash"),
    CheckConstraint(
        "octet_length(hash) = 32 AND octet_length(previous_hash) = 32", name="hash_lengths"
    ),
    Index(None, "object_type", "object_id", "at"),
    Index(None, "actor_id", "at"),
    Index(None, "subject_id", "at"),
)

findings = Table(
    "findings",
    metadata,
    Column("finding_id", Uuid, primary_key=True),
    Column("check_name", String(80), nullable=False),
    Column("object_key", String(255), nullable=False),
    *chosen("severity", "INFO", "WARNING", "CRITICAL"),
    Column("details", JSONB, nullable=False, server_default=text("'{}'")),
    moment("first_seen_at", nullable=False, server_default=func.now()),
    moment("last_seen_at", nullable=False, server_default=func.now()),
    moment("resolved_at"),
    Column("resolution", String(500)),
    Column("resolved_by", Uuid),
    version(),
    Index(
        "one_open_finding",
        "check_name",
        "object_key",
        unique=True,
        postgresql_where=text("resolved_at IS NULL"),
    ),
)
