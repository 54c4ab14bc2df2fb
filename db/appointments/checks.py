"""What must never be among visits, and what other services compare with theirs."""

from db.appointments.models import metadata
from db.checks import Check, guards, history, tombstones

# Who overlaps whom is found by the indexes of the two guards.
OVERLAPS = """
    SELECT CAST(a.appointment_id AS text) AS key, CAST(b.appointment_id AS text) AS other
    FROM app.appointments a JOIN app.appointments b
      ON a.appointment_id < b.appointment_id AND a.slot && b.slot AND a.visit_id <> b.visit_id
     AND (a.patient_id = b.patient_id OR a.doctor_id = b.doctor_id
          AND a.overbook_reason IS NULL AND b.overbook_reason IS NULL)
    WHERE a.status IN ('HELD', 'BOOKED', 'CHECKED_IN')
      AND b.status IN ('HELD', 'BOOKED', 'CHECKED_IN')
"""
LAST_PROCESS = """
    SELECT c.workflow_id FROM app.appointment_changes c
    WHERE c.appointment_id = a.appointment_id ORDER BY c.version DESC LIMIT 1
"""
LEFT_BEHIND = f"""
    SELECT CAST(a.appointment_id AS text) AS key, a.visit_id AS appointment_id, a.status,
           array_remove(ARRAY[a.changed_by, ({LAST_PROCESS})], NULL) AS processes
    FROM app.appointments a
    WHERE a.changed_by IS NOT NULL
       OR a.status = 'HELD' AND a.hold_expires_at < CAST(:at AS timestamptz) - interval '60 s'
"""  # noqa: S608 - names of ours

CHECKS = (
    guards(metadata, "appointments.guard_move"),
    Check("C1 overlapping visits", OVERLAPS),
    history("appointment", "appointments", "slot"),
    Check("C3 left behind", LEFT_BEHIND),
    tombstones("hold_slot", "book_slot", "hold_move"),
)

VISITS = f"""
    SELECT a.appointment_id, a.status, EXISTS (
             SELECT FROM app.appointment_changes c
             WHERE c.appointment_id = a.appointment_id AND c.to_status = 'BOOKED') AS was_booked,
           array_remove(ARRAY[a.changed_by, ({LAST_PROCESS})], NULL) AS processes,
           ended.accepted_at AS at, a.cancelled_by = 'PATIENT' AS by_patient, a.slot_start,
           a.accepted_at AS booked_at, a.late_move, CAST(a.terms AS text) AS terms
    FROM app.appointments a
    LEFT JOIN LATERAL (
      SELECT c.accepted_at FROM app.appointment_changes c
      WHERE c.appointment_id = a.appointment_id AND c.to_status = a.status
        AND a.status IN ('CANCELLED', 'NO_SHOW')
      ORDER BY c.version DESC LIMIT 1) ended ON true
    WHERE a.visit_id = a.appointment_id AND a.appointment_id > CAST(:after AS uuid)
      AND (CAST(:ids AS uuid[]) IS NULL OR a.appointment_id = ANY (:ids))
    ORDER BY a.appointment_id LIMIT :limit
"""  # noqa: S608 - as above
# A digest, for no name leaves a database without need.
CACHED_DOCTORS = """
    SELECT doctor_id AS id, source_version AS version, encode(sha256(convert_to(
             jsonb_build_array(name, department)::text, 'UTF8')), 'hex') AS digest
    FROM app.doctor_cache WHERE doctor_id = ANY (CAST(:ids AS uuid[]))
"""
CACHED_PATIENTS = """
    SELECT patient_id AS id, source_version AS version, encode(sha256(convert_to(
             jsonb_build_array(name, email, phone, contact_channel)::text, 'UTF8')), 'hex')
             AS digest
    FROM app.patient_cache WHERE patient_id = ANY (CAST(:ids AS uuid[]))
"""
FULL_DAYS = """
    SELECT a.doctor_id, a.local_date AS day, count(DISTINCT a.visit_id) AS visits, l.most AS limit
    FROM app.appointments a
    JOIN unnest(CAST(:doctors AS uuid[]), CAST(:limits AS int[])) AS l (doctor_id, most)
      USING (doctor_id)
    WHERE a.status IN ('HELD', 'BOOKED', 'CHECKED_IN')
    GROUP BY a.doctor_id, a.local_date, l.most HAVING count(DISTINCT a.visit_id) > l.most
"""
