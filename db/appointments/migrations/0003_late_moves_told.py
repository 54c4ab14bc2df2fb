"""Which move was a late one: the history tells it, and whoever reads the timeline sees it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIMELINE = """
    SELECT c.appointment_id, c.version, c.from_status, c.to_status,
           lower(c.slot) AS slot_start, upper(c.slot) AS slot_end,
           c.accepted_at, c.actor_id, c.actor_role, c.reason, c.workflow_id, c.created_at
    FROM app.appointment_changes c"""
WITH_LATE_MOVES = TIMELINE.replace("c.created_at", "c.created_at, c.late_move")


def upgrade() -> None:
    # The trigger that writes the history fills every column that it has in common with the visit.
    op.add_column(
        "appointment_changes",
        sa.Column("late_move", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="app",
    )
    op.execute(f"CREATE OR REPLACE VIEW published.timeline AS {WITH_LATE_MOVES}")


def downgrade() -> None:
    op.execute("DROP VIEW published.timeline")
    op.execute(f"CREATE VIEW published.timeline AS {TIMELINE}")
    op.drop_column("appointment_changes", "late_move", schema="app")
