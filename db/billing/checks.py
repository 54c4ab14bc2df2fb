"""What must never be among bills, and what other services compare with theirs."""

from db.billing.models import metadata
from db.checks import Check, changes, guards, history, of_page, tombstones

SUMMED = ("bills", "bill_line_items", "bill_adjustments")
PROCESSES = """
    ARRAY(SELECT DISTINCT c.workflow_id FROM app.bill_changes c WHERE c.bill_id = b.bill_id
          UNION SELECT j.workflow_id FROM app.bill_adjustments j WHERE j.bill_id = b.bill_id
          UNION SELECT CASE t.kind WHEN 'PAYMENT' THEN 'payment-' ELSE 'refund-' END
                       || t.settlement_id
          FROM app.settlements t WHERE t.bill_id = b.bill_id)
"""
WRONG_SUMS = f"""
    SELECT CAST(b.bill_id AS text) AS key, b.appointment_id, {PROCESSES} AS processes
    FROM app.bills b JOIN page ON page.id = b.bill_id
    CROSS JOIN LATERAL (SELECT coalesce(sum(line_total), 0) AS net,
                               coalesce(sum(line_tax), 0) AS tax
                        FROM app.bill_line_items i WHERE i.bill_id = b.bill_id) l
    CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS credited
                        FROM app.bill_adjustments j WHERE j.bill_id = b.bill_id) j
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(amount) FILTER (WHERE kind = 'PAYMENT' AND state = 'APPLIED'), 0) AS paid,
             coalesce(sum(amount) FILTER (WHERE kind = 'PAYMENT' AND state = 'RESERVED'), 0)
               AS reserved,
             coalesce(sum(amount) FILTER (WHERE kind = 'REFUND' AND state = 'APPLIED'), 0)
               AS refunded
      FROM app.settlements s WHERE s.bill_id = b.bill_id) t
    WHERE (b.amount, b.tax_amount, b.credited_amount, b.paid_amount, b.reserved_amount,
           b.refunded_amount)
          IS DISTINCT FROM (l.net, l.tax, j.credited, t.paid, t.reserved, t.refunded)
"""  # noqa: S608 - names of ours
NOT_AT_REST = f"""
    SELECT CAST(b.bill_id AS text) AS key, b.appointment_id, {PROCESSES} AS processes,
           b.balance, b.reserved_amount AS reserved, r.goes_back
    FROM app.bills b JOIN page ON page.id = b.bill_id
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(t.amount), 0) AS goes_back FROM app.settlements t
      WHERE t.bill_id = b.bill_id AND t.kind = 'REFUND' AND t.state = 'RESERVED') r
    WHERE b.balance < 0 OR b.reserved_amount <> 0 OR r.goes_back <> 0
"""  # noqa: S608 - as above

CHECKS = (
    guards(
        metadata,
        "bills.guard_move",
        "settlements.check_refunds",
        *(f"{table}.bill_sums" for table in SUMMED),
    ),
    history("bill", "bills"),
    tombstones("open_bill", "reserve_payment", "reserve_refund"),
    Check("C7 sums of a bill", WRONG_SUMS, ("bills", "bill_id")),
    Check("C9 overpaid or reserved", NOT_AT_REST, ("bills", "bill_id")),
)

# A fee is reckoned by what the bill said when it was settled; what came later is another matter.
FEE = """
    LATERAL (
      SELECT fee.fee_kept AS kept, l.total - credits.total AS asked,
             l.consultation - credits.cheaper AS consultation, credits.is_waived, l.minor
      FROM (SELECT fee_kept, created_at FROM app.bill_adjustments a
            WHERE a.bill_id = b.bill_id AND a.kind IN ('CANCELLATION', 'NO_SHOW')
            ORDER BY created_at LIMIT 1) fee
      CROSS JOIN LATERAL (
        SELECT sum(line_total + line_tax) AS total, max(minor) AS minor,
               coalesce(sum(line_total + line_tax) FILTER (WHERE kind = 'CONSULTATION'), 0)
                 AS consultation
        FROM app.bill_line_items i WHERE i.bill_id = b.bill_id) l
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount), 0) AS total,
               coalesce(sum(amount) FILTER (WHERE kind = 'PRICE_DROP'), 0) AS cheaper,
               coalesce(bool_or(kind = 'WAIVER'), false) AS is_waived
        FROM app.bill_adjustments a
        WHERE a.bill_id = b.bill_id AND a.created_at < fee.created_at) credits) f
"""
# What was due before the visit itself was cancelled or missed: its settlement is another question.
BILLS = f"""
    SELECT b.bill_id, b.appointment_id, b.status, {PROCESSES} AS processes,
           b.total_amount - coalesce(sum(j.amount) FILTER (
             WHERE j.kind NOT IN ('CANCELLATION', 'NO_SHOW', 'WAIVER')), 0) AS due_before_fees,
           array_remove(array_agg(j.kind ORDER BY j.kind), NULL) AS credits,
           f.kept, f.consultation, f.asked, f.is_waived, f.minor
    FROM app.bills b LEFT JOIN app.bill_adjustments j USING (bill_id)
    LEFT JOIN {FEE} ON true
    WHERE b.bill_id > CAST(:after AS uuid)
      AND (CAST(:of AS uuid[]) IS NULL OR b.appointment_id = ANY (:of))
    GROUP BY b.bill_id, f.kept, f.consultation, f.asked, f.is_waived, f.minor
    ORDER BY b.bill_id LIMIT :limit
"""  # noqa: S608 - as above
IDS = """
    SELECT bill_id AS id, coalesce(appointment_id, bill_id) AS account FROM app.bills
    WHERE bill_id > CAST(:after AS uuid) ORDER BY bill_id LIMIT :limit
"""
CHANGES = changes(
    of_page("bill_changes", "bill_id"),
    of_page("bill_adjustments", "bill_id"),
)
ACCOUNTS = f"""
    SELECT account AS id, sum(b.paid_amount - b.refunded_amount) AS net,
           ARRAY(SELECT DISTINCT unnest({PROCESSES}) FROM app.bills b
                 WHERE b.appointment_id = account OR b.bill_id = account) AS processes
    FROM unnest(CAST(:ids AS uuid[])) AS account
    JOIN app.bills b ON b.appointment_id = account
                     OR b.bill_id = account AND b.appointment_id IS NULL
    GROUP BY account
"""  # noqa: S608 - as above
