"""Where events lie, month by month, who may write them, and what others may read."""

from alembic import op

from db import guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MONTHS = [(year, month) for year in range(2026, 2029) for month in range(1, 13)]

VIEWS = {
    "events": """
        SELECT event_id, type, occurred_at, appointment_id, patient_id, doctor_id, department, data,
               workflow_id, correlation_id, received_at
        FROM app.events""",
    "daily_rollups": """
        SELECT day, metric, department, doctor_id, value, computed_at
        FROM app.daily_rollups""",
}


def partitions() -> dict[str, str]:
    """Name every part of `events`, with what it takes."""
    months = {
        f"events_y{year}m{month:02}": f"FOR VALUES FROM ('{year}-{month:02}-01 00:00+00')"
        f" TO ('{year + month // 12}-{month % 12 + 1:02}-01 00:00+00')"
        for year, month in MONTHS
    }
    # The name ends like those of the months: `env.py` leaves out parts by that.
    return months | {"events_y20xx": "DEFAULT"}


def upgrade() -> None:
    for name, values in partitions().items():
        op.execute(f"CREATE TABLE app.{name} PARTITION OF app.events {values}")
        # The way in is `events`: its rights count there, the part's own ones would go around them.
        op.execute(f"REVOKE ALL ON app.{name} FROM hms_analytics_worker")
    for statement in [
        *guards.append_only("analytics", "events"),
        *guards.written_by_the_owner("analytics", "legal_moves"),
    ]:
        op.execute(statement)
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW published.{name} AS {query}")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW published.{name}")
    op.execute("GRANT INSERT, UPDATE ON app.events, app.legal_moves TO hms_analytics_worker")
    for name in partitions():
        op.execute(f"DROP TABLE app.{name}")
