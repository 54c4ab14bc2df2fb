"""The tables of `hms_patients`."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db.base import chosen, guarded, moment, stamps, tables, trace, version

metadata = tables()
guarded(metadata)

patients = Table(
    "patients",
    metadata,
    Column("patient_id", Uuid, primary_key=True),
    Column("account_id", Uuid),
    Column("first_name", String(100), nullable=False),
    Column("last_name", String(100), nullable=False),
    Column("name", String(201), Computed("first_name || ' ' || last_name", persisted=True)),
    Column("dob", Date, nullable=False),
    *chosen("gender", "FEMALE", "MALE", "OTHER", "UNKNOWN"),
    Column("email", String(254)),
    Column("phone", String(32)),
    Column("address", String(500)),
    *chosen("contact_channel", "EMAIL", "SMS", "NONE", size=10, server_default="EMAIL"),
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    Column("deceased_on", Date),
    *stamps(),
    *trace(),
    version(),
    CheckConstraint("dob >= '1900-01-01'", name="dob_plausible"),
)
# Named by hand: these names are refusals, and the last one is an expression.
Index("one_patient_per_account", patients.c.account_id, unique=True)
Index("one_patient_per_phone", patients.c.phone, unique=True)
Index("one_patient_per_email", func.lower(patients.c.email), unique=True)
Index("patients_by_name", func.lower(patients.c.last_name), func.lower(patients.c.first_name))

clinical_profiles = Table(
    "clinical_profiles",
    metadata,
    Column("patient_id", Uuid, ForeignKey(patients.c.patient_id), primary_key=True),
    Column("emergency_contact", String(300)),
    *chosen(
        "blood_group",
        *("A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-", "UNKNOWN"),
        size=10,
        server_default="UNKNOWN",
    ),
    Column("insurance_info", JSONB),
    Column("allergies", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("medical_history", Text),
    *stamps(),
    *trace(),
    version(),
)

visit_history = Table(
    "visit_history",
    metadata,
    Column("entry_id", Uuid, primary_key=True),
    Column("patient_id", Uuid, ForeignKey(patients.c.patient_id), nullable=False),
    Column("appointment_id", Uuid, nullable=False, index=True),
    Column("doctor_id", Uuid, nullable=False),
    Column("doctor_name", String(201), nullable=False),
    moment("visited_at", nullable=False),
    Column("diagnosis", Text),
    Column("treatment", Text),
    Column("prescription", Text),
    Column("prescription_id", Uuid),
    Column("notes", Text),
    Column("doctor_notes", Text),
    Column("follow_up_date", Date),
    Column("amends", Uuid),
    *stamps(),
    *trace(),
    UniqueConstraint("entry_id", "patient_id"),
    # Nobody's entry is amended by what was found in somebody else.
    ForeignKeyConstraint(
        ["amends", "patient_id"],
        ["app.visit_history.entry_id", "app.visit_history.patient_id"],
    ),
)
Index(None, visit_history.c.patient_id, visit_history.c.visited_at.desc())
