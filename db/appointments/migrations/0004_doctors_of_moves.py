"""With which doctor a visit was: a move to another one at the same hour is in the history, too."""

import sqlalchemy as sa
from alembic import op

from db import guards

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIMELINE = """
    SELECT c.appointment_id, c.version, c.from_status, c.to_status,
           lower(c.slot) AS slot_start, upper(c.slot) AS slot_end,
           c.accepted_at, c.actor_id, c.actor_role, c.reason, c.workflow_id, c.created_at,
           c.late_move
    FROM app.appointment_changes c"""
WITH_DOCTORS = TIMELINE.replace("c.late_move", "c.late_move, c.doctor_id")


def upgrade() -> None:
    # Lines that were written before do not say it: what nobody wrote down is not made up.
    op.add_column("appointment_changes", sa.Column("doctor_id", sa.Uuid()), schema="app")
    op.execute(guards.GUARD_VISIT)
    told_by("guard_visit")
    op.execute(f"CREATE OR REPLACE VIEW published.timeline AS {WITH_DOCTORS}")


def downgrade() -> None:
    op.execute("DROP VIEW published.timeline")
    op.execute(f"CREATE VIEW published.timeline AS {TIMELINE}")
    told_by("guard_move")
    op.execute("DROP FUNCTION app.guard_visit()")
    op.drop_column("appointment_changes", "doctor_id", schema="app")


def told_by(function: str) -> None:
    """Let another function write the history."""
    op.execute(
        f"""CREATE OR REPLACE TRIGGER guard_move BEFORE INSERT OR UPDATE ON app.appointments
            FOR EACH ROW EXECUTE FUNCTION app.{function}('appointment')"""
    )
