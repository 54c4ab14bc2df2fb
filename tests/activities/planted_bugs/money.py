"""Bills and payments that do not add up, or belong to nobody."""

from tests.activities.planted_bugs.planted import Planted

MONEY = {
    "a bill has no history": Planted(
        "C2 history: bill",
        "billing",
        "DELETE FROM app.bill_changes WHERE bill_id = '{unpaid_bill}'",
        "{unpaid_bill}",
    ),
    "a payment has another history": Planted(
        "C2 history: payment",
        "payments",
        "UPDATE app.payment_changes SET to_status = 'FAILED' WHERE to_status = 'COMPLETED'",
        "{payment}",
    ),
    "a booked visit has no bill": Planted(
        "C5 one live bill",
        "billing",
        """
        DELETE FROM app.bill_line_items WHERE bill_id = '{unpaid_bill}';
        DELETE FROM app.bills WHERE bill_id = '{unpaid_bill}'
        """,
    ),
    "a bill names a visit that is not there": Planted(
        "C5 bill without a visit",
        "appointments",
        "DELETE FROM app.appointments WHERE appointment_id = '{unpaid}'",
        "{unpaid_bill}",
    ),
    "a bill is not the sum of its settlements": Planted(
        "C7 sums of a bill",
        "billing",
        "UPDATE app.settlements SET amount = 104.99",
        "{paid_bill}",
    ),
    "a bill is not the sum of its lines": Planted(
        "C7 sums of a bill",
        "billing",
        """
        UPDATE app.bill_line_items SET unit_price = 99.99, line_total = 99.99
        WHERE bill_id = '{unpaid_bill}'
        """,
        "{unpaid_bill}",
    ),
    "a bill is not the sum of its credits": Planted(
        "C7 sums of a bill",
        "billing",
        "UPDATE app.bills SET credited_amount = 0.01 WHERE bill_id = '{unpaid_bill}'",
        "{unpaid_bill}",
    ),
    "more counts as given back than was asked for": Planted(
        "C8 sums of a payment",
        "payments",
        "UPDATE app.payments SET refunded_amount = 0.01",
        "{payment}",
    ),
    "the books differ by a penny": Planted(
        "C8 bills and payments",
        "payments",
        """
        UPDATE app.payments
        SET amount = 104.99, authorised_amount = 104.99, captured_amount = 104.99
        """,
        "{paid}",
    ),
    "money came that is on no bill": Planted(
        "C8 bills and payments",
        "billing",
        """
        DELETE FROM app.settlements;
        UPDATE app.bills SET paid_amount = 0, status = 'OPEN' WHERE bill_id = '{paid_bill}';
        DELETE FROM app.bill_changes WHERE bill_id = '{paid_bill}' AND to_status = 'PAID'
        """,
        "{paid}",
    ),
    "money is on a bill that never came": Planted(
        "C8 bills and payments",
        "payments",
        "DELETE FROM app.payments",
        "{paid}",
    ),
    "more was paid than is asked for": Planted(
        "C9 overpaid or reserved",
        "billing",
        """
        INSERT INTO app.bill_adjustments
          (adjustment_id, bill_id, kind, amount, fee_kept, reason, accepted_at, workflow_id)
        VALUES (gen_random_uuid(), '{paid_bill}', 'GOODWILL', 0.01, 0, 'x', now(), 'x');
        UPDATE app.bills SET credited_amount = 0.01 WHERE bill_id = '{paid_bill}'
        """,
        "{paid_bill}",
    ),
    "a part stays reserved": Planted(
        "C9 overpaid or reserved",
        "billing",
        """
        INSERT INTO app.settlements (settlement_id, bill_id, kind, amount, state)
        VALUES (gen_random_uuid(), '{unpaid_bill}', 'PAYMENT', 5, 'RESERVED');
        UPDATE app.bills SET reserved_amount = 5 WHERE bill_id = '{unpaid_bill}'
        """,
        "{unpaid_bill}",
    ),
    "a refund never ended": Planted(
        "C9 still pending",
        "payments",
        """
        INSERT INTO app.refunds
          (refund_id, payment_id, amount, currency, reason, reason_code, accepted_at)
        VALUES ('{other}', '{payment}', 5, 'GBP', 'x', 'GOODWILL', now());
        INSERT INTO app.refund_changes
          (refund_id, version, from_status, to_status, accepted_at, actor_role, workflow_id)
        VALUES ('{other}', 1, '', 'PENDING', now(), 'BILLING', 'refund-1');
        UPDATE app.payments SET refunded_amount = 5
        """,
        "{other}",
    ),
}
