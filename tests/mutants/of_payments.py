"""Bugs in money: how it is asked for, what becomes of it when it comes late, how it goes back."""

from tests.mutants.mutant import Mutant

REFUNDS, ANSWERS = "activities/payments/refunds.py", "activities/payments/answers.py"
CALLS, TABLES = "activities/payments/calls.py", "db/payments/migrations/0001_tables.py"
BACK, LATE = "tests/activities/test_refunds.py::", "tests/activities/test_late_money.py::"
PAYING, TOGETHER = "tests/activities/test_payments.py::", "tests/activities/test_late_payments.py::"
BOUNDED = (
    "tests/activities/test_payment_amounts.py::"
    "test_the_database_lets_no_amount_and_no_move_pass_that_cannot_be"
)
LAW = "tests/workflows/test_law.py::test_a_path_ends_in_its_row"

OF_PAYMENTS = (
    Mutant(
        "refund-not-owed",
        "I-35",
        "a payment does not count a refund when it is decided",
        REFUNDS,
        """
    await payments.change(payment, refunded_amount=payment.refunded + amount)
""",
        "\n",
        f"{BACK}test_two_refunds_at_once_never_give_back_more_than_came_in",
    ),
    Mutant(
        "failed-refund-owed",
        "I-35",
        "a refund that failed counts as given back for ever",
        REFUNDS,
        "refunded_amount=payment.refunded - refund.amount",
        "refunded_amount=payment.refunded",
        f"{BACK}test_what_failed_may_be_given_back_otherwise",
    ),
    Mutant(
        "payment-not-locked",
        "I-34",
        "steps of one payment do not wait for each other",
        ANSWERS,
        'return [f"payment:{request.payment_id}"]',
        "return []",
        f"{TOGETHER}test_attempts_at_the_same_time_open_one_payment",
    ),
    Mutant(
        "payment-row-not-locked",
        "I-35",
        "two refunds at once do not see what the other counts",
        "db/payments/repository.py",
        "PAYMENT.with_for_update(), {",
        "PAYMENT, {",
        f"{BACK}test_of_many_refunds_at_once_no_more_goes_back_than_came_in",
    ),
    Mutant(
        "asked-without-key",
        "I-34",
        "the gateway is asked again by a new post, not by the key of the first",
        CALLS,
        """
            if (looks_first or attempt.number > 1) and (known := await ask()) is not None:
                return known
""",
        """
            key = f"{key}:{attempt.number}"
""",
        f"{PAYING}test_a_payment_whose_answer_was_lost_is_opened_once",
    ),
    Mutant(
        "captured-on-two-keys",
        "I-34",
        "a lost answer of a capture is not asked for",
        CALLS,
        """
                    if (known := await ask()) is not None:
                        return known
""",
        "\n",
        f"{PAYING}test_an_answer_that_was_lost_is_asked_for_at_once",
    ),
    Mutant(
        "lost-slot-money-kept",
        "O-07",
        "money for a slot that was lost is kept",
        "workflows/book_appointment.py",
        "refunds.open(back),",
        "asyncio.sleep(0),",
        f"{LAW}[held, paid late, slot gone]",
    ),
    Mutant(
        "late-money-kept",
        "O-07",
        "money that comes when the slot is gone is kept",
        "workflows/late_payment.py",
        "*([self._give_back(request, excess)] if excess.amount else []),",
        "",
        f"{LAW}[late money, the slot is gone]",
    ),
    Mutant(
        "second-capture-kept",
        "I-37",
        "money that the bill no longer asks for is kept",
        "workflows/take_payment.py",
        "*([self._give_back(request, excess)] if excess else []),",
        "",
        "tests/workflows/test_taken_payments.py::"
        "test_money_that_the_bill_does_not_ask_for_any_more_goes_back",
    ),
    Mutant(
        "void-without-mark",
        "I-33",
        "a void that comes after the capture leaves no mark on the money",
        "activities/payments/service.py",
        """
            await payments.change(payment, failure_code=VOIDED)
            return None
""",
        """
            return None
""",
        f"{LATE}test_money_that_was_written_down_before_its_void_is_not_forgotten_either",
    ),
    Mutant(
        "void-meets-capture",
        "I-33",
        "a void that meets a capture at the gateway leaves no mark on the money",
        ANSWERS,
        "await self._complete(connection, process, request, failure_code=VOIDED)",
        "await self._complete(connection, process, request)",
        f"{LATE}test_a_capture_that_meets_its_void_ends_in_one_of_two_ways[then]",
    ),
    Mutant(
        "tried-after-void",
        "I-22",
        "a payment that was undone is tried all the same",
        "activities/payments/outside.py",
        'if answered and answered.outcome == "TOMBSTONE":',
        "if answered is None:",
        f"{TOGETHER}test_a_try_after_the_void_is_refused_before_the_gateway_is_asked",
    ),
    Mutant(
        "more-than-captured",
        "I-35",
        "the database lets more be captured than was authorised",
        TABLES,
        '"captured_amount BETWEEN 0 AND authorised_amount"',
        '"captured_amount >= 0"',
        f"{BOUNDED}[captured_amount = authorised_amount + 0.01-captured_within]",
    ),
    Mutant(
        "more-than-refunded",
        "I-35",
        "the database lets more go back than was captured",
        TABLES,
        '"refunded_amount BETWEEN 0 AND captured_amount"',
        '"refunded_amount >= 0"',
        f"{BOUNDED}[refunded_amount = captured_amount + 0.01-refunded_within]",
    ),
)
