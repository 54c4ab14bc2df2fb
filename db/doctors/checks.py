"""What must never be among doctors, and what other services compare with theirs."""

from db.checks import guards, tombstones
from db.doctors.models import doctors

CHECKS = (guards(doctors.metadata), tombstones("create_doctor"))

# The same digest as that of the cache.
DOCTORS = """
    SELECT d.doctor_id AS id, d.version, d.max_daily_appts, encode(sha256(convert_to(
             jsonb_build_array(d.name, p.name)::text, 'UTF8')), 'hex') AS digest
    FROM app.doctors d JOIN app.departments p USING (department_id)
    WHERE d.doctor_id > CAST(:after AS uuid) ORDER BY d.doctor_id LIMIT :limit
"""
# Every number that ever held: rows name the version that they were decided by.
SETTINGS = """
    SELECT version, CAST(settings ->> 'lead_time_minutes' AS int) AS lead_time_minutes,
           CAST(settings ->> 'max_reschedules' AS int) AS max_reschedules,
           CAST(settings ->> 'reschedule_cutoff_minutes' AS int) AS reschedule_cutoff_minutes
    FROM app.settings_changes ORDER BY version
"""
