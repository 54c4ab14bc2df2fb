"""Bugs in what every step and every process promises: once, undone, parked, recorded."""

from tests.mutants.mutant import Mutant

INBOX, SAGA = "activities/inbox.py", "workflows/saga.py"
IN_INBOX = "tests/activities/test_inbox.py::"
LAW, GATE = "tests/workflows/test_law.py::", "tests/workflows/test_gate.py::"
BOOKING = "tests/workflows/test_booking.py::"

OF_STEPS = (
    Mutant(
        "inbox-dropped",
        "I-24",
        "a step that was answered is done again",
        INBOX,
        """
            if not await inbox.claim(claim, self.locking(request) if self.locking else []):
                return await self.answered(inbox, claim)
""",
        """
            await inbox.claim(claim, self.locking(request) if self.locking else [])
""",
        f"{IN_INBOX}test_a_retry_after_the_commit_gets_the_first_answer",
    ),
    Mutant(
        "refusal-forgotten",
        "I-22",
        "a refusal is not stored",
        INBOX,
        """
            await inbox.answer(claim.key, "REFUSED", remember(refusal))
            await connection.commit()
""",
        """
            await connection.rollback()
""",
        f"{IN_INBOX}test_a_zombie_of_a_refused_step_gets_the_first_refusal_though_the_slot_is_free",
    ),
    Mutant(
        "tombstone-forgotten",
        "I-22",
        "an undo that comes first buries nothing",
        INBOX,
        """if not await inbox.bury(key, process.id)
                    and is_done(await inbox.find_answer(key))""",
        "if is_done(await inbox.find_answer(key))",
        f"{IN_INBOX}test_a_step_after_its_undo_is_refused",
    ),
    Mutant(
        "undone-stays-done",
        "I-22",
        "a step that was undone is still answered as done",
        INBOX,
        """
                for key in done:
                    await inbox.undo(key)
""",
        "\n",
        f"{IN_INBOX}test_an_undo_waits_for_a_step_at_work_and_undoes_what_it_committed",
    ),
    Mutant(
        "other-body",
        "I-24",
        "the key of a step is taken for another request",
        INBOX,
        "if answered.request_hash != claim.hash:",
        "if answered.request_hash is None:",
        f"{IN_INBOX}test_the_same_key_for_another_request_is_a_bug_that_changes_nothing",
    ),
    Mutant(
        "guard-without-name",
        "house style 8",
        "a broken constraint is not told as its refusal",
        INBOX,
        "named = self.guards.get(broken_guard(error))",
        "named = self.guards.get(str(error))",
        "tests/activities/test_billing.py::test_a_visit_has_one_live_bill",
    ),
    Mutant(
        "fault-tells-values",
        "I-52",
        "a fault of the database carries the row that it is about",
        "activities/database.py",
        'raise fault_of(state)(f"{name} {state} {broken_guard(error)}".rstrip()) from None',
        "raise fault_of(state)(str(error)) from error",
        f"{IN_INBOX}test_a_fault_names_no_value_of_the_request",
    ),
    Mutant(
        "accepted-now",
        "I-36",
        "rules are judged by the clock of the attempt",
        "activities/process.py",
        "return self.origin.accepted_at",
        "return datetime.now(self.origin.accepted_at.tzinfo)",
        "tests/activities/test_cancelled_bills.py::"
        "test_the_moment_that_the_process_was_accepted_at_decides[0-late-cancellation]",
    ),
    Mutant(
        "held-from-now",
        "sagas.md 8",
        "a hold is counted from now: a run that was reset asks for another",
        "workflows/known_visit.py",
        "accepted_at = workflow.info().workflow_start_time",
        "accepted_at = workflow.now()",
        f"{BOOKING}test_a_reset_asks_for_the_very_same_steps[held, paid]",
    ),
    Mutant(
        "undo-behind-pivot",
        "I-25",
        "what fails after the pivot is undone",
        SAGA,
        "if error is None or self.pivoted or not self.ends(error):",
        "if error is None or not self.ends(error):",
        f"{GATE}test_what_fails_behind_its_pivot_is_a_bug_and_undoes_nothing",
    ),
    Mutant(
        "bug-undoes",
        "I-25",
        "a bug of ours undoes what it stopped in",
        SAGA,
        "return isinstance(error, Exception) and workflow.is_failure_exception(error)",
        "return isinstance(error, Exception)",
        f"{LAW}test_a_bug_undoes_nothing_and_mended_code_finishes[prepaid - open_bill]",
    ),
    Mutant(
        "success-lost",
        "I-25",
        "what succeeds in the tick of a cancellation is lost",
        SAGA,
        "if task.cancelled() or workflow",
        "if task.done() or workflow",
        f"{GATE}test_what_succeeds_in_the_tick_of_a_cancellation_is_not_lost[]",
    ),
    Mutant(
        "pivot-stopped",
        "I-25",
        "what is being decided can still be stopped",
        "workflows/saga.py",
        """
        self.heed()
        self.stoppable = False
        if undo:
""",
        """
        self.heed()
        if undo:
""",
        f"{LAW}test_what_an_operator_stopped_is_undone"
        "[check in, booked - 1 - alone, its step still done]",
    ),
    Mutant(
        "undo-after-step",
        "house style 11",
        "the undo of a hold is registered after it",
        "workflows/book_appointment.py",
        """
        saga.compensate_with(appointments, AppointmentActivities.release_slot, known.slot)
        held = await appointments.call(AppointmentActivities.hold_slot, known.slot)
""",
        """
        held = await appointments.call(AppointmentActivities.hold_slot, known.slot)
        saga.compensate_with(appointments, AppointmentActivities.release_slot, known.slot)
""",
        f"{LAW}test_a_fault_that_lasts_undoes_or_is_outlasted"
        "[prepaid - hold_slot - fails for long after]",
    ),
    Mutant(
        "undo-first-first",
        "house style 3",
        "the first step is undone first",
        SAGA,
        """
            await self.finish(*self._undo[-1])
            _, undo, request = self._undo.pop()
""",
        """
            await self.finish(*self._undo[0])
            _, undo, request = self._undo.pop(0)
""",
        f"{BOOKING}test_the_last_step_is_undone_first",
    ),
    Mutant(
        "refused-pivot-undone",
        "I-25",
        "a pivot that was refused is undone",
        SAGA,
        """
                if undo:
                    self._undo.pop()  # It never happened.
                raise
""",
        """
                raise
""",
        f"{BOOKING}test_a_slot_that_was_refused_is_not_released",
    ),
    Mutant(
        "skip-retries",
        "house style 3",
        "a step that an operator skips is tried again",
        SAGA,
        'is_retried = decision.action == "retry"',
        "is_retried = bool(decision.action)",
        f"{LAW}test_a_step_that_can_never_be_done_undoes_or_waits_for_a_person"
        "[prepaid - confirm_slot - skip]",
    ),
    Mutant(
        "refusal-repeated",
        "house style 3",
        "after a refusal an operator's retry is no new request",
        SAGA,
        "request = request.again()",
        "request = request.model_copy()",
        f"{LAW}test_a_refused_step_undoes_or_waits_for_a_person[later - open_bill - wrong-state]",
    ),
    Mutant(
        "end-not-recorded",
        "I-51",
        "the audit does not hear how a process ended",
        "workflows/saga_workflow.py",
        "await asyncio.gather(self._record(end), *undone)",
        "await asyncio.gather(*undone)",
        f"{LAW}test_a_path_ends_in_its_row[pay, declined]",
    ),
)
