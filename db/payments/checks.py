"""What must never be among payments, and what other services compare with theirs."""

from db.checks import Check, changes, guards, history, of_page, tombstones
from db.payments.models import metadata

PROCESSES = """
    ARRAY(SELECT c.workflow_id FROM app.payment_changes c WHERE c.payment_id = p.payment_id
          UNION SELECT c.workflow_id FROM app.refund_changes c
          JOIN app.refunds f USING (refund_id) WHERE f.payment_id = p.payment_id)
"""
# Refunds are summed before they are joined: else a payment counts once per refund.
REFUNDED = """
    LATERAL (SELECT coalesce(sum(f.amount) FILTER (WHERE f.status <> 'FAILED'), 0) AS asked,
                    coalesce(sum(f.amount) FILTER (WHERE f.status = 'COMPLETED'), 0) AS done
             FROM app.refunds f WHERE f.payment_id = p.payment_id) r
"""
WRONG_SUMS = f"""
    SELECT CAST(p.payment_id AS text) AS key, p.appointment_id, {PROCESSES} AS processes,
           p.captured_amount AS captured, p.refunded_amount AS refunded, r.asked
    FROM app.payments p JOIN page ON page.id = p.payment_id CROSS JOIN {REFUNDED}
    WHERE p.refunded_amount <> r.asked OR r.asked > p.captured_amount
"""  # noqa: S608 - names of ours
NOT_AT_REST = f"""
    SELECT CAST(p.payment_id AS text) AS key, p.appointment_id, {PROCESSES} AS processes,
           'payment' AS pending
    FROM app.payments p WHERE p.status = 'PENDING'
    UNION ALL
    SELECT CAST(f.refund_id AS text), p.appointment_id, {PROCESSES}, 'refund'
    FROM app.refunds f JOIN app.payments p USING (payment_id) WHERE f.status = 'PENDING'
"""  # noqa: S608 - as above

CHECKS = (
    guards(metadata, "payments.guard_move", "refunds.guard_move"),
    history("payment", "payments"),
    history("refund", "refunds"),
    tombstones("open_payment"),
    Check("C8 sums of a payment", WRONG_SUMS, ("payments", "payment_id")),
    Check("C9 still pending", NOT_AT_REST),
)

IDS = """
    SELECT payment_id AS id, coalesce(appointment_id, bill_id) AS account FROM app.payments
    WHERE payment_id > CAST(:after AS uuid) ORDER BY payment_id LIMIT :limit
"""
CHANGES = changes(
    of_page("payment_changes", "payment_id"),
    of_page("refund_changes", "payment_id", "JOIN app.refunds USING (refund_id)"),
)
ACCOUNTS = f"""
    SELECT account AS id, sum(p.captured_amount - r.done) AS net,
           ARRAY(SELECT DISTINCT unnest({PROCESSES}) FROM app.payments p
                 WHERE p.appointment_id = account OR p.bill_id = account) AS processes
    FROM unnest(CAST(:ids AS uuid[])) AS account
    JOIN app.payments p ON p.appointment_id = account
                        OR p.bill_id = account AND p.appointment_id IS NULL
    CROSS JOIN {REFUNDED}
    GROUP BY account
"""  # noqa: S608 - as above
PAYMENTS = f"""
    SELECT p.payment_id, p.appointment_id, p.reference, {PROCESSES} AS processes,
           p.status = 'COMPLETED' AS is_completed, p.captured_amount - r.done AS net
    FROM app.payments p CROSS JOIN {REFUNDED}
    WHERE p.payment_id > CAST(:after AS uuid) AND p.method = 'CARD'
      AND p.updated_at >= CAST(:since AS timestamptz) AND p.updated_at < CAST(:until AS timestamptz)
      AND (CAST(:ids AS uuid[]) IS NULL OR p.payment_id = ANY (:ids))
    ORDER BY p.payment_id LIMIT :limit
"""  # noqa: S608 - as above
