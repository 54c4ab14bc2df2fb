"""What a hospital starts with, who may write what, and what others may read."""

from alembic import op

from db import guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PLANTED = (
    """INSERT INTO app.service_types (code, name) VALUES ('CONSULTATION', 'Consultation')""",
    """INSERT INTO app.hospital_settings (hospital_name, currency, tax_rate)
       VALUES ('Riverside Hospital', 'GBP', 0.05)""",
    """INSERT INTO app.settings_changes (version, settings, workflow_id)
       SELECT version, to_jsonb(s), 'migration 0002' FROM app.hospital_settings s""",
)

DROPPED_WITH_A_DOCTOR = "app.doctors, app.doctor_specializations, app.schedules"

VIEWS = {
    "doctors": """
        SELECT d.doctor_id, d.first_name, d.last_name, d.name, d.email, d.phone, d.gender,
               d.department_id, p.name AS department, s.specialization, s.specializations,
               d.license_number, d.experience_years, d.qualification, d.bio,
               d.consultation_fee, d.currency, d.rating, d.is_active, d.is_available,
               d.max_daily_appts, d.requires_approval, d.timezone,
               d.created_at, d.updated_at, d.version
        FROM app.doctors d
        JOIN app.departments p USING (department_id)
        CROSS JOIN LATERAL (
          SELECT min(s.name) FILTER (WHERE l.is_primary) AS specialization,
                 coalesce(jsonb_agg(jsonb_build_object(
                   'id', s.specialization_id, 'name', s.name, 'is_primary', l.is_primary)
                   ORDER BY l.is_primary DESC, s.name)
                   FILTER (WHERE s.specialization_id IS NOT NULL), '[]') AS specializations
          FROM app.doctor_specializations l
          JOIN app.specializations s USING (specialization_id)
          WHERE l.doctor_id = d.doctor_id
        ) s""",
    "departments": """
        SELECT p.department_id, p.name, p.description, p.head_doctor_id, h.name AS head_doctor,
               p.location, p.phone, p.is_active, p.created_at, p.updated_at, p.version
        FROM app.departments p LEFT JOIN app.doctors h ON h.doctor_id = p.head_doctor_id""",
    "specializations": """
        SELECT specialization_id, name, description, requirements, is_active,
               created_at, updated_at, version
        FROM app.specializations""",
    "schedules": """
        SELECT schedule_id, doctor_id, day_of_week, start_time, end_time, slot_duration, buffer,
               lower(valid) AS valid_from, upper(valid) AS valid_until, is_active, created_at
        FROM app.schedules WHERE withdrawn_at IS NULL""",
    "overrides": """
        SELECT override_id, doctor_id, date, start_time, end_time, is_available, slot_duration,
               reason, created_at
        FROM app.availability_overrides WHERE withdrawn_at IS NULL""",
    "holidays": "SELECT day, name FROM app.holidays",
    "service_types": """
        SELECT code, name, slots, fee_percent, within_days, is_active FROM app.service_types""",
    "settings": """
        SELECT hospital_name, address, phone, email, website, logo, established_year,
               license_number, timezone, currency, tax_rate, lead_time_minutes, max_reschedules,
               reschedule_cutoff_minutes, late_cancel_minutes, late_cancel_fee_percent,
               no_show_fee_percent, no_show_grace_minutes, waiver_days, cancel_grace_minutes,
               hold_minutes, bill_due_days, reminder_minutes, booking_horizon_days,
               max_live_holds, max_bookings_per_hour, waitlist_offer_minutes, updated_at, version
        FROM app.hospital_settings""",
    "identities": """
        SELECT account_id, doctor_id FROM app.doctors WHERE account_id IS NOT NULL""",
}


def upgrade() -> None:
    for statement in PLANTED:
        op.execute(statement)
    for statement in guards.written_by_the_owner("doctors", "legal_moves"):
        op.execute(statement)
    for statement in guards.append_only("doctors", "settings_changes"):
        op.execute(statement)
    # An onboarding that was given up leaves no doctor behind.
    op.execute(f"GRANT DELETE ON {DROPPED_WITH_A_DOCTOR} TO hms_doctors_worker")
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW published.{name} AS {query}")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW published.{name}")
    op.execute(f"REVOKE DELETE ON {DROPPED_WITH_A_DOCTOR} FROM hms_doctors_worker")
    op.execute("GRANT UPDATE ON app.settings_changes TO hms_doctors_worker")
    op.execute("GRANT INSERT, UPDATE ON app.legal_moves TO hms_doctors_worker")
    op.execute("DELETE FROM app.settings_changes")
    op.execute("DELETE FROM app.hospital_settings")
    op.execute("DELETE FROM app.service_types WHERE code = 'CONSULTATION'")
