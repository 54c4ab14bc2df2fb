"""The chains of records: who appends to them, how they are verified, what others may read."""

from alembic import op

from db import guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Whoever appends and whoever verifies must hash alike, so both ask this one function. Times are
# counted in microseconds: their text depends on the session.
HASH_OF = """
CREATE FUNCTION app.hash_of(line app.records) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = app, pg_temp AS $$
  SELECT sha256(line.previous_hash || convert_to(jsonb_build_array(
    line.source, line.seq, (extract(epoch FROM line.at) * 1000000)::bigint, line.record_key,
    line.actor_id, line.actor_role, line.subject_id, line.action, line.object_type, line.object_id,
    line.outcome, line.purpose, line.reason, line.workflow_id, line.correlation_id, line.details
  )::text, 'UTF8'))
$$
"""

APPEND_RECORD = """
CREATE FUNCTION app.append_record(entry jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
DECLARE
  line records := jsonb_populate_record(NULL::records, entry);
  known bigint;
BEGIN
  -- One at a time per chain, until the commit: whoever waits here then sees the new head.
  PERFORM pg_advisory_xact_lock(hashtextextended('chain:' || line.source, 0));
  SELECT r.seq INTO known FROM records r WHERE r.record_key = line.record_key;
  IF FOUND THEN
    RETURN known;
  END IF;
  SELECT r.seq + 1, r.hash INTO line.seq, line.previous_hash
  FROM records r WHERE r.source = line.source ORDER BY r.seq DESC LIMIT 1;
  IF NOT FOUND THEN
    line.seq := 1;
    line.previous_hash := decode(repeat('00', 32), 'hex');
  END IF;
  line.at := coalesce(line.at, clock_timestamp());
  line.details := coalesce(line.details, '{}');
  line.hash := hash_of(line);
  INSERT INTO records SELECT line.*;
  RETURN line.seq;
END $$
"""

# The record before `since` is taken on trust: who verifies a chain in pages has just verified it.
# A cut tail and a chain that was written anew are whole in themselves. Only an anchor, the number
# and the hash of an older head that was kept elsewhere, gives them away.
VERIFY_CHAIN = """
CREATE FUNCTION app.verify_chain(
  chain text, since bigint DEFAULT 1, until bigint DEFAULT NULL, anchor bytea DEFAULT NULL)
RETURNS TABLE (broken_seq bigint, why text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
  WITH known AS (
    SELECT r.seq, r.hash, r.previous_hash, hash_of(r) AS rightly
    FROM records r
    WHERE r.source = chain AND r.seq >= since - 1 AND (until IS NULL OR r.seq <= until)
    UNION ALL
    SELECT 0, decode(repeat('00', 32), 'hex'), NULL, NULL WHERE since <= 1
  ), linked AS (
    SELECT seq, hash, previous_hash, rightly,
           lag(seq, 1, greatest(since, 1) - 2) OVER in_order AS before,
           lag(hash) OVER in_order AS before_hash
    FROM known WINDOW in_order AS (ORDER BY seq)
  ), broken AS (
    SELECT before + 1 AS seq, 'gap' AS why FROM linked WHERE seq <> before + 1
    UNION ALL
    SELECT seq, 'broken-link' FROM linked
    WHERE seq >= since AND seq = before + 1 AND previous_hash IS DISTINCT FROM before_hash
    UNION ALL
    SELECT seq, 'changed-content' FROM linked WHERE seq >= since AND hash IS DISTINCT FROM rightly
    UNION ALL
    SELECT coalesce(max(seq), since - 2) + 1,
           CASE WHEN EXISTS (SELECT FROM records r WHERE r.source = chain AND r.seq > until)
             THEN 'gap' ELSE 'cut-tail' END
    FROM known HAVING coalesce(max(seq), 0) < until
    UNION ALL
    SELECT seq, 'rewritten' FROM known WHERE seq = until AND hash <> anchor
  )
  SELECT seq, why FROM broken ORDER BY seq, why LIMIT 1
$$
"""

# Readers have no way into schema `app`.
PUBLISHED_VERIFY_CHAIN = """
CREATE FUNCTION published.verify_chain(
  chain text, since bigint DEFAULT 1, until bigint DEFAULT NULL, anchor bytea DEFAULT NULL)
RETURNS TABLE (broken_seq bigint, why text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS $$
  SELECT broken_seq, why FROM verify_chain(chain, since, until, anchor)
$$
"""

VIEWS = {
    "records": """
        SELECT source, seq, at, record_key, actor_id, actor_role, subject_id, action, object_type,
               object_id, outcome, purpose, reason, workflow_id, correlation_id, details,
               encode(previous_hash, 'hex') AS previous_hash, encode(hash, 'hex') AS hash
        FROM app.records""",
    "findings": """
        SELECT finding_id, check_name, object_key, severity, details, first_seen_at, last_seen_at,
               resolved_at, resolution, resolved_by, version
        FROM app.findings""",
}


def upgrade() -> None:
    for statement in guards.written_by_the_owner("audit", "records", "legal_moves"):
        op.execute(statement)
    for function in (HASH_OF, APPEND_RECORD, VERIFY_CHAIN, PUBLISHED_VERIFY_CHAIN):
        op.execute(function)
    op.execute("GRANT EXECUTE ON FUNCTION app.append_record, app.verify_chain TO hms_audit_worker")
    op.execute("GRANT EXECUTE ON FUNCTION published.verify_chain TO hms_audit_reader")
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW published.{name} AS {query}")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW published.{name}")
    op.execute("DROP FUNCTION published.verify_chain, app.verify_chain, app.append_record")
    op.execute("DROP FUNCTION app.hash_of")
    op.execute("GRANT INSERT, UPDATE ON app.records, app.legal_moves TO hms_audit_worker")
