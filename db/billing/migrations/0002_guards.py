"""What a bill may become, what it must add up to, and what others may read."""

from alembic import op

from db import guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOVES = {
    "": ("OPEN", "PAID"),
    "OPEN": ("PARTIALLY_PAID", "PAID", "VOID", "PARTIALLY_REFUNDED", "REFUNDED"),
    "PARTIALLY_PAID": ("PAID", "PARTIALLY_REFUNDED", "REFUNDED"),
    "PAID": ("PARTIALLY_REFUNDED", "REFUNDED"),
    # The second of two payments goes back after the first.
    "PARTIALLY_REFUNDED": ("REFUNDED",),
}

# Deferred: lines come after their bill, and both are judged as the transaction leaves them.
CHECK_SUMS = """
CREATE FUNCTION app.check_sums() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM bills b,
      LATERAL (SELECT coalesce(sum(line_total), 0) AS net, coalesce(sum(line_tax), 0) AS tax
               FROM bill_line_items WHERE bill_id = b.bill_id) l,
      LATERAL (SELECT coalesce(sum(amount), 0) AS credited
               FROM bill_adjustments WHERE bill_id = b.bill_id) j
    WHERE b.bill_id = NEW.bill_id
      AND (b.amount, b.tax_amount, b.credited_amount) <> (l.net, l.tax, j.credited))
  THEN
    RAISE check_violation USING CONSTRAINT = 'bill_sums';
  END IF;
  RETURN NULL;
END $$
"""
SUMMED = ("bills", "bill_line_items", "bill_adjustments")

VIEWS = {
    "bills": """
        SELECT bill_id, number, patient_id, appointment_id, currency, amount, tax_amount,
               total_amount, credited_amount, reserved_amount, paid_amount, refunded_amount,
               balance, status, status = 'PAID' AS paid, payment_type, due_date, notes,
               created_at, updated_at, created_by, version
        FROM app.bills""",
    "bill_lines": """
        SELECT line_item_id, bill_id, line_no, kind, description, quantity, unit_price,
               line_total, tax_rate, line_tax, created_at
        FROM app.bill_line_items""",
    "bill_adjustments": """
        SELECT adjustment_id, bill_id, kind, amount, fee_kept, reason, accepted_at, decided_by,
               created_at
        FROM app.bill_adjustments""",
    "settlements": """
        SELECT settlement_id, bill_id, kind, amount, state, created_at, updated_at
        FROM app.settlements""",
}


def upgrade() -> None:
    op.execute(guards.GUARD_MOVE)
    for statement in guards.guard_moves("bill", "bills", MOVES):
        op.execute(statement)
    op.execute(CHECK_SUMS)
    for table in SUMMED:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER bill_sums AFTER INSERT OR UPDATE ON app.{table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_sums()"
        )
    for statement in guards.written_by_the_owner("billing", "bill_changes", "legal_moves"):
        op.execute(statement)
    for statement in guards.append_only("billing", "bill_line_items", "bill_adjustments"):
        op.execute(statement)
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW published.{name} AS {query}")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW published.{name}")
    op.execute("GRANT UPDATE ON app.bill_line_items, app.bill_adjustments TO hms_billing_worker")
    op.execute("GRANT INSERT, UPDATE ON app.bill_changes, app.legal_moves TO hms_billing_worker")
    for table in SUMMED:
        op.execute(f"DROP TRIGGER bill_sums ON app.{table}")
    op.execute("DROP FUNCTION app.check_sums()")
    op.execute("DROP TRIGGER guard_move ON app.bills")
    op.execute("DROP FUNCTION app.guard_move()")
    op.execute("DELETE FROM app.legal_moves")
