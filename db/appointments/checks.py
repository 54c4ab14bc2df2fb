"""What must never be among visits, and what other services compare with theirs."""

from db.appointments.models import metadata
from db.checks import Check, changes, guards, history, of_page, tombstones

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

# Each line of a history, with the slot of the line before. The hold of a move has one, too.
LINES = """
    SELECT c.*, lag(c.slot) OVER in_order AS slot_before,
           lag(c.late_move, 1, false) OVER in_order AS late_before
    FROM app.appointment_changes c JOIN page ON page.id = c.appointment_id
    WINDOW in_order AS (PARTITION BY c.appointment_id ORDER BY c.version)
"""
# Whatever the hospital's numbers are: nobody takes a slot that has begun, or leaves one.
BEGUN = f"""
    SELECT CAST(l.appointment_id AS text) AS key, a.visit_id AS appointment_id,
           ARRAY[l.workflow_id] AS processes, l.accepted_at, lower(l.slot) AS begins
    FROM ({LINES}) l JOIN app.appointments a USING (appointment_id)
    WHERE l.accepted_at > lower(l.slot) AND (l.from_status IN ('', 'EXPIRED')
                                             OR l.slot <> l.slot_before)
       OR l.accepted_at > lower(l.slot_before) AND l.slot <> l.slot_before
"""  # noqa: S608 - as above
# More may be counted: a move to another doctor at the same hour leaves its slot as it was.
MISCOUNTED = f"""
    SELECT CAST(a.appointment_id AS text) AS key, a.visit_id AS appointment_id,
           ARRAY[({LAST_PROCESS})] AS processes, a.reschedule_count AS counted, m.moves, a.late_move
    FROM app.appointments a
    JOIN (SELECT appointment_id, count(*) FILTER (WHERE slot <> slot_before) AS moves,
                 bool_or(late_move) AS was_late,
                 bool_or(late_before AND NOT late_move) AS is_cleared
          FROM ({LINES}) l GROUP BY appointment_id) m USING (appointment_id)
    WHERE a.reschedule_count < m.moves OR m.is_cleared OR m.was_late AND NOT a.late_move
"""  # noqa: S608 - as above

CHECKS = (
    guards(metadata, "appointments.guard_move"),
    Check("C1 overlapping visits", OVERLAPS),
    history("appointment", "appointments", "slot"),
    Check("C3 left behind", LEFT_BEHIND),
    Check("I-06 begun when it was taken", BEGUN, ("appointments", "appointment_id")),
    Check("I-07 moves miscounted", MISCOUNTED, ("appointments", "appointment_id")),
    tombstones("hold_slot", "book_slot", "hold_move"),
)

VISITS = f"""
    SELECT a.appointment_id, a.status, 'BOOKED' = ANY (past.been) AS was_booked, past.been,
           a.reschedule_count AS moves, past.over_at,
           a.status = 'EXPIRED' AND past.is_of_one AS was_given_up,
           array_remove(ARRAY[a.changed_by, ({LAST_PROCESS})], NULL) AS processes,
           ended.accepted_at AS at, a.cancelled_by = 'PATIENT' AS by_patient, a.slot_start,
           a.accepted_at AS booked_at, a.late_move, CAST(a.terms AS text) AS terms
    FROM app.appointments a
    CROSS JOIN LATERAL (
      SELECT coalesce(array_agg(DISTINCT c.to_status), '{{}}') AS been,
             min(c.created_at) FILTER (WHERE c.to_status IN
               ('CHECKED_IN', 'COMPLETED', 'CANCELLED', 'NO_SHOW')) AS over_at,
             count(DISTINCT c.workflow_id) = 1 AS is_of_one
      FROM app.appointment_changes c WHERE c.appointment_id = a.appointment_id) past
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
IDS = """
    SELECT appointment_id AS id FROM app.appointments
    WHERE appointment_id > CAST(:after AS uuid) ORDER BY appointment_id LIMIT :limit
"""
CHANGES = changes(of_page("appointment_changes", "appointment_id"))
# A visit keeps the settings of its last slot, the hold of each move those of the move.
UNTIMELY = f"""
    WITH page AS (SELECT unnest(CAST(:ids AS uuid[])) AS id),
    taken AS (
      SELECT l.appointment_id, l.workflow_id, l.accepted_at, lower(l.slot) - l.accepted_at AS ahead,
             lower(l.slot_before) - l.accepted_at AS left_before,
             count(l.slot_before) OVER (PARTITION BY l.appointment_id ORDER BY l.version) AS moves
      FROM ({LINES}) l WHERE l.slot_before IS NULL OR l.slot <> l.slot_before),
    judged AS (
      SELECT t.*, a.visit_id, coalesce(h.settings_version, CASE t.moves WHEN a.reschedule_count
               THEN a.settings_version END) AS settings_version
      FROM taken t JOIN app.appointments a USING (appointment_id)
      LEFT JOIN app.appointments h
        ON h.visit_id = t.appointment_id AND h.appointment_id <> h.visit_id
       AND h.accepted_at = t.accepted_at AND t.moves > 0)
    SELECT DISTINCT ON (j.visit_id) j.visit_id AS appointment_id, j.workflow_id AS process,
           j.settings_version AS settings,
           CASE WHEN s.version IS NULL THEN 'UNKNOWN_SETTINGS'
                WHEN j.ahead < s.lead * interval '1 min' THEN 'TOO_SOON'
                WHEN j.left_before < s.cutoff * interval '1 min' THEN 'MOVED_TOO_LATE'
                ELSE 'MOVED_TOO_OFTEN' END AS wrong
    FROM judged j
    LEFT JOIN unnest(CAST(:versions AS int[]), CAST(:leads AS int[]), CAST(:cutoffs AS int[]),
                     CAST(:most AS int[])) AS s (version, lead, cutoff, most)
      ON s.version = j.settings_version
    WHERE j.settings_version IS NOT NULL AND j.ahead >= interval '0'
      AND (j.left_before IS NULL OR j.left_before >= interval '0')
      AND (s.version IS NULL OR j.ahead < s.lead * interval '1 min'
           OR j.left_before < s.cutoff * interval '1 min' OR j.moves > s.most)
    ORDER BY j.visit_id, j.accepted_at
"""  # noqa: S608 - as above
