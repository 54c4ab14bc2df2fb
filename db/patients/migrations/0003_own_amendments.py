"""An entry amends one of the same patient, never somebody else's."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_unique_constraint(
        op.f("visit_history_entry_id_patient_id_key"),
        "visit_history",
        ["entry_id", "patient_id"],
        schema="app",
    )
    op.drop_constraint(
        "visit_history_amends_fkey", "visit_history", schema="app", type_="foreignkey"
    )
    op.create_foreign_key(
        op.f("visit_history_amends_patient_id_fkey"),
        "visit_history",
        "visit_history",
        ["amends", "patient_id"],
        ["entry_id", "patient_id"],
        source_schema="app",
        referent_schema="app",
    )


def downgrade() -> None:
    op.drop_constraint(
        op.f("visit_history_amends_patient_id_fkey"),
        "visit_history",
        schema="app",
        type_="foreignkey",
    )
    op.create_foreign_key(
        "visit_history_amends_fkey",
        "visit_history",
        "visit_history",
        ["amends"],
        ["entry_id"],
        source_schema="app",
        referent_schema="app",
    )
    op.drop_constraint(
        op.f("visit_history_entry_id_patient_id_key"),
        "visit_history",
        schema="app",
        type_="unique",
    )
