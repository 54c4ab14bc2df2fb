"""Whoever changes something is on record, and changes nothing any more once it was undone."""

import pytest

from activities import checks
from activities.audit.contract import AuditOutcome
from tests.activities.planted_bugs import PLANTED
from tests.activities.whole import NAMED, OTHER, Whole, a_visit, an_end
from tests.examples import a_process, a_slot
from workflows import looks

LATE = """
    UPDATE app.appointment_changes SET created_at = created_at + interval '{seconds} s'
    WHERE workflow_id = 'book-c'
"""
FORGOTTEN = "DELETE FROM app.inbox WHERE workflow_id = 'book-c'"
UNRECORDED_BUGS = ("who opened a bill is not on record", "who took money is not on record")
UNRECORDED, FENCE = "I-51 change on record", "I-22 change after the end"


async def let_go(whole: Whole) -> None:
    slot, process = a_slot(a_visit(OTHER, 3), held=True), a_process("book-c")
    await whole.appointments.hold_slot(process, slot)
    await whole.appointments.release_slot(process, slot)


@pytest.mark.parametrize(
    ("outcome", "refusal", "seconds", "is_found"),
    [
        (AuditOutcome.FAILED, "", 2, True),
        (AuditOutcome.REFUSED, "slot-taken", 2, True),
        # Two servers' clocks are never quite the same.
        (AuditOutcome.FAILED, "", 0, False),
        # It was past its pivot, or had one: what it had begun it finishes.
        (AuditOutcome.REFUSED, "hold-expired", 2, False),
        (AuditOutcome.DONE, "", 2, False),
    ],
)
async def test_a_process_that_was_undone_changes_nothing_any_more(
    whole: Whole, outcome: AuditOutcome, refusal: str, seconds: int, *, is_found: bool
) -> None:
    await whole.process("book-c", outcome=outcome, refusal=refusal)
    await let_go(whole)

    await whole.plant("appointments", LATE.format(seconds=seconds))

    assert await whole.found() == ({(FENCE, "book-c")} if is_found else set())


async def test_a_process_that_ended_otherwise_after_a_reset_is_judged_by_its_last_end(
    whole: Whole,
) -> None:
    await whole.process("book-c", outcome=AuditOutcome.FAILED)
    again = an_end().model_copy(update={"part": "again"})
    await whole.audit.append(a_process("book-c"), again)
    await let_go(whole)

    await whole.plant("appointments", LATE.format(seconds=2))

    assert await whole.found() == set()


async def test_what_was_recorded_of_a_process_beside_its_end_is_a_record(whole: Whole) -> None:
    swept = an_end().model_copy(update={"part": f"HOLD:{OTHER}"})
    await whole.audit.append(a_process("book-c"), swept)

    await let_go(whole)

    assert await whole.found() == set()


async def test_whoever_changed_a_visit_and_is_not_on_record_is_found(whole: Whole) -> None:
    await let_go(whole)

    assert await whole.found() == {(UNRECORDED, "book-c")}


async def test_pages_of_facts_are_looked_at_one_after_the_other(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (checks, looks):
        monkeypatch.setattr(module, "PAGE", 1)
    bugs = [PLANTED[bug] for bug in ("a visit was booked sooner than it may be", *UNRECORDED_BUGS)]

    for bug in bugs:
        await whole.plant(bug.service, bug.statements)

    assert await whole.found() == {(bug.check, bug.key.format(**NAMED)) for bug in bugs}


async def test_what_the_inbox_forgot_is_not_asked_for(whole: Whole) -> None:
    await let_go(whole)

    await whole.plant("appointments", FORGOTTEN)

    assert await whole.found() == set()
