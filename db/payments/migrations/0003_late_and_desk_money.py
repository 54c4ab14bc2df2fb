"""Money that comes after its payment was given up, and money that the front desk takes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

IS_CARD = sa.text("method = 'CARD'")
IS_UNCLAIMED = sa.text("status = 'COMPLETED' AND failure_code IS NOT NULL")


def upgrade() -> None:
    # A capture may come to light after the void: what the gateway has is never denied here.
    op.execute("INSERT INTO app.legal_moves VALUES ('payment', 'FAILED', 'COMPLETED')")
    # What the desk writes down is no name at the gateway, and may come twice.
    op.drop_constraint("payments_reference_key", "payments", schema="app", type_="unique")
    op.create_index(
        "one_payment_per_reference",
        "payments",
        ["reference"],
        unique=True,
        schema="app",
        postgresql_where=IS_CARD,
    )
    op.create_index(
        "payments_unclaimed_idx",
        "payments",
        ["payment_id"],
        unique=False,
        schema="app",
        postgresql_where=IS_UNCLAIMED,
    )


def downgrade() -> None:
    op.drop_index(
        "payments_unclaimed_idx",
        table_name="payments",
        schema="app",
        postgresql_where=IS_UNCLAIMED,
    )
    op.drop_index(
        "one_payment_per_reference",
        table_name="payments",
        schema="app",
        postgresql_where=IS_CARD,
    )
    # Fails, if the desk wrote down a number twice: nothing is thrown away for a step back.
    op.create_unique_constraint("payments_reference_key", "payments", ["reference"], schema="app")
    op.execute(
        "DELETE FROM app.legal_moves"
        " WHERE (entity, from_status, to_status) = ('payment', 'FAILED', 'COMPLETED')"
    )
