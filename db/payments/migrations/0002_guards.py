"""What payments and refunds may become, and what others may read of them."""

from alembic import op

from db import guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PAYMENT_MOVES = {"": ("PENDING",), "PENDING": ("COMPLETED", "FAILED")}
REFUND_MOVES = {
    "": ("PENDING",),
    "PENDING": ("COMPLETED", "FAILED"),
    # A person tries again what the gateway could not do.
    "FAILED": ("PENDING",),
}

VIEWS = {
    "payments": """
        SELECT payment_id, bill_id, appointment_id, patient_id, amount, currency, method,
               reference, status, authorised_amount, captured_amount, refunded_amount,
               authorised_at, paid_at, failure_code, notes, created_at, updated_at, created_by,
               version
        FROM app.payments""",
    "refunds": """
        SELECT r.refund_id, r.payment_id, p.bill_id, p.appointment_id, p.patient_id,
               r.amount, r.currency, r.reason, r.reason_code, r.status, r.reference, r.attempts,
               r.failure_code, r.accepted_at, r.processed_at, r.created_at, r.updated_at,
               r.created_by, r.version
        FROM app.refunds r JOIN app.payments p USING (payment_id)""",
    "gateway_events": """
        SELECT event_id, type, object_reference, occurred_at, received_at, handled_at, outcome,
               payment_id, refund_id
        FROM app.gateway_events""",
}


def upgrade() -> None:
    op.execute(guards.GUARD_MOVE)
    for statement in guards.guard_moves("payment", "payments", PAYMENT_MOVES):
        op.execute(statement)
    for statement in guards.guard_moves("refund", "refunds", REFUND_MOVES):
        op.execute(statement)
    for statement in guards.written_by_the_owner(
        "payments", "payment_changes", "refund_changes", "legal_moves"
    ):
        op.execute(statement)
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW published.{name} AS {query}")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW published.{name}")
    op.execute(
        "GRANT INSERT, UPDATE ON app.payment_changes, app.refund_changes, app.legal_moves"
        " TO hms_payments_worker"
    )
    op.execute("DROP TRIGGER guard_move ON app.refunds")
    op.execute("DROP TRIGGER guard_move ON app.payments")
    op.execute("DROP FUNCTION app.guard_move()")
    op.execute("DELETE FROM app.legal_moves")
