"""What must never be among messages, and what other services compare with theirs."""

from db.checks import Check, guards, history, tombstones
from db.notifications.models import metadata

# No two have one key; with keys that are their own, no message is twice.
STRANGE_KEYS = """
    SELECT CAST(n.notification_id AS text) AS key, n.appointment_id, n.event_type AS event
    FROM app.notifications n JOIN page ON page.id = n.notification_id
    WHERE NOT starts_with(n.dedupe_key, concat(n.appointment_id, ':', n.event_type, ':'))
       OR NOT starts_with(reverse(n.dedupe_key),
                          reverse(concat(':', n.recipient_id, ':', n.channel)))
"""

CHECKS = (
    guards(metadata, "notifications.guard_move"),
    history("notification", "notifications"),
    tombstones(),
    Check("I-40 key of a message", STRANGE_KEYS, ("notifications", "notification_id")),
)

MESSAGES = """
    SELECT appointment_id, event_type AS event, count(*) AS times, max(sent_at) AS last_sent_at
    FROM app.notifications
    WHERE appointment_id = ANY (CAST(:of AS uuid[])) AND recipient_type = 'PATIENT'
    GROUP BY appointment_id, event_type
"""
