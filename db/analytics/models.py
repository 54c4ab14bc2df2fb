"""The tables of `hms_analytics`."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Index,
    Numeric,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.base import guarded, moment, stamps, tables

metadata = tables()
guarded(metadata)

events = Table(
    "events",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("type", String(80), nullable=False),
    Column("occurred_at", DateTime(timezone=True), primary_key=True),
    Column("appointment_id", Uuid),
    Column("patient_id", Uuid),
    Column("doctor_id", Uuid),
    Column("department", String(120)),
    Column("data", JSONB, nullable=False, server_default=text("'{}'")),
    Column("workflow_id", String(255)),
    Column("correlation_id", String(128)),
    moment("received_at", nullable=False, server_default=func.now()),
    Index(None, "type", "occurred_at"),
    Index(None, "data", postgresql_using="gin", postgresql_ops={"data": "jsonb_path_ops"}),
    postgresql_partition_by="RANGE (occurred_at)",
)

daily_rollups = Table(
    "daily_rollups",
    metadata,
    Column("rollup_id", BigInteger, primary_key=True),
    Column("day", Date, nullable=False),
    Column("metric", String(80), nullable=False),
    Column("department", String(120)),
    Column("doctor_id", Uuid),
    Column("value", Numeric(18, 4), nullable=False),
    moment("computed_at", nullable=False, server_default=func.now()),
    UniqueConstraint(
        *("day", "metric", "department", "doctor_id"), postgresql_nulls_not_distinct=True
    ),
)

rollup_marks = Table(
    "rollup_marks",
    metadata,
    Column("name", String(80), primary_key=True),
    moment("up_to", nullable=False),
    stamps()[1],
)
