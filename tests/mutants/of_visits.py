"""Bugs in what becomes of visits: until when they may change, who is told, what ends with them."""

from tests.mutants.mutant import Mutant

RULES, CHANGES = "activities/appointments/rules.py", "activities/appointments/changes.py"
LIFE = "workflows/appointment_lifecycle.py"
MOVES, VISITS = "tests/activities/test_moves.py::", "tests/activities/test_visits.py::"
WAITING, LAW = "tests/workflows/test_waiting.py::", "tests/workflows/test_law.py::"

OF_VISITS = (
    Mutant(
        "move-cutoff",
        "I-07",
        "exactly an hour before the start it is too late to move",
        RULES,
        "process.accepted_at < offer.reschedule_cutoff_minutes * MINUTE:",
        "process.accepted_at <= offer.reschedule_cutoff_minutes * MINUTE:",
        f"{MOVES}test_a_visit_moves_until_exactly_an_hour_before_its_start",
    ),
    Mutant(
        "third-move",
        "I-07",
        "a visit moves once more than it may",
        RULES,
        "if visit.reschedule_count >= offer.max_reschedules:",
        "if visit.reschedule_count > offer.max_reschedules:",
        f"{MOVES}test_a_visit_moves_twice_at_most[PATIENT]",
    ),
    Mutant(
        "late-move-edge",
        "I-07",
        "a move exactly two hours before the start is not late",
        RULES,
        "visit.slot_start - process.accepted_at <= window",
        "visit.slot_start - process.accepted_at < window",
        f"{MOVES}test_a_patients_move_two_hours_before_the_start_or_later_is_a_late_one",
    ),
    Mutant(
        "late-move-forgotten",
        "I-07",
        "a later move in time makes the late one forgotten",
        CHANGES,
        '"late_move": visit.late_move or rules.is_late_move(',
        '"late_move": rules.is_late_move(',
        f"{MOVES}test_a_late_move_is_never_forgotten",
    ),
    Mutant(
        "claim-ignored",
        "I-09",
        "a visit that is being changed is changed by somebody else, too",
        RULES,
        "if visit.changed_by not in (None, process.id):",
        "if visit.changed_by == process.id:",
        f"{MOVES}test_what_is_being_moved_is_busy",
    ),
    Mutant(
        "claim-kept",
        "I-09",
        "a visit stays claimed when its move is over",
        CHANGES,
        "return await changed(visits, process, visit, UNCLAIMED) if is_ours else visit_now(visit)",
        "return await changed(visits, process, visit, {}) if is_ours else visit_now(visit)",
        f"{MOVES}test_a_visit_stays_busy_after_its_move_until_its_bill_has_followed",
    ),
    Mutant(
        "hold-stays-after-move",
        "I-10",
        "the hold of a move stays when the visit has moved",
        CHANGES,
        """
        await appointments.move(request.move.hold_id, HELD, status="RELEASED", hold_expires_at=None)
""",
        "\n",
        f"{MOVES}test_a_visit_moves_with_all_that_was_accepted_for_it",
    ),
    Mutant(
        "hold-not-dropped",
        "I-10",
        "the hold of a move that was lost is not dropped",
        "workflows/reschedule_appointment.py",
        """
            self.saga.finish(appointments, AppointmentActivities.drop_move, hold),
""",
        "\n",
        f"{LAW}test_a_path_ends_in_its_row[move, paid, dearer, the slot is gone]",
    ),
    Mutant(
        "cancelled-after-start",
        "sagas.md",
        "a patient cancels in the moment in which the visit starts",
        RULES,
        "process.accepted_at >= visit.slot_start:",
        "process.accepted_at > visit.slot_start:",
        "tests/activities/test_cancellations.py::test_a_patient_cancels_until_the_visit_starts",
    ),
    Mutant(
        "no-show-grace",
        "sagas.md",
        "at the end of the grace a patient is not missed yet",
        RULES,
        "if process.accepted_at < end_of_grace(visit):",
        "if process.accepted_at <= end_of_grace(visit):",
        f"{VISITS}test_a_patient_who_has_not_come_by_the_end_of_the_grace_is_missed",
    ),
    Mutant(
        "arrival-after-grace",
        "sagas.md",
        "at the end of the grace a patient may still check in",
        RULES,
        "<= process.accepted_at < end_of_grace(visit):",
        "<= process.accepted_at <= end_of_grace(visit):",
        f"{VISITS}test_a_patient_checks_in_until_the_grace_is_over",
    ),
    Mutant(
        "waiver-window",
        "sagas.md",
        "a fee is not waived any more in the last moment of its seven days",
        RULES,
        "process.accepted_at > since + terms_of(visit).waiver_days * DAY:",
        "process.accepted_at >= since + terms_of(visit).waiver_days * DAY:",
        f"{VISITS}test_a_no_show_is_waived_for_seven_days",
    ),
    Mutant(
        "seen-and-missed",
        "I-08",
        "who has come is marked as missed",
        RULES,
        """
    check_state(visit, AppointmentStatus.BOOKED)
    if process.accepted_at < end_of_grace(visit):
""",
        """
    if process.accepted_at < end_of_grace(visit):
""",
        f"{VISITS}test_only_who_was_expected_is_missed[CHECKED_IN]",
    ),
    Mutant(
        "life-not-woken",
        "sagas.md",
        "nobody tells a visit's life that the visit has changed",
        "workflows/visit_changes.py",
        'await life.signal("changed")',
        "await workflow.sleep(0)",
        f"{LAW}test_a_path_ends_in_its_row[move, unpaid, same price]",
    ),
    Mutant(
        "reminder-of-the-past",
        "I-41",
        "a reminder is sent of a visit that is over",
        LIFE,
        """
            if now and now.status not in AHEAD:
                return now.status
""",
        """
            if now and now.status not in AHEAD:
                reminders.create_task(self._remind(due.reminds_before or 0, now))
                return now.status
""",
        f"{WAITING}test_a_life_ends_when_the_visit_is_over_before_its_time",
    ),
    Mutant(
        "no-show-unseen",
        "sagas.md",
        "a timer marks a visit as missed without reading how it stands",
        LIFE,
        """
            is_due = await self._comes(due)
            now = await self._read(visit)
""",
        """
            is_due = await self._comes(due)
            if is_due and self._turn and not due.reminds_before:
                await self._begin_no_show(now)
                return AppointmentStatus.NO_SHOW
            now = await self._read(visit)
""",
        f"{WAITING}test_a_life_reads_the_truth_each_time_that_something_is_due",
    ),
)
