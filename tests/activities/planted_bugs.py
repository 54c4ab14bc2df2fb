"""Bugs of every kind as they show in rows, each with the check that must find it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """What no service would write. `key` names the object that is wrong."""

    check: str
    service: str
    statements: str
    key: str = "{unpaid}"
    without: str = ""
    """The guard that would not have let it in."""
    told: tuple[str, ...] = ()
    """What the patient of the visit that is not paid was told of it, as they should be."""


MOVE_INTO_THE_OTHER = """
    UPDATE app.appointments SET slot = tstzrange(lower(slot) - interval '31 min',
      upper(slot) - interval '31 min'), {column} = gen_random_uuid()
    WHERE appointment_id = '{{unpaid}}';
    UPDATE app.appointment_changes c SET slot = a.slot FROM app.appointments a
    WHERE a.appointment_id = c.appointment_id
"""

MOVED = """
    INSERT INTO app.appointment_changes
      (appointment_id, version, from_status, to_status, slot, accepted_at, actor_role, workflow_id)
    SELECT appointment_id, 1 + n, 'BOOKED', 'BOOKED', tstzrange(lower(slot) + n * interval '5 h',
             upper(slot) + n * interval '5 h'), {accepted}, 'SYSTEM', 'x'
    FROM app.appointment_changes c, generate_series(1, {times}) n
    WHERE appointment_id = '{{unpaid}}';
    UPDATE app.appointments a
    SET slot = c.slot, version = c.version, reschedule_count = {counted}
    FROM app.appointment_changes c
    WHERE a.appointment_id = c.appointment_id AND c.version = 1 + {times}
"""


def moved(accepted: str = "c.accepted_at", *, times: int = 1, counted: int | None = None) -> str:
    """Move the visit that is not paid, each time by five hours, and say when that was asked for."""
    count = times if counted is None else counted
    return MOVED.format(accepted=accepted, times=times, counted=count)


PLANTED = {
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
    "a bill has no history": Planted(
        "C2 history: bill",
        "billing",
        "DELETE FROM app.bill_changes WHERE bill_id = '{unpaid_bill}'",
        "{unpaid_bill}",
    ),
    "a payment has another history": Planted(
        "C2 history: payment",
        "payments",
        "UPDATE app.payment_changes SET to_status = 'FAILED' WHERE to_status = 'COMPLETED'",
        "{payment}",
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
    "a booked visit has no bill": Planted(
        "C5 one live bill",
        "billing",
        """
        DELETE FROM app.bill_line_items WHERE bill_id = '{unpaid_bill}';
        DELETE FROM app.bills WHERE bill_id = '{unpaid_bill}'
        """,
    ),
    "a bill names a visit that is not there": Planted(
        "C5 bill without a visit",
        "appointments",
        "DELETE FROM app.appointments WHERE appointment_id = '{unpaid}'",
        "{unpaid_bill}",
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
    "a bill is not the sum of its settlements": Planted(
        "C7 sums of a bill",
        "billing",
        "UPDATE app.settlements SET amount = 104.99",
        "{paid_bill}",
    ),
    "a bill is not the sum of its lines": Planted(
        "C7 sums of a bill",
        "billing",
        """
        UPDATE app.bill_line_items SET unit_price = 99.99, line_total = 99.99
        WHERE bill_id = '{unpaid_bill}'
        """,
        "{unpaid_bill}",
    ),
    "a bill is not the sum of its credits": Planted(
        "C7 sums of a bill",
        "billing",
        "UPDATE app.bills SET credited_amount = 0.01 WHERE bill_id = '{unpaid_bill}'",
        "{unpaid_bill}",
    ),
    "more counts as given back than was asked for": Planted(
        "C8 sums of a payment",
        "payments",
        "UPDATE app.payments SET refunded_amount = 0.01",
        "{payment}",
    ),
    "the books differ by a penny": Planted(
        "C8 bills and payments",
        "payments",
        """
        UPDATE app.payments
        SET amount = 104.99, authorised_amount = 104.99, captured_amount = 104.99
        """,
        "{paid}",
    ),
    "money came that is on no bill": Planted(
        "C8 bills and payments",
        "billing",
        """
        DELETE FROM app.settlements;
        UPDATE app.bills SET paid_amount = 0, status = 'OPEN' WHERE bill_id = '{paid_bill}';
        DELETE FROM app.bill_changes WHERE bill_id = '{paid_bill}' AND to_status = 'PAID'
        """,
        "{paid}",
    ),
    "money is on a bill that never came": Planted(
        "C8 bills and payments",
        "payments",
        "DELETE FROM app.payments",
        "{paid}",
    ),
    "more was paid than is asked for": Planted(
        "C9 overpaid or reserved",
        "billing",
        """
        INSERT INTO app.bill_adjustments
          (adjustment_id, bill_id, kind, amount, fee_kept, reason, accepted_at, workflow_id)
        VALUES (gen_random_uuid(), '{paid_bill}', 'GOODWILL', 0.01, 0, 'x', now(), 'x');
        UPDATE app.bills SET credited_amount = 0.01 WHERE bill_id = '{paid_bill}'
        """,
        "{paid_bill}",
    ),
    "a part stays reserved": Planted(
        "C9 overpaid or reserved",
        "billing",
        """
        INSERT INTO app.settlements (settlement_id, bill_id, kind, amount, state)
        VALUES (gen_random_uuid(), '{unpaid_bill}', 'PAYMENT', 5, 'RESERVED');
        UPDATE app.bills SET reserved_amount = 5 WHERE bill_id = '{unpaid_bill}'
        """,
        "{unpaid_bill}",
    ),
    "a refund never ended": Planted(
        "C9 still pending",
        "payments",
        """
        INSERT INTO app.refunds
          (refund_id, payment_id, amount, currency, reason, reason_code, accepted_at)
        VALUES ('{other}', '{payment}', 5, 'GBP', 'x', 'GOODWILL', now());
        INSERT INTO app.refund_changes
          (refund_id, version, from_status, to_status, accepted_at, actor_role, workflow_id)
        VALUES ('{other}', 1, '', 'PENDING', now(), 'BILLING', 'refund-1');
        UPDATE app.payments SET refunded_amount = 5
        """,
        "{other}",
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
    "a message has the key of another event": Planted(
        "I-40 key of a message",
        "notifications",
        """
        UPDATE app.notifications SET dedupe_key = replace(dedupe_key, 'booked', 'receipt')
        WHERE appointment_id = '{unpaid}'
        """,
        "{message}",
    ),
    "a message has the key of another recipient": Planted(
        "I-40 key of a message",
        "notifications",
        """
        UPDATE app.notifications SET recipient_id = gen_random_uuid()
        WHERE appointment_id = '{unpaid}'
        """,
        "{message}",
    ),
    "nobody was told that a visit is booked": Planted(
        "I-42 told at all",
        "notifications",
        """
        DELETE FROM app.notification_changes USING app.notifications n
        WHERE n.notification_id = notification_changes.notification_id
          AND n.appointment_id = '{unpaid}';
        DELETE FROM app.notifications WHERE appointment_id = '{unpaid}'
        """,
    ),
    "a move was kept from its patient": Planted(
        "I-42 told at all",
        "appointments",
        moved(),
    ),
}
