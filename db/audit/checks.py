"""What must never be among the records, and who is in them; their chains are verified apart."""

from db.audit.models import metadata
from db.checks import guards, tombstones

CHECKS = (guards(metadata), tombstones())

# A record has the key of the step that wrote it, and only the inbox finds that by its process.
# Who was refused with `hold-expired` may have been past the pivot: its steps go on.
RECORDED = """
    SELECT DISTINCT ON (i.workflow_id) i.workflow_id AS process,
           CASE WHEN r.outcome = 'FAILED' OR r.outcome = 'REFUSED'
                     AND r.details ->> 'refusal' IS DISTINCT FROM 'hold-expired'
                THEN r.at END AS undone_at
    FROM app.inbox i
    CROSS JOIN LATERAL (SELECT substr(i.key, length(i.workflow_id) + 2) AS step) s
    JOIN app.records r
      ON r.record_key = i.workflow_id || substr(s.step, length('append') + 1)
    WHERE i.workflow_id = ANY (CAST(:processes AS text[])) AND i.outcome = 'DONE'
      AND split_part(s.step, ':', 1) = 'append'
    ORDER BY i.workflow_id, r.at DESC
"""
