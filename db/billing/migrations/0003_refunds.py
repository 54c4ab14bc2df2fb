"""Which payment a refund is of, what more a bill may become, and never more back than came in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# A visit that cost nothing is moved to a doctor who does; one that was paid becomes dearer while
# nobody asked for the difference; money comes for what was given back.
ADD_MOVES = """
INSERT INTO app.legal_moves (entity, from_status, to_status) VALUES
  ('bill', 'PAID', 'OPEN'), ('bill', 'PAID', 'PARTIALLY_PAID'),
  ('bill', 'REFUNDED', 'PARTIALLY_REFUNDED')
"""
REMOVE_MOVES = """
DELETE FROM app.legal_moves WHERE (entity, from_status, to_status) IN (
  ('bill', 'PAID', 'OPEN'), ('bill', 'PAID', 'PARTIALLY_PAID'),
  ('bill', 'REFUNDED', 'PARTIALLY_REFUNDED'))
"""

CHECK_REFUNDS = """
CREATE FUNCTION app.check_refunds() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
BEGIN
  IF (SELECT sum(amount) FROM settlements
      WHERE payment_id = NEW.payment_id AND state <> 'RELEASED')
     > (SELECT coalesce(sum(amount), 0) FROM settlements
        WHERE settlement_id = NEW.payment_id AND bill_id = NEW.bill_id
          AND kind = 'PAYMENT' AND state = 'APPLIED')
  THEN
    RAISE check_violation USING CONSTRAINT = 'refund_within_payment';
  END IF;
  RETURN NULL;
END $$
"""

SETTLEMENTS = """
    SELECT settlement_id, bill_id, kind, amount, state, created_at, updated_at
    FROM app.settlements"""
WITH_PAYMENTS = """
    SELECT settlement_id, bill_id, kind, amount, state, created_at, updated_at, payment_id,
           applied_at
    FROM app.settlements"""


def upgrade() -> None:
    op.add_column("bills", sa.Column("reserved_for", sa.Uuid(), nullable=True), schema="app")
    op.add_column("settlements", sa.Column("payment_id", sa.Uuid(), nullable=True), schema="app")
    op.add_column(
        "settlements",
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        schema="app",
    )
    op.execute("UPDATE app.settlements SET applied_at = updated_at WHERE state = 'APPLIED'")
    op.create_check_constraint(
        "refund_of_payment",
        "settlements",
        "(kind = 'REFUND') = (payment_id IS NOT NULL)",
        schema="app",
    )
    op.create_check_constraint(
        "applied_at_known",
        "settlements",
        "(state = 'APPLIED') = (applied_at IS NOT NULL)",
        schema="app",
    )
    op.create_foreign_key(
        op.f("settlements_payment_id_fkey"),
        "settlements",
        "settlements",
        ["payment_id"],
        ["settlement_id"],
        source_schema="app",
        referent_schema="app",
    )
    op.create_index(
        op.f("settlements_payment_id_idx"),
        "settlements",
        ["payment_id"],
        unique=False,
        schema="app",
    )
    op.execute(ADD_MOVES)
    op.execute(CHECK_REFUNDS)
    op.execute(
        "CREATE TRIGGER check_refunds AFTER INSERT OR UPDATE ON app.settlements"
        " FOR EACH ROW WHEN (NEW.kind = 'REFUND') EXECUTE FUNCTION app.check_refunds()"
    )
    op.execute(f"CREATE OR REPLACE VIEW published.settlements AS {WITH_PAYMENTS}")


def downgrade() -> None:
    op.execute("DROP VIEW published.settlements")
    op.execute(f"CREATE VIEW published.settlements AS {SETTLEMENTS}")
    op.execute("DROP TRIGGER check_refunds ON app.settlements")
    op.execute("DROP FUNCTION app.check_refunds()")
    op.execute(REMOVE_MOVES)
    op.drop_index(op.f("settlements_payment_id_idx"), table_name="settlements", schema="app")
    op.drop_constraint(
        op.f("settlements_payment_id_fkey"), "settlements", schema="app", type_="foreignkey"
    )
    op.drop_column("settlements", "applied_at", schema="app")
    op.drop_column("settlements", "payment_id", schema="app")
    op.drop_column("bills", "reserved_for", schema="app")
