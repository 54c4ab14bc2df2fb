"""What the clock starts, on the real engine, real databases and the gateway's stand-in."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from temporalio.client import (
    Client,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionStartWorkflow,
    ScheduleHandle,
)
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from activities.analytics.activities import AnalyticsActivities
from activities.analytics.service import AnalyticsService
from activities.appointments.activities import AppointmentActivities
from activities.appointments.service import AppointmentService
from activities.audit.activities import AuditActivities
from activities.audit.contract import Append, AuditOutcome, ProcessesOf
from activities.audit.engine import find_running
from activities.audit.service import AuditService
from activities.billing.activities import BillingActivities
from activities.billing.service import BillingService
from activities.doctors.activities import DoctorActivities
from activities.doctors.service import DoctorService
from activities.notifications.activities import NotificationActivities
from activities.notifications.mailer import MailServer, SmtpMailer
from activities.notifications.service import NotificationService
from activities.patients.activities import PatientActivities
from activities.patients.service import PatientService
from activities.payments.contract import OpenPayment
from activities.payments.service import PaymentService
from activities.users.activities import UserActivities
from activities.users.outbox import OutboxService
from ops.schedules import every, schedule_of
from tests.activities.planted_bugs import PLANTED
from tests.activities.till import Till, a_payment, an_authorisation, open_till
from tests.activities.whole import NAMED, OTHER, PAID, UNPAID, Whole, a_visit, opened
from tests.conftest import EngineOf
from tests.deploy.peers import PaymentPeer
from tests.examples import a_process, a_slot
from tests.waiting import until
from workers.hosting import Hosted
from workers.workflows import strict_runner, workers
from workflows.audit_invariants import AuditInvariants, AuditInvariantsWorkflow
from workflows.reconcile_payments import ReconcilePayments, ReconcilePaymentsWorkflow
from workflows.ship_audit import ShipAuditWorkflow
from workflows.sweep_holds import SweepHoldsWorkflow

NOBODY = MailServer("127.0.0.1", 1, "nobody@example.org")
MOMENT = timedelta(milliseconds=100)
WHOLE = AuditInvariants(is_whole=True, pause=MOMENT)
APPOINTMENT = SearchAttributeKey.for_keyword("AppointmentId")
OVERDUE = """
    UPDATE app.appointments SET hold_expires_at = now() - interval '2 min' WHERE status = 'HELD'
"""
CLAIM = """
    UPDATE app.appointments SET changed_by = '{by}', changed_since = now() - interval '16 min'
    WHERE appointment_id = '{visit}'
