"""What a visit may become, who may write it down, and what others may read."""

from alembic import op

from db import guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOVES = {
    "": ("HELD", "BOOKED"),
    "HELD": ("BOOKED", "EXPIRED", "RELEASED"),
    "EXPIRED": ("HELD",),
    "BOOKED": ("CHECKED_IN", "CANCELLED", "NO_SHOW", "RELEASED"),
    "CHECKED_IN": ("COMPLETED", "CANCELLED"),
}

VIEWS = {
    "appointments": """
        SELECT a.appointment_id, a.patient_id, p.name AS patient_name,
               a.doctor_id, d.name AS doctor_name, d.specialization,
               a.department_id, a.department, a.service_type, a.kind, a.payment_mode,
               a.slot_start, a.slot_end, a.timezone, a.local_start, a.local_date,
               a.local_start::date AS date, to_char(a.local_start, 'HH24:MI') AS time,
               a.status, a.hold_expires_at, a.accepted_at, a.settings_version, a.terms,
               a.reschedule_count, a.late_move, a.changed_by, a.checked_in_at, a.completed_at,
               a.no_show_at, a.cancelled_by, a.cancel_reason, a.notes,
               a.created_at, a.updated_at, a.created_by, a.version
        FROM app.appointments a
        LEFT JOIN app.patient_cache p USING (patient_id)
        LEFT JOIN app.doctor_cache d USING (doctor_id)
        WHERE a.visit_id = a.appointment_id""",
    "appointment_clinical": """
        SELECT appointment_id, patient_id, doctor_id, symptoms, diagnosis, follow_up_date
        FROM app.appointments WHERE visit_id = appointment_id""",
    "busy": """
        SELECT doctor_id, slot_start, slot_end, local_date, visit_id
        FROM app.appointments
        WHERE status IN ('BOOKED', 'CHECKED_IN') OR status = 'HELD' AND hold_expires_at > now()""",
    "timeline": """
        SELECT c.appointment_id, c.version, c.from_status, c.to_status,
               lower(c.slot) AS slot_start, upper(c.slot) AS slot_end,
               c.accepted_at, c.actor_id, c.actor_role, c.reason, c.workflow_id, c.created_at
        FROM app.appointment_changes c""",
}


def upgrade() -> None:
    op.execute(guards.GUARD_MOVE)
    for statement in guards.guard_moves("appointment", "appointments", MOVES):
        op.execute(statement)
    for statement in guards.written_by_the_owner(
        "appointments", "appointment_changes", "legal_moves"
    ):
        op.execute(statement)
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW published.{name} AS {query}")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW published.{name}")
    op.execute("DROP TRIGGER guard_move ON app.appointments")
    op.execute("DROP FUNCTION app.guard_move()")
    op.execute("DELETE FROM app.legal_moves")
    op.execute(
        "GRANT INSERT, UPDATE ON app.appointment_changes, app.legal_moves TO hms_appointments_worker"
    )
