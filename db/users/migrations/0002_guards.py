"""How an account may change, who may write what, and what others may read."""

from alembic import op

from db import guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GUARD_VERSION = """
CREATE FUNCTION app.guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.version <> OLD.version + 1 THEN
    RAISE check_violation USING CONSTRAINT = 'version_step';
  END IF;
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END $$
"""

VERSIONED = ("accounts", "profiles")

VIEWS = {
    "accounts": """
        SELECT account_id, username, first_name, last_name, email, role, is_active, is_staff,
               is_superuser, last_login, created_at AS date_joined, updated_at, version
        FROM app.accounts""",
    # Nobody has to have a profile: without a row it is an empty one.
    "profiles": """
        SELECT a.account_id, p.phone, p.address, p.date_of_birth, p.profile_picture,
               p.updated_at, coalesce(p.version, 0) AS version
        FROM app.accounts a LEFT JOIN app.profiles p USING (account_id)""",
}


def upgrade() -> None:
    op.execute(GUARD_VERSION)
    for table in VERSIONED:
        op.execute(
            f"""CREATE TRIGGER guard_version BEFORE UPDATE ON app.{table}
                FOR EACH ROW EXECUTE FUNCTION app.guard_version()"""
        )
    for statement in guards.written_by_the_owner("users", "legal_moves"):
        op.execute(statement)
    # What was never done is forgotten, so that its key may be used again.
    op.execute("GRANT DELETE ON app.api_requests TO hms_users_worker")
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW published.{name} AS {query}")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW published.{name}")
    op.execute("REVOKE DELETE ON app.api_requests FROM hms_users_worker")
    op.execute("GRANT INSERT, UPDATE ON app.legal_moves TO hms_users_worker")
    for table in VERSIONED:
        op.execute(f"DROP TRIGGER guard_version ON app.{table}")
    op.execute("DROP FUNCTION app.guard_version()")
