"""Who may write what, and what others may read."""

from alembic import op

from db import guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

VIEWS = {
    "patients": """
        SELECT patient_id, first_name, last_name, name, dob,
               extract(year FROM age(coalesce(deceased_on, current_date), dob))::int AS age,
               gender, email, phone, address, contact_channel, is_active, deceased_on,
               (created_at AT TIME ZONE 'UTC')::date AS registration_date,
               created_at, updated_at, version
        FROM app.patients""",
    # A patient of whom nothing is known yet has a profile too: an empty one.
    "clinical_profiles": """
        SELECT p.patient_id, c.emergency_contact,
               coalesce(c.blood_group, 'UNKNOWN') AS blood_group, c.insurance_info,
               coalesce(c.allergies, '{}') AS allergies, c.medical_history,
               c.updated_at, coalesce(c.version, 0) AS version
        FROM app.patients p LEFT JOIN app.clinical_profiles c USING (patient_id)""",
    "visit_history": """
        SELECT entry_id, patient_id, appointment_id, doctor_id, doctor_name, visited_at,
               diagnosis, treatment, prescription, prescription_id, notes, doctor_notes,
               follow_up_date, amends, created_at
        FROM app.visit_history""",
    "identities": """
        SELECT account_id, patient_id FROM app.patients WHERE account_id IS NOT NULL""",
}


def upgrade() -> None:
    for statement in guards.written_by_the_owner("patients", "legal_moves"):
        op.execute(statement)
    for statement in guards.append_only("patients", "visit_history"):
        op.execute(statement)
    # A registration that was given up leaves no person behind.
    op.execute("GRANT DELETE ON app.patients TO hms_patients_worker")
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW published.{name} AS {query}")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW published.{name}")
    op.execute("REVOKE DELETE ON app.patients FROM hms_patients_worker")
    op.execute("GRANT UPDATE ON app.visit_history TO hms_patients_worker")
    op.execute("GRANT INSERT, UPDATE ON app.legal_moves TO hms_patients_worker")
