"""What the clock starts touches nothing that is somebody's, and does everything once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from activities.appointments.contract import Stale, StaleKind
from activities.audit.contract import Anchor, AuditOutcome, Flaw
from activities.audit.contract import Verdict as ChainVerdict
from activities.facts import PaymentFact
from activities.findings import Finding
from activities.payments.contract import (
    CapturedPayment,
    PaymentStatus,
    UnmatchedEvent,
    Unsettled,
    UnsettledPayment,
    UnsettledRefund,
    Verdict,
)
from activities.users.contract import Outgoing
from tests.drive import Run, Start
from tests.examples import NOW
from tests.fakes.night import Night
from tests.outcomes import result_of
from tests.stage import Stage, Strike, Strikes, no_strikes
from tests.wire import Step
from workflows.audit_invariants import AuditInvariants, AuditInvariantsWorkflow
from workflows.reconcile_payments import ReconcilePayments, ReconcilePaymentsWorkflow
from workflows.ship_audit import ShipAudit, ShipAuditWorkflow
from workflows.sweep_holds import SweepHolds, SweepHoldsWorkflow

MICROSECOND = timedelta(microseconds=1)
WHOLE, ANCHORS = AuditInvariants(is_whole=True), AuditInvariants(is_whole=False)


def played(
    night: Night,
    workflow: type,
    request: object,
    strikes: Strikes = no_strikes,
    at: datetime = NOW,
) -> tuple[Stage, Run]:
    stage = Stage(night, strikes=strikes)
    stage.now = at
    stage.listening |= night.running
    run = stage.start(Start(workflow, request, "clock-2026-12-01T08:00:00Z", at))
    stage.play()
    run.replay()
    return stage, run


def report_of(run: Run) -> dict[str, object]:
    result = result_of(run)
    assert result["status"] == "DONE"
    told: dict[str, object] = result["result"]
    return told


def left_by(number: int, process: str, kind: StaleKind = StaleKind.HOLD) -> Stale:
    return Stale(appointment_id=UUID(int=number), workflow_id=process, kind=kind)


def a_finding(number: int = 1, *processes: str, visit: UUID | None = None) -> Finding:
    return Finding(
        check="C9", object_key=f"bill-{number}", processes=processes, appointment_id=visit
    )


def a_record(number: int) -> Outgoing:
    record_id = UUID(int=number)
    return Outgoing(
        action="LogIn",
        outcome="DONE",
        actor_role="PATIENT",
        object_type="account",
        record_id=record_id,
        source="api",
        record_key=str(record_id),
        at=NOW,
    )


def a_payment(number: int, *processes: str, visit: UUID | None = None) -> PaymentFact:
    return PaymentFact(
        payment_id=UUID(int=number),
        appointment_id=visit,
        is_completed=True,
        net="105.00",
        processes=processes,
    )


def an_unsettled(number: int, process: str, visit: UUID | None = None) -> UnsettledPayment:
    return UnsettledPayment(
        payment_id=UUID(int=number),
        bill_id=UUID(int=99),
        appointment_id=visit,
        status=PaymentStatus.PENDING,
        process=process,
    )


def struck(name: str, *, is_done: bool) -> Strikes:
    """Let every attempt of the steps of this name fail, three times each."""

    def strike(_: Run, step: Step, number: int) -> Strike:
        is_struck = step.id.partition(":")[0] == name and number <= 3
        return Strike("DatabaseFault", is_done=is_done) if is_struck else Strike()

    return strike


def steps_of(night: Callable[[], Night], workflow: type, request: object) -> set[str]:
    """Name the steps that a turn takes when all is well."""
    world = night()
    played(world, workflow, request)
    return {asked.partition(".")[2] for _, asked, _ in world.asked}


def left_behind() -> Night:
    night = Night()
    night.running = {"book-2", "reschedule-4"}
    night.stale = [
        left_by(1, "book-1"),
        left_by(2, "book-2"),
        left_by(3, "reschedule-3", StaleKind.MOVE),
        left_by(4, "reschedule-4", StaleKind.CHANGE),
        left_by(5, "reschedule-5", StaleKind.CHANGE),
    ]
    return night


@pytest.mark.parametrize("page", [1, 2, 5, 6, 500])
def test_a_sweep_lets_go_what_no_running_process_has_left(page: int) -> None:
    night = left_behind()

    _, run = played(night, SweepHoldsWorkflow, SweepHolds(page=page))

    assert sorted(one.int for one in night.released) == [1, 3, 5]
    assert {one.workflow_id for one in night.stale} == night.running
    assert report_of(run) == {"changes": 3, "still_running": 2}
    released = [entry for entry in night.audit.entries if entry.action == "ReleaseStale"]
    assert sorted((entry.details["left_by"], entry.details["kind"]) for entry in released) == [
        ("book-1", "HOLD"),
        ("reschedule-3", "MOVE"),
        ("reschedule-5", "CHANGE"),
    ]


def test_a_turn_that_changed_nothing_is_not_recorded() -> None:
    night = Night()

    for workflow, request in (
        (SweepHoldsWorkflow, SweepHolds()),
        (ShipAuditWorkflow, ShipAudit()),
        (AuditInvariantsWorkflow, WHOLE),
        (ReconcilePaymentsWorkflow, ReconcilePayments()),
    ):
        played(night, workflow, request)

    assert night.audit.entries == []


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", sorted(steps_of(left_behind, SweepHoldsWorkflow, SweepHolds())))
def test_a_sweep_that_is_broken_anywhere_does_the_same_once(step: str, is_done: bool) -> None:  # noqa: FBT001 - a parameter of the test
    night = left_behind()

    played(night, SweepHoldsWorkflow, SweepHolds(), struck(step, is_done=is_done))

    assert sorted(one.int for one in night.released) == [1, 3, 5]
    assert [entry.action for entry in night.audit.entries].count("ReleaseStale") == 3


def written_down() -> Night:
    night = Night()
    night.outbox = [a_record(number) for number in range(1, 6)]
    return night


@pytest.mark.parametrize("page", [1, 2, 5, 500])
def test_what_the_api_wrote_down_is_carried_over_in_its_order(page: int) -> None:
    night = written_down()

    _, run = played(night, ShipAuditWorkflow, ShipAudit(page=page))

    assert list(night.carried) == [str(one.record_id) for one in night.outbox]
    assert night.shipped == [one.record_id for one in night.outbox]
    assert night.carried[str(UUID(int=1))].outcome is AuditOutcome.DONE
    assert report_of(run) == {"records": 5}


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", sorted(steps_of(written_down, ShipAuditWorkflow, ShipAudit())))
def test_a_shipment_that_is_broken_anywhere_carries_each_record_once(
    step: str,
    is_done: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    night = written_down()

    played(night, ShipAuditWorkflow, ShipAudit(page=2), struck(step, is_done=is_done))

    assert list(night.carried) == [str(one.record_id) for one in night.outbox]
    assert night.shipped == [one.record_id for one in night.outbox]


def test_what_is_wrong_and_nobody_works_on_is_filed() -> None:
    night = Night()
    night.wrong["billing"] = [[a_finding(1, "cancel-1"), a_finding(2)]]

    _, run = played(night, AuditInvariantsWorkflow, WHOLE)

    assert set(night.findings) == {("C9", "bill-1"), ("C9", "bill-2")}
    assert report_of(run)["changes"] == 2
    assert [entry.action for entry in night.audit.entries] == ["AuditInvariants"]
    [closed] = night.closed
    assert closed.not_seen_since == NOW
    assert {"billing's own", "C8 bills and payments", "I-50 chain of records"} <= {*closed.checks}


VISIT = UUID(int=7)
NOT_AT_REST = {
    "its process runs": ([[a_finding(1, "cancel-1", "book-1")]], {"cancel-1"}, set()),
    "something is done about its visit": ([[a_finding(1, visit=VISIT)]], set(), {VISIT}),
    "it has put itself right": ([[a_finding(1)], []], set(), set()),
    "it is new": ([[a_finding(1)], [a_finding(2)]], set(), set()),
    "another process came meanwhile": (
        [[a_finding(1, "book-1")], [a_finding(1, "book-1", "cancel-9")]],
        set(),
        set(),
    ),
}


@pytest.mark.parametrize("why", NOT_AT_REST)
def test_what_is_not_at_rest_is_not_filed_but_stays_open_if_it_was(why: str) -> None:
    night = Night()
    said, night.running, night.busy = NOT_AT_REST[why]
    night.wrong["billing"] = [*said]

    played(night, AuditInvariantsWorkflow, WHOLE)

    assert night.findings == {}
    assert ("C9", "bill-1") in night.unsure


@pytest.mark.parametrize(
    ("at", "is_whole"),
    [
        (datetime(2026, 12, 1, 2, tzinfo=UTC) - MICROSECOND, False),
        (datetime(2026, 12, 1, 2, tzinfo=UTC), True),
        (datetime(2026, 12, 1, 3, tzinfo=UTC) - MICROSECOND, True),
        (datetime(2026, 12, 1, 3, tzinfo=UTC), False),
    ],
)
def test_everything_is_looked_at_in_one_hour_of_the_night(
    at: datetime,
    is_whole: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    night = Night()

    _, run = played(night, AuditInvariantsWorkflow, AuditInvariants(), at=at)

    looked = {asked for _, asked, _ in night.asked}
    assert ("billing.check_invariants" in looked) == is_whole
    assert report_of(run).get("is_whole", False) == is_whole


def test_a_chain_that_is_not_as_it_was_written_is_filed_at_once() -> None:
    night = Night()
    night.heads = [Anchor(source="api", seq=3, hash="a"), Anchor(source="sagas", seq=9, hash="b")]
    night.flawed["sagas", 4] = ChainVerdict(broken_seq=4, flaw=Flaw.CHANGED_CONTENT)

    _, run = played(night, AuditInvariantsWorkflow, ANCHORS)

    [found] = night.findings.values()
    assert (found.object_key, found.details) == ("sagas:4", {"flaw": "changed-content"})
    assert report_of(run)["heads"] == [head.model_dump() for head in night.heads]


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", ["check_invariants", "find_running", "file_findings"])
def test_a_look_that_is_broken_finds_the_same(step: str, is_done: bool) -> None:  # noqa: FBT001 - a parameter of the test
    night = Night()
    night.wrong["billing"] = [[a_finding(1)]]

    played(night, AuditInvariantsWorkflow, WHOLE, struck(step, is_done=is_done))

    assert set(night.findings) == {("C9", "bill-1")}


def unsettled() -> Night:
    """Payments of every kind: 1 and 2 are worked on, the others are not."""
    night = Night()
    night.running, night.busy = {"book-1"}, {VISIT}
    night.unsettled = [
        Unsettled(
            payments=(
                an_unsettled(1, "book-1"),
                an_unsettled(2, "book-2", VISIT),
                an_unsettled(3, "book-3"),
            ),
            events=(UnmatchedEvent(event_id="evt_1", type="x", object_reference="pi_9"),),
            next=UUID(int=3),
        ),
        Unsettled(
            payments=(an_unsettled(4, "book-4"), an_unsettled(5, "book-5")),
            refunds=(
                UnsettledRefund(refund_id=UUID(int=50), payment_id=UUID(int=5), process="cancel-5"),
            ),
        ),
    ]
    night.verdicts = {
        UUID(int=3): Verdict.CAPTURED_UNKNOWN,
        UUID(int=4): Verdict.AUTHORISED_STRAY,
    }
    night.statuses = {UUID(int=5): PaymentStatus.PENDING}
    return night


def test_who_works_on_a_payment_is_told_to_ask_and_what_nobody_works_on_is_looked_after() -> None:
    night = unsettled()

    stage, run = played(night, ReconcilePaymentsWorkflow, ReconcilePayments())

    assert stage.told == [("book-1", "gateway_event")]
    assert sorted(one.int for one in night.compared) == [3, 4, 5]
    assert sorted(stage.children) == [f"late-payment-{UUID(int=3)}", f"late-payment-{UUID(int=4)}"]
    wrong = {key: finding.details["wrong"] for (_, key), finding in night.findings.items()}
    assert wrong == {
        "evt_1": "x of pi_9",
        str(UUID(int=3)): "CAPTURED_UNKNOWN",
        str(UUID(int=4)): "AUTHORISED_STRAY",
        str(UUID(int=5)): "pending, and nobody works on it",
        str(UUID(int=50)): "a refund that nobody carries out",
    }
    told = report_of(run)
    assert (told["nudged"], told["begun"], told["findings"], told["compared"]) == (1, 2, 5, 3)
    assert told["day"] == "2026-11-30"


def test_every_payment_of_the_day_is_compared_once_unless_a_process_is_at_work_on_it() -> None:
    night = Night()
    night.running, night.busy = {"cancel-2"}, {VISIT}
    night.captured = [
        CapturedPayment(reference="pi_8"),
        CapturedPayment(reference="pi_9", payment_id=UUID(int=9)),
        CapturedPayment(reference="pi_4", payment_id=UUID(int=4), status=PaymentStatus.FAILED),
    ]
    night.changed = [
        a_payment(1, "book-1"),
        a_payment(2, "book-2", "cancel-2"),
        a_payment(3, visit=VISIT),
        a_payment(4, "book-4"),
        a_payment(5, "book-5"),
    ]
    night.verdicts = {
        UUID(int=4): Verdict.CAPTURED_UNKNOWN,
        UUID(int=5): Verdict.AMOUNT_DIFFERS,
    }

    stage, run = played(night, ReconcilePaymentsWorkflow, ReconcilePayments(day=date(2026, 11, 29)))

    assert sorted(one.int for one in night.compared) == [1, 4, 5]
    assert list(stage.children) == [f"late-payment-{UUID(int=4)}"]
    assert {key for _, key in night.findings} == {
        *("pi_8", "pi_9"),
        *(str(UUID(int=4)), str(UUID(int=5))),
    }
    unsettled_ones, agreed = night.closed
    assert (unsettled_ones.checks, unsettled_ones.keys) == (("I-39 not settled",), None)
    assert agreed.keys == (str(UUID(int=1)),)
    assert report_of(run)["day"] == "2026-11-29"


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "step", sorted(steps_of(unsettled, ReconcilePaymentsWorkflow, ReconcilePayments()))
)
def test_a_reconciliation_that_is_broken_anywhere_ends_alike(step: str, is_done: bool) -> None:  # noqa: FBT001 - a parameter of the test
    whole, night = unsettled(), unsettled()
    played(whole, ReconcilePaymentsWorkflow, ReconcilePayments())

    stage, _ = played(
        night,
        ReconcilePaymentsWorkflow,
        ReconcilePayments(),
        struck(step, is_done=is_done),
    )

    assert night.findings == whole.findings
    assert len(stage.children) == 2


def test_money_is_never_given_back_by_a_reconciliation() -> None:
    night = unsettled()

    played(night, ReconcilePaymentsWorkflow, ReconcilePayments())

    steps = {asked for _, asked, _ in night.asked}
    assert not steps & {"payments.open_refund", "payments.request_refund", "payments.capture"}
