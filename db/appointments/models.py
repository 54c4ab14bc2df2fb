"""The tables of `hms_appointments`."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint

from db.base import changes_of, chosen, guarded, moment, stamps, tables, trace, version

metadata = tables()
guarded(metadata)

LIVE = "status IN ('HELD', 'BOOKED', 'CHECKED_IN')"

appointments = Table(
    "appointments",
    metadata,
    Column("appointment_id", Uuid, primary_key=True),
    # The visit that the slot is taken for: its own, or for the hold of a move the one that moves,
    # so that a visit never stands in its own way.
    Column("visit_id", Uuid, nullable=False, index=True),
    Column("patient_id", Uuid, nullable=False),
    Column("doctor_id", Uuid, nullable=False),
    Column("department_id", Uuid, nullable=False),
    Column("department", String(120), nullable=False),
    Column("service_type", String(40), nullable=False, server_default="CONSULTATION"),
    *chosen("kind", "SCHEDULED", "WALK_IN", "TELEHEALTH", server_default="SCHEDULED"),
    *chosen("payment_mode", "PREPAID", "PAY_LATER"),
    Column("slot", TSTZRANGE, nullable=False),
    Column("slot_start", DateTime(timezone=True), Computed("lower(slot)", persisted=True)),
    Column("slot_end", DateTime(timezone=True), Computed("upper(slot)", persisted=True)),
    Column("timezone", String(64), nullable=False),
    Column("local_start", DateTime, nullable=False),
    Column("local_date", Date, Computed("local_start::date", persisted=True)),
    *chosen(
        "status",
        *("HELD", "BOOKED", "CHECKED_IN", "COMPLETED"),
        *("EXPIRED", "RELEASED", "CANCELLED", "NO_SHOW"),
    ),
    moment("hold_expires_at"),
    moment("accepted_at", nullable=False),
    Column("settings_version", Integer, nullable=False),
    Column("terms", JSONB, nullable=False),
    Column("reschedule_count", SmallInteger, nullable=False, server_default=text("0")),
    Column("late_move", Boolean, nullable=False, server_default=text("false")),
    Column("changed_by", String(255)),
    moment("changed_since"),
    moment("checked_in_at"),
    moment("completed_at"),
    moment("no_show_at"),
    *chosen("cancelled_by", "PATIENT", "DOCTOR", "HOSPITAL", "SYSTEM", nullable=True),
    Column("cancel_reason", String(500)),
    Column("symptoms", Text),
    Column("notes", Text),
    Column("diagnosis", Text),
    Column("follow_up_date", Date),
    Column("room_id", Uuid),
    Column("series_id", Uuid, index=True),
    Column("overbook_reason", String(500)),
    Column("meeting_url", String(500)),
    *stamps(),
    *trace(),
    version(),
    ExcludeConstraint(
        *(("doctor_id", "="), ("slot", "&&"), ("visit_id", "<>")),
        where=text(f"{LIVE} AND overbook_reason IS NULL"),
        name="one_visit_per_doctor_slot",
    ),
    ExcludeConstraint(
        *(("patient_id", "="), ("slot", "&&"), ("visit_id", "<>")),
        where=text(LIVE),
        name="one_visit_per_patient_slot",
    ),
    ExcludeConstraint(
        *(("room_id", "="), ("slot", "&&"), ("visit_id", "<>")),
        where=text(f"{LIVE} AND room_id IS NOT NULL"),
        name="one_visit_per_room_slot",
    ),
    # Without the *_inf terms an unbounded slot passes: NULL violates no check.
    CheckConstraint(
        "NOT isempty(slot) AND NOT lower_inf(slot) AND NOT upper_inf(slot)"
        " AND lower_inc(slot) AND NOT upper_inc(slot)"
        " AND upper(slot) - lower(slot) BETWEEN interval '5 min' AND interval '8 h'",
        name="slot_shape",
    ),
    CheckConstraint(
        "(status = 'HELD') = (hold_expires_at IS NOT NULL)",
        name="hold_has_expiry",
    ),
    CheckConstraint(
        "(changed_by IS NULL) = (changed_since IS NULL)",
        name="change_has_begin",
    ),
    CheckConstraint("status <> 'CANCELLED' OR cancelled_by IS NOT NULL", name="cancelled_by_known"),
    CheckConstraint("reschedule_count >= 0", name="moves_counted"),
    Index(None, "doctor_id", "local_date"),
    Index(None, "status", "slot_start"),
    Index(None, "hold_expires_at", postgresql_where=text("status = 'HELD'")),
    Index(None, "changed_since", postgresql_where=text("changed_by IS NOT NULL")),
)
Index(None, appointments.c.patient_id, appointments.c.slot_start.desc())
# A patient's bookings of the last hour are counted by this.
Index(None, appointments.c.patient_id, appointments.c.accepted_at)

appointment_changes = changes_of(
    metadata,
    "appointment",
    Column("slot", TSTZRANGE, nullable=False),
    Column("late_move", Boolean, nullable=False, server_default=text("false")),
    Column("doctor_id", Uuid),
)

patient_cache = Table(
    "patient_cache",
    metadata,
    Column("patient_id", Uuid, primary_key=True),
    Column("name", String(201), nullable=False),
    Column("email", String(254)),
    Column("phone", String(32)),
    Column("contact_channel", String(10), nullable=False, server_default="EMAIL"),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    Column("source_version", Integer, nullable=False),
    stamps()[1],
)

doctor_cache = Table(
    "doctor_cache",
    metadata,
    Column("doctor_id", Uuid, primary_key=True),
    Column("name", String(201), nullable=False),
    Column("department", String(120), nullable=False),
    Column("specialization", String(120)),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    Column("source_version", Integer, nullable=False),
    stamps()[1],
)
