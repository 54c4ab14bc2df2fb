"""Bugs in what a visit costs, and in what its bill asks for, takes and gives back."""

from tests.mutants.mutant import Mutant

POLICY, CANCELLING = "activities/billing/policy.py", "activities/billing/cancellations.py"
QUERIES, PAYING = "db/billing/repository.py", "activities/billing/payments.py"
TABLES = "db/billing/migrations/0001_tables.py"
OF_POLICY = "tests/activities/test_cancellation_policy.py::"
CANCELLED, BILLS = (
    "tests/activities/test_cancelled_bills.py::",
    "tests/activities/test_billing.py::",
)
ON_BILLS, BACK = (
    "tests/activities/test_bill_payments.py::",
    "tests/activities/test_bill_refunds.py::",
)
MISSED, AMOUNTS = (
    "tests/activities/test_missed_visits.py::",
    "tests/activities/test_bill_amounts.py::",
)
BOUNDED = f"{AMOUNTS}test_the_database_lets_no_amount_and_no_status_of_a_bill_pass_that_cannot_be"

OF_BILLS = (
    Mutant(
        "free-two-hours",
        "I-36",
        "exactly two hours before the start a cancellation is free",
        POLICY,
        "is_free = at < late_from(asked)",
        "is_free = at <= late_from(asked)",
        f"{OF_POLICY}test_a_cancellation_is_free_only_more_than_two_hours_before",
    ),
    Mutant(
        "grace-edge",
        "I-36",
        "in the last moment of its grace a fresh booking costs something",
        POLICY,
        "if grace_ends and at <= grace_ends:",
        "if grace_ends and at < grace_ends:",
        f"{OF_POLICY}test_a_fresh_booking_is_free_inside_the_two_hours_too",
    ),
    Mutant(
        "late-move-free",
        "I-36",
        "after a late move a cancellation is free",
        POLICY,
        """
    if asked.late_move:
        return CancellationRule.LATE_MOVE
""",
        "\n",
        f"{OF_POLICY}test_a_late_move_costs_for_good[60]",
    ),
    Mutant(
        "hospital-charges",
        "I-36",
        "a hospital that cancels charges for it",
        POLICY,
        """
    if asked.by is By.HOSPITAL:
        return CancellationRule.HOSPITAL
""",
        "\n",
        f"{OF_POLICY}test_a_hospital_that_cancels_gives_everything_back",
    ),
    Mutant(
        "half-even",
        "I-31",
        "a half is rounded to the even neighbour",
        "activities/billing/amounts.py",
        "amount.quantize(unit_of(minor), ROUND_HALF_UP)",
        'amount.quantize(unit_of(minor), "ROUND_HALF_EVEN")',
        f"{AMOUNTS}test_a_half_of_the_minor_unit_rounds_up_once_per_line[2]",
    ),
    Mutant(
        "fee-not-agreed",
        "I-36",
        "a fee that is higher than was agreed to is charged",
        CANCELLING,
        "if agreed.currency != bill.currency or cost.fee > agreed.amount:",
        "if agreed.currency != bill.currency:",
        f"{CANCELLED}test_nobody_pays_a_higher_fee_than_was_agreed_to[52.49-True]",
    ),
    Mutant(
        "oldest-first",
        "reliability.md 2.4",
        "what was captured first goes back first",
        QUERIES,
        "s.applied_at.desc().nulls_last(), s.settlement_id",
        "s.applied_at.asc().nulls_last(), s.settlement_id",
        f"{CANCELLED}test_what_was_captured_last_goes_back_first_though_it_was_reserved_before",
    ),
    Mutant(
        "refund-not-counted",
        "I-35",
        "what a bill gives back is not counted when it is decided",
        "activities/billing/books.py",
        """
        await self.reserve_refunds(bill, parts)
        return parts
""",
        """
        return parts
""",
        f"{BACK}test_of_a_refund_and_a_cancellation_at_once_nothing_goes_back_twice",
    ),
    Mutant(
        "bill-not-locked",
        "I-32",
        "a payment does not wait for what another writes on its bill",
        QUERIES,
        "query.with_for_update(of=bills), {",
        "query, {",
        f"{BILLS}test_a_payment_waits_for_what_another_writes_on_its_bill",
    ),
    Mutant(
        "bill-unbounded",
        "I-31",
        "the database lets a bill keep more than it asks for",
        TABLES,
        "AND paid_amount + reserved_amount <= total_amount AND",
        "AND",
        f"{BOUNDED}[reserved_amount = total_amount, paid_amount = 0.01-bill_bounds]",
    ),
    Mutant(
        "bill-any-sum",
        "I-31",
        "the database lets a bill ask for more than its lines",
        "db/billing/migrations/0002_guards.py",
        "<> (l.net, l.tax, j.credited))",
        "IS NULL)",
        f"{AMOUNTS}test_a_bill_with_a_wrong_total_fails_at_commit",
    ),
    Mutant(
        "bill-any-status",
        "I-32",
        "the database lets a bill have a status that its amounts do not say",
        TABLES,
        """
        sa.CheckConstraint(
            "status = CASE WHEN refunded_amount > 0 THEN""",
        """
        sa.CheckConstraint(
            "true OR status = CASE WHEN refunded_amount > 0 THEN""",
        f"{BOUNDED}[status = 'PAID'-bill_status]",
    ),
    Mutant(
        "two-live-bills",
        "I-30",
        "a visit may have two live bills",
        TABLES,
        """
        ["appointment_id"],
        unique=True,
""",
        """
        ["appointment_id"],
        unique=False,
""",
        f"{BILLS}test_a_visit_has_one_live_bill",
    ),
    Mutant(
        "refunds-unbounded",
        "I-35",
        "the database lets a bill give a payment back more than it brought",
        "db/billing/migrations/0003_refunds.py",
        "WHERE payment_id = NEW.payment_id AND state <> 'RELEASED')",
        "WHERE payment_id = NEW.payment_id AND state = 'RELEASED')",
        f"{BACK}test_the_database_gives_no_payment_back_more_than_it_brought",
    ),
    Mutant(
        "applied-twice",
        "I-34",
        "a payment is put on its bill as often as it is told of",
        PAYING,
        "if (taken := taken_before(before, bill)) is not None:",
        "if (taken := taken_before(before, bill)) is None:",
        f"{BILLS}test_a_payment_is_applied_once_whoever_applies_it",
    ),
    Mutant(
        "excess-untold",
        "I-37",
        "what is paid too much is not told",
        PAYING,
        "return state_of(after, excess=paid - applied)",
        "return state_of(after)",
        f"{BILLS}test_payments_fill_the_bill_and_what_is_too_much_goes_back",
    ),
    Mutant(
        "reserved-for-another",
        "I-37",
        "what another payment has reserved is reserved again",
        PAYING,
        "if amount > bill.balance - bill.reserved:",
        "if amount > bill.balance + bill.reserved:",
        f"{ON_BILLS}test_nobody_reserves_more_than_the_bill_leaves",
    ),
    Mutant(
        "waived-twice",
        "I-36",
        "a fee is waived as often as somebody asks",
        CANCELLING,
        """
        if await books.bills.has_adjustment(bill.bill_id, "WAIVER"):
            raise WrongState""",
        """
        if not bill.bill_id:
            raise WrongState""",
        f"{MISSED}test_a_fee_is_waived_once",
    ),
    Mutant(
        "waived-yet-charged",
        "I-36",
        "a fee that was waived before it was written is charged",
        CANCELLING,
        "percent = NOTHING if is_waived else request.terms.no_show_fee_percent",
        "percent = request.terms.no_show_fee_percent",
        f"{MISSED}test_a_waiver_that_is_quicker_than_the_fee_leaves_nothing_to_pay",
    ),
)
