"""What must never be among patients, and what other services compare with theirs."""

from db.checks import guards, tombstones
from db.patients.models import metadata

CHECKS = (guards(metadata), tombstones("create_patient"))

# Corrections amend an entry, prescriptions add one of their own.
HISTORIES = """
    SELECT appointment_id, count(*) AS entries FROM app.visit_history
    WHERE appointment_id = ANY (CAST(:of AS uuid[])) AND amends IS NULL AND prescription_id IS NULL
    GROUP BY appointment_id
"""
# The same digest as that of the cache: no name leaves a database without need.
PATIENTS = """
    SELECT patient_id AS id, version, encode(sha256(convert_to(
             jsonb_build_array(name, email, phone, contact_channel)::text, 'UTF8')), 'hex')
             AS digest
    FROM app.patients WHERE patient_id > CAST(:after AS uuid) ORDER BY patient_id LIMIT :limit
"""
