"""Bugs in whose slot it is: what the database guards, and how a booking names what it says."""

from tests.mutants.mutant import Mutant

TABLES, SERVICE = "db/appointments/migrations/0001_tables.py", "activities/appointments/service.py"
SLOTS, MOVES = "tests/activities/test_appointments.py::", "tests/activities/test_moves.py::"
GUARDED = "tests/db/test_guards.py::test_a_visit_changes_only_as_it_may"

OF_SLOTS = (
    Mutant(
        "doctor-twice",
        "I-01",
        "the constraint on a doctor's slots is dropped",
        TABLES,
        """
        postgresql.ExcludeConstraint(
            (sa.column("doctor_id"), "="),
            (sa.column("slot"), "&&"),
            (sa.column("visit_id"), "<>"),
            where=sa.text("status IN ('HELD', 'BOOKED', 'CHECKED_IN') AND overbook_reason IS NULL"),
            using="gist",
            name="one_visit_per_doctor_slot",
        ),
""",
        "\n",
        f"{SLOTS}test_a_slot_that_another_patient_holds_is_taken",
    ),
    Mutant(
        "patient-twice",
        "I-02",
        "the constraint on a patient's slots is dropped",
        TABLES,
        """
        postgresql.ExcludeConstraint(
            (sa.column("patient_id"), "="),
            (sa.column("slot"), "&&"),
            (sa.column("visit_id"), "<>"),
            where=sa.text("status IN ('HELD', 'BOOKED', 'CHECKED_IN')"),
            using="gist",
            name="one_visit_per_patient_slot",
        ),
""",
        "\n",
        f"{SLOTS}test_a_patient_cannot_see_two_doctors_at_once",
    ),
    Mutant(
        "overlap-swallowed",
        "I-01",
        "a slot that could not be taken is told as booked",
        SERVICE,
        """
        if version is None:
            raise await obstacle(appointments, slot_of(request))
""",
        "\n",
        f"{SLOTS}test_a_slot_that_another_patient_holds_is_taken",
    ),
    Mutant(
        "wrong-obstacle",
        "house style 8",
        "a patient who is elsewhere is told that the slot is taken",
        "activities/appointments/visits.py",
        "if await appointments.is_patient_busy(asked):",
        "if False:",
        f"{SLOTS}test_a_patient_cannot_see_two_doctors_at_once",
    ),
    Mutant(
        "day-overfull",
        "I-05",
        "a full day takes one more",
        SERVICE,
        "if load.visits >= offer.max_daily_appts:",
        "if load.visits > offer.max_daily_appts:",
        f"{SLOTS}test_a_full_day_takes_nobody_more",
    ),
    Mutant(
        "any-move",
        "I-08",
        "the trigger asks for no legal move",
        "db/guards.py",
        "IF was <> NEW.status AND NOT EXISTS (",
        "IF false AND NOT EXISTS (",
        f"{GUARDED}[status = 'COMPLETED', version = version + 1-legal_move]",
    ),
    Mutant(
        "any-version",
        "I-08",
        "the trigger lets versions leap",
        "db/guards.py",
        "NEW.version <> OLD.version + 1",
        "NEW.version <= OLD.version",
        f"{GUARDED}[notes = 'quietly', version = version + 2-version_step]",
    ),
    Mutant(
        "move-without-line",
        "I-08",
        "a move to another slot leaves no line in the history",
        "db/guards.py",
        "IF was <> NEW.status OR {has_changed} THEN",
        "IF was <> NEW.status THEN",
        f"{MOVES}test_the_history_says_where_a_visit_was_and_why_it_moved",
    ),
    Mutant(
        "doctor-without-line",
        "I-08",
        "a move to another doctor at the same hour leaves no line in the history",
        "db/guards.py",
        'guard("guard_visit", "slot", "doctor_id")',
        'guard("guard_visit", "slot")',
        f"{MOVES}test_a_move_to_another_doctor_at_the_same_hour_is_in_the_history",
    ),
    Mutant(
        "slot-without-end",
        "I-03",
        "a slot may have no end",
        TABLES,
        "AND NOT upper_inf(slot) AND lower_inc(slot)",
        "AND lower_inc(slot)",
        f"{GUARDED}[slot = tstzrange(lower(slot), NULL), version = version + 1-slot_shape]",
    ),
    Mutant(
        "lead-time",
        "I-06",
        "exactly two hours before the start it is too soon to book",
        "activities/doctors/slots.py",
        "if slot.start < self._earliest:",
        "if slot.start <= self._earliest:",
        "tests/activities/test_doctors.py::test_a_slot_is_offered_until_two_hours_before",
    ),
    Mutant(
        "slot-lost-yet-booked",
        "I-01",
        "a hold that ended is booked though somebody else has its slot",
        SERVICE,
        "is_gone = status is EXPIRED and not await is_free(appointments, process, slot)",
        "is_gone = False",
        f"{SLOTS}test_a_hold_that_ended_is_lost_when_someone_else_has_its_slot",
    ),
)
