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
