"""Visits that overlap, moved as they may not, or were left behind."""

from tests.activities.planted_bugs.planted import Planted, moved

MOVE_INTO_THE_OTHER = """
    UPDATE app.appointments SET slot = tstzrange(lower(slot) - interval '31 min',
      upper(slot) - interval '31 min'), {column} = gen_random_uuid()
    WHERE appointment_id = '{{unpaid}}';
    UPDATE app.appointment_changes c SET slot = a.slot FROM app.appointments a
    WHERE a.appointment_id = c.appointment_id
"""

VISITS = {
    "two visits of a doctor overlap": Planted(
        "C1 overlapping visits",
        "appointments",
        MOVE_INTO_THE_OTHER.format(column="patient_id"),
        "{paid}",
        "appointments.one_visit_per_doctor_slot",
    ),
    "two visits of a patient overlap": Planted(
        "C1 overlapping visits",
        "appointments",
        MOVE_INTO_THE_OTHER.format(column="doctor_id"),
        "{paid}",
        "appointments.one_visit_per_patient_slot",
    ),
    "a visit moved as it may not": Planted(
        "C2 history: appointment",
        "appointments",
        """
        UPDATE app.appointments SET status = 'EXPIRED', version = 2
        WHERE appointment_id = '{unpaid}';
        INSERT INTO app.appointment_changes
          (appointment_id, version, from_status, to_status, slot, accepted_at, actor_role,
           workflow_id)
        SELECT appointment_id, 2, 'BOOKED', 'EXPIRED', slot, now(), 'SYSTEM', 'x'
        FROM app.appointments WHERE appointment_id = '{unpaid}'
        """,
    ),
    "a line of the history is another": Planted(
        "C2 history: appointment",
        "appointments",
        """
        UPDATE app.appointment_changes SET from_status = 'HELD' WHERE appointment_id = '{unpaid}'
        """,
    ),
    "a visit changed without a line": Planted(
        "C2 history: appointment",
        "appointments",
        "UPDATE app.appointments SET status = 'CHECKED_IN' WHERE appointment_id = '{unpaid}'",
    ),
    "a visit moved without a line": Planted(
        "C2 history: appointment",
        "appointments",
        """
        UPDATE app.appointments SET slot = tstzrange(lower(slot) + interval '5 h',
          upper(slot) + interval '5 h') WHERE appointment_id = '{unpaid}'
        """,
    ),
    "a change never ended": Planted(
        "C3 left behind",
        "appointments",
        """
        UPDATE app.appointments SET changed_by = 'reschedule-1', changed_since = now()
        WHERE appointment_id = '{unpaid}'
        """,
    ),
    "a visit was booked after it had begun": Planted(
        "I-06 begun when it was taken",
        "appointments",
        """
        UPDATE app.appointment_changes SET accepted_at = lower(slot) + interval '1 microsecond'
        WHERE appointment_id = '{unpaid}'
        """,
    ),
    "a visit was moved after it had begun": Planted(
        "I-06 begun when it was taken",
        "appointments",
        moved("lower(c.slot) + interval '1 microsecond'"),
        told=("moved",),
    ),
    "a move was not counted": Planted(
        "I-07 moves miscounted",
        "appointments",
        moved(counted=0),
    ),
    "a late move was forgotten": Planted(
        "I-07 moves miscounted",
        "appointments",
        """
        UPDATE app.appointment_changes SET late_move = true WHERE appointment_id = '{unpaid}'
        """,
    ),
    "a visit was booked sooner than it may be": Planted(
        "I-06, I-07 by its settings",
        "appointments",
        """
        UPDATE app.appointment_changes
        SET accepted_at = lower(slot) - interval '2 h' + interval '1 microsecond'
        WHERE appointment_id = '{unpaid}'
        """,
    ),
    "a visit was moved later than it may be": Planted(
        "I-06, I-07 by its settings",
        "appointments",
        moved("lower(c.slot) - interval '1 h' + interval '1 microsecond'"),
        told=("moved",),
    ),
    "a visit was moved more often than it may be": Planted(
        "I-06, I-07 by its settings",
        "appointments",
        moved(times=3),
        told=("moved",) * 3,
    ),
    "nobody knows the numbers that a visit was booked by": Planted(
        "I-06, I-07 by its settings",
        "appointments",
        "UPDATE app.appointments SET settings_version = 2 WHERE appointment_id = '{unpaid}'",
    ),
    "a decision was undone": Planted(
        "C6 undone for good",
        "appointments",
        """
        INSERT INTO app.inbox (key, outcome, workflow_id)
        VALUES ('cancel-1:cancel', 'TOMBSTONE', 'cancel-1')
        """,
        "cancel-1:cancel",
    ),
    "a visit was completed and not written up": Planted(
        "I-64 written up once",
        "appointments",
        """
        UPDATE app.appointments SET status = 'COMPLETED', version = 3
        WHERE appointment_id = '{unpaid}';
        INSERT INTO app.appointment_changes
          (appointment_id, version, from_status, to_status, slot, accepted_at, actor_role,
           workflow_id)
        SELECT appointment_id, m.version, m.was, m.becomes, slot, now(), 'SYSTEM', 'x'
        FROM app.appointments, (VALUES (2, 'BOOKED', 'CHECKED_IN'),
          (3, 'CHECKED_IN', 'COMPLETED')) AS m (version, was, becomes)
        WHERE appointment_id = '{unpaid}'
        """,
    ),
}