"""
LONG_AGO = "UPDATE app.payment_changes SET accepted_at = now() - interval '20 min'"


@pytest.fixture(scope="module")
def card_company() -> Iterator[PaymentPeer]:
    with tempfile.TemporaryDirectory(prefix="hms-peer-") as folder:
        peer = PaymentPeer(Path(folder))
        yield peer
        peer.close()


@dataclass
class Shift:
    """Everybody who works at night."""

    whole: Whole
    audit: AuditService
    till: Till
    temporal: Client

    async def turn(self, workflow: Any, *request: object) -> Any:  # noqa: ANN401 - any of the four
        """Let the clock strike once, and tell what came of it."""
        name = f"{workflow.__name__}-{uuid4()}"
        async with asyncio.timeout(30):
            end = await self.temporal.execute_workflow(
                workflow.run, *request, id=name, task_queue="sagas"
            )
        assert end.status == "DONE"
        return end.result

    async def begin(self, id: str, visit: UUID | None = None, type: str = "Somebody") -> None:
        """Begin a process that nobody carries on."""
        about = [SearchAttributePair(APPOINTMENT, str(visit))] if visit else []
        await self.temporal.start_workflow(
            type, id=id, task_queue="nobody", search_attributes=TypedSearchAttributes(about)
        )

    async def rows(self, service: str, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.whole.superuser[service].fetch(query)]

    async def findings(self) -> set[tuple[str, str]]:
        query = "SELECT check_name, object_key FROM app.findings WHERE resolved_at IS NULL"
        return {(check, key) for check, key in await self.rows("audit", query)}


@pytest.fixture(scope="module")
async def till(
    client: Client, engine_of: EngineOf, card_company: PaymentPeer
) -> AsyncIterator[Till]:
    """Open the till, with everybody else at work as well."""
    async with AsyncExitStack() as stack:
        payments = PaymentService(engine_of("payments"))
        till = await stack.enter_async_context(open_till(payments, card_company))
        at_work = [
            *(
                Hosted(name, name, door, engine_of(name), slots=4).worker(client, MOMENT)
                for name, door in doors_of(engine_of, till).items()
            ),
            *workers(client, MOMENT, strict_runner()),
        ]
        for worker in at_work:
            await stack.enter_async_context(worker)
        yield till
        # All at once: each waits for its own steps.
        await asyncio.gather(*(worker.shutdown() for worker in at_work))


def doors_of(engine_of: EngineOf, till: Till) -> dict[str, object]:
    mailer = SmtpMailer(NOBODY)
    return {
        "analytics": AnalyticsActivities(AnalyticsService(engine_of("analytics"))),
        "appointments": AppointmentActivities(AppointmentService(engine_of("appointments"))),
        "audit": AuditActivities(AuditService(engine_of("audit"))),
        "billing": BillingActivities(BillingService(engine_of("billing"))),
        "doctors": DoctorActivities(DoctorService(engine_of("doctors"))),
        "notifications": NotificationActivities(
            NotificationService(engine_of("notifications")), mailer
        ),
        "patients": PatientActivities(PatientService(engine_of("patients"))),
        "payments": till.door,
        "users": UserActivities(OutboxService(engine_of("users"))),
    }


@pytest.fixture
async def shift(
    client: Client,
    engine_of: EngineOf,
    superuser: dict[str, asyncpg.Connection],
    till: Till,
    emptied: None,  # noqa: ARG001
) -> Shift:
    whole = await opened(engine_of, superuser)
    return Shift(whole, AuditService(engine_of("audit")), till, client)


async def hold(shift: Shift, visit: UUID, process: str, hours: int) -> None:
    slot = a_slot(a_visit(visit, hours), held=True)
    await shift.whole.appointments.hold_slot(a_process(process), slot)


async def test_a_sweep_asks_the_engine_whose_hold_it_is(shift: Shift) -> None:
    running, over = f"book-{uuid4()}", f"book-{uuid4()}"
    await shift.begin(running)
    await hold(shift, OTHER, running, 3)
    await hold(shift, UUID(int=0x1D), over, 4)
    await shift.whole.plant("appointments", OVERDUE)
    await shift.whole.plant("appointments", CLAIM.format(by=running, visit=PAID))
    await shift.whole.plant("appointments", CLAIM.format(by=over, visit=UNPAID))

    swept = await shift.turn(SweepHoldsWorkflow)

    assert (swept.changes, swept.still_running) == (2, 2)
    query = "SELECT appointment_id, status, changed_by FROM app.appointments ORDER BY 1"
    assert await shift.rows("appointments", query) == [
        (PAID, "BOOKED", running),
        (UNPAID, "BOOKED", None),
        (OTHER, "HELD", None),
        (UUID(int=0x1D), "EXPIRED", None),
    ]
    query = "SELECT object_id, details ->> 'left_by' FROM app.records WHERE action = 'ReleaseStale'"
    assert set(await shift.rows("audit", query)) == {
        (str(UNPAID), over),
        (str(UUID(int=0x1D)), over),
    }


async def test_the_engine_tells_who_runs_and_what_is_done_about_a_visit(shift: Shift) -> None:
    busy, alive, idle = uuid4(), uuid4(), uuid4()
    open_one, ended = f"cancel-{busy}", f"noshow-{idle}"
    await shift.begin(open_one, busy)
    await shift.begin(f"appointment-{alive}", alive, "AppointmentLifecycleWorkflow")
    await shift.begin(ended, idle)
    await shift.temporal.get_workflow_handle(ended).terminate()
    asked = ProcessesOf(ids=(open_one, ended, "book-nobody"), appointments=(busy, alive, idle))

    # What the engine lists is a moment behind what it knows.
    told = await until(
        lambda: find_running(shift.temporal, asked), lambda it: it.appointments == (busy,)
    )

    assert told.ids == (open_one,)


async def test_the_outbox_is_carried_over_once(shift: Shift) -> None:
    await shift.whole.superuser["users"].execute("""
        INSERT INTO app.audit_outbox (record_id, entry)
        SELECT gen_random_uuid(), jsonb_build_object('source', 'api', 'record_key', 'key-' || n,
          'at', now(), 'action', 'LogIn', 'outcome', 'DONE', 'actor_role', 'PATIENT',
          'object_type', 'account') FROM generate_series(1, 3) n""")

    told = [(await shift.turn(ShipAuditWorkflow)).records for _ in range(2)]

    assert told == [3, 0]
    query = "SELECT record_key FROM app.records WHERE source = 'api' ORDER BY seq"
    assert {key for (key,) in await shift.rows("audit", query)} == {"key-1", "key-2", "key-3"}
    query = "SELECT count(*) FROM app.audit_outbox WHERE shipped_at IS NULL"
    assert await shift.rows("users", query) == [(0,)]


async def test_a_bug_is_a_finding_until_it_is_gone(shift: Shift) -> None:
    bug = PLANTED["a bill is not the sum of its settlements"]
    await shift.whole.plant(bug.service, bug.statements)

    told = [(await shift.turn(AuditInvariantsWorkflow, WHOLE)).changes for _ in range(2)]

    assert told == [1, 0]
    assert await shift.findings() == {(bug.check, bug.key.format(**NAMED))}
    await shift.whole.plant("billing", "UPDATE app.settlements SET amount = 105")
    assert (await shift.turn(AuditInvariantsWorkflow, WHOLE)).changes == 1
    assert await shift.findings() == set()


async def test_a_look_that_takes_many_runs_finds_the_same(shift: Shift) -> None:
    bug = PLANTED["the books differ by a penny"]
    await shift.whole.plant(bug.service, bug.statements)

    audited = await shift.turn(AuditInvariantsWorkflow, WHOLE.model_copy(update={"pages": 3}))

    assert audited.changes == 1
    assert await shift.findings() == {(bug.check, bug.key.format(**NAMED))}


async def test_what_a_process_is_at_work_on_is_no_finding_yet(shift: Shift) -> None:
    process = f"reschedule-{UNPAID}-{uuid4()}"
    await shift.whole.plant("appointments", CLAIM.format(by=process, visit=UNPAID))
    await shift.begin(process)

    assert (await shift.turn(AuditInvariantsWorkflow, WHOLE)).changes == 0

    await shift.temporal.get_workflow_handle(process).terminate()
    assert (await shift.turn(AuditInvariantsWorkflow, WHOLE)).changes == 1
    assert await shift.findings() == {("C3 left behind", str(UNPAID))}


async def test_only_who_has_ended_must_be_on_record(shift: Shift) -> None:
    bug = PLANTED["who booked a visit is not on record"]
    await shift.whole.plant(bug.service, bug.statements)
    await shift.begin(bug.key)

    assert (await shift.turn(AuditInvariantsWorkflow, WHOLE)).changes == 0

    await shift.temporal.get_workflow_handle(bug.key).terminate()
    assert (await shift.turn(AuditInvariantsWorkflow, WHOLE)).changes == 1
    assert await shift.findings() == {(bug.check, bug.key)}


async def test_a_chain_that_was_written_anew_does_not_fit_the_anchor_of_the_turn_before(
    shift: Shift,
) -> None:
    wanted = schedule_of(f"audit-{uuid4()}", AuditInvariantsWorkflow, every(timedelta(days=9)))
    # At night it would look at everything: what is asked here does not depend on the hour.
    assert isinstance(wanted.action, ScheduleActionStartWorkflow)
    wanted.action.args = [AuditInvariants(is_whole=False)]
    schedule = await shift.temporal.create_schedule(f"audit-{uuid4()}", wanted)
    await write_down(shift, "first")
    await strike(shift, schedule)
    assert await shift.findings() == set()
    [(written,)] = await shift.rows("audit", "SELECT count(*) FROM app.records")

    await shift.whole.superuser["audit"].execute("TRUNCATE app.records, app.inbox")
    for _ in range(written):
        await write_down(shift, "second")
    await strike(shift, schedule)

    assert await shift.findings() == {("I-50 chain of records", f"sagas:{written}")}
    await schedule.delete()


async def write_down(shift: Shift, action: str) -> None:
    entry = Append(action=action, outcome=AuditOutcome.DONE, object_type="appointment")
    await shift.audit.append(a_process(f"book-{uuid4()}"), entry)


async def strike(shift: Shift, schedule: ScheduleHandle) -> None:
    """Let the clock strike now, and wait until its turn is over."""

    async def begun() -> list[str]:
        done = (await schedule.describe()).info.recent_actions
        actions = (one.action for one in done)
        return [
            one.workflow_id
            for one in actions
            if isinstance(one, ScheduleActionExecutionStartWorkflow)
        ]

    before = await begun()
    # Two turns of one second would have the same id.
    await asyncio.sleep(1)
    await schedule.trigger()
    *_, last = await until(begun, lambda now: len(now) > len(before))
    async with asyncio.timeout(30):
        await shift.temporal.get_workflow_handle(last).result()


async def test_money_that_nobody_waits_for_any_more_is_looked_after(shift: Shift) -> None:
    late, stray = await reserve(shift), await reserve(shift)
    shift.till.capture_outside(late)
    await shift.whole.plant("payments", LONG_AGO)

    told = await shift.turn(ReconcilePaymentsWorkflow, ReconcilePayments())

    assert told.begun >= 1
    captured = shift.temporal.get_workflow_handle(f"late-payment-{late.payment_id}")
    await until(captured.describe)
    row = await until(
        lambda: shift.till.row(late.payment_id), lambda now: now.status == "COMPLETED"
    )
    assert str(row.captured) == "105.00"
    assert ("I-39 not settled", str(late.payment_id)) in await shift.findings()
    # It is no stray before an hour is over, but nobody works on it.
    assert ("I-39 not settled", str(stray.payment_id)) in await shift.findings()
    await captured.terminate()


async def reserve(shift: Shift) -> OpenPayment:
    payment, process = a_payment(), f"book-{uuid4()}"
    await shift.till.do(shift.till.door.open_payment, payment, process=process)
    await shift.till.do(shift.till.door.authorise, an_authorisation(payment), process=process)
    return payment


async def test_who_still_works_on_a_payment_is_asked_to_look(shift: Shift) -> None:
    await shift.begin("book-1")
    await shift.till.reserve()
    await shift.whole.plant("payments", LONG_AGO)

    told = await shift.turn(ReconcilePaymentsWorkflow, ReconcilePayments())

    handle = shift.temporal.get_workflow_handle("book-1")
    events = [event async for event in handle.fetch_history_events()]
    signals = [event.workflow_execution_signaled_event_attributes.signal_name for event in events]
    assert "gateway_event" in signals
    assert (told.nudged, told.begun, told.findings) == (1, 0, 0)
    await handle.terminate()
