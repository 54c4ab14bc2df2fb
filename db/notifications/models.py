"""The tables of `hms_notifications`."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.base import changes_of, chosen, guarded, moment, stamps, tables, trace, version

metadata = tables()
guarded(metadata)

templates = Table(
    "templates",
    metadata,
    Column("template_id", Uuid, primary_key=True),
    Column("name", String(120), nullable=False),
    *chosen("channel", "EMAIL", "SMS"),
    Column("subject_template", String(300)),
    Column("body_template", Text, nullable=False),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    *stamps(),
    *trace(),
    version(),
    UniqueConstraint("name"),
)

notifications = Table(
    "notifications",
    metadata,
    Column("notification_id", Uuid, primary_key=True),
    Column("event_type", String(80), nullable=False),
    Column("payload", JSONB, nullable=False, server_default=text("'{}'")),
    *chosen("recipient_type", "PATIENT", "DOCTOR", "STAFF"),
    Column("recipient_id", Uuid, nullable=False),
    *chosen("channel", "EMAIL", "SMS"),
    # Null: nobody ever wrote the template that the event wanted, so nothing was sent.
    Column("template_name", String(120), ForeignKey(templates.c.name)),
    Column("subject", String(300)),
    Column("message", Text),
    *chosen("status", "SCHEDULED", "SENT", "FAILED", "SUPPRESSED", server_default="SCHEDULED"),
    Column("appointment_id", Uuid, index=True),
    Column("dedupe_key", String(255), nullable=False),
    moment("scheduled_at", nullable=False, server_default=func.now()),
    moment("sent_at"),
    Column("retry_count", Integer, nullable=False, server_default=text("0")),
    Column("suppressed_because", String(120)),
    Column("failure", String(300)),
    Column("provider_reference", String(255)),
    Column("metadata", JSONB, nullable=False, server_default=text("'{}'")),
    *stamps(),
    *trace(),
    version(),
    UniqueConstraint("dedupe_key"),
    CheckConstraint("status <> 'SENT' OR sent_at IS NOT NULL", name="sent_when"),
    CheckConstraint(
        "status <> 'SUPPRESSED' OR suppressed_because IS NOT NULL", name="suppressed_why"
    ),
    Index(None, "scheduled_at", postgresql_where=text("status = 'SCHEDULED'")),
)
Index(None, notifications.c.recipient_id, notifications.c.created_at.desc())

changes_of(metadata, "notification")
