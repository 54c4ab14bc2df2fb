"""What nobody was told, or nobody wrote down."""

from tests.activities.planted_bugs.planted import Planted, moved

REMEMBERED = """
    INSERT INTO app.inbox (key, request_hash, outcome, workflow_id)
    VALUES ('x:something', 'x', 'DONE', 'x')
"""


def unrecorded(history: str) -> str:
    """Let a process change something that never put its end on record."""
    return f"UPDATE app.{history} SET workflow_id = 'x'; {REMEMBERED}"  # noqa: S608 - of ours


RECORDS = {
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
    "who booked a visit is not on record": Planted(
        "I-51 change on record",
        "appointments",
        unrecorded("appointment_changes"),
        "x",
    ),
    "who opened a bill is not on record": Planted(
        "I-51 change on record",
        "billing",
        unrecorded("bill_changes"),
        "x",
    ),
    "who changed a bill is not on record": Planted(
        "I-51 change on record",
        "billing",
        """
        INSERT INTO app.bill_adjustments
          (adjustment_id, bill_id, kind, amount, fee_kept, reason, accepted_at, workflow_id)
        VALUES (gen_random_uuid(), '{unpaid_bill}', 'GOODWILL', 1, 0, 'x', now(), 'x');
        UPDATE app.bills SET credited_amount = 1 WHERE bill_id = '{unpaid_bill}';
        INSERT INTO app.inbox (key, request_hash, outcome, workflow_id)
        VALUES ('x:something', 'x', 'DONE', 'x')
        """,
        "x",
    ),
    "who took money is not on record": Planted(
        "I-51 change on record",
        "payments",
        unrecorded("payment_changes"),
        "x",
    ),
}
