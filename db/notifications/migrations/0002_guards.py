"""What a message may become, who may write it down, and what others may read."""

from alembic import op

from db import guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOVES = {
    "": ("SCHEDULED",),
    "SCHEDULED": ("SENT", "FAILED", "SUPPRESSED"),
    "FAILED": ("SCHEDULED",),
}

# Not the message itself: it is between the hospital and its recipient.
VIEWS = {
    "notifications": """
        SELECT notification_id, event_type, recipient_type, recipient_id,
               CASE recipient_type WHEN 'PATIENT' THEN recipient_id END AS patient_id,
               channel, template_name, subject, status, appointment_id, scheduled_at, sent_at,
               retry_count, suppressed_because, failure, created_at, updated_at, version
        FROM app.notifications""",
    "templates": """
        SELECT template_id, name, channel, subject_template, body_template, is_active,
               created_at, updated_at, version
        FROM app.templates""",
}


def upgrade() -> None:
    op.execute(guards.GUARD_MOVE)
    for statement in guards.guard_moves("notification", "notifications", MOVES):
        op.execute(statement)
    for statement in guards.written_by_the_owner(
        "notifications", "notification_changes", "legal_moves"
    ):
        op.execute(statement)
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW published.{name} AS {query}")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW published.{name}")
    op.execute("DROP TRIGGER guard_move ON app.notifications")
    op.execute("DROP FUNCTION app.guard_move()")
    op.execute("DELETE FROM app.legal_moves")
    op.execute(
        "GRANT INSERT, UPDATE ON app.notification_changes, app.legal_moves"
        " TO hms_notifications_worker"
    )
