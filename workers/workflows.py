"""Hosts every workflow; holds no credentials of any database."""

from collections.abc import Iterable
from datetime import timedelta

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from workflows.appointment_lifecycle import LIFECYCLES, SAGAS, AppointmentLifecycleWorkflow
from workflows.audit_invariants import AuditInvariantsWorkflow
from workflows.book_appointment import BookAppointmentWorkflow
from workflows.cancel_appointment import CancelAppointmentWorkflow
from workflows.check_in import CheckInWorkflow
from workflows.complete_visit import CompleteVisitWorkflow
from workflows.late_payment import LatePaymentWorkflow
from workflows.mark_no_show import MarkNoShowWorkflow
from workflows.onboard_doctor import OnboardDoctorWorkflow
from workflows.reconcile_payments import ReconcilePaymentsWorkflow
from workflows.record_gateway_event import RecordGatewayEventWorkflow
from workflows.refund_payment import RefundPaymentWorkflow
from workflows.register_patient import RegisterPatientWorkflow
from workflows.reschedule_appointment import RescheduleAppointmentWorkflow
from workflows.set_department import SetDepartmentWorkflow
from workflows.set_schedule import SetScheduleWorkflow
from workflows.set_specialization import SetSpecializationWorkflow
from workflows.ship_audit import ShipAuditWorkflow
from workflows.sweep_holds import SweepHoldsWorkflow
from workflows.take_payment import TakePaymentWorkflow
from workflows.waive_no_show import WaiveNoShowWorkflow

PROCESSES = [
    AuditInvariantsWorkflow,
    BookAppointmentWorkflow,
    CancelAppointmentWorkflow,
    CheckInWorkflow,
    CompleteVisitWorkflow,
    LatePaymentWorkflow,
    MarkNoShowWorkflow,
    OnboardDoctorWorkflow,
    ReconcilePaymentsWorkflow,
    RecordGatewayEventWorkflow,
    RefundPaymentWorkflow,
    RegisterPatientWorkflow,
    RescheduleAppointmentWorkflow,
    SetDepartmentWorkflow,
    SetScheduleWorkflow,
    SetSpecializationWorkflow,
    ShipAuditWorkflow,
    SweepHoldsWorkflow,
    TakePaymentWorkflow,
    WaiveNoShowWorkflow,
]
LIVES = [AppointmentLifecycleWorkflow]
CACHED = 5000
"""Must exceed the open processes and the lives woken within a minute, or each wake-up replays."""


def strict_runner() -> SandboxedWorkflowRunner:
    """Run workflows as tests and replays do: every module that is not ours to trust is fenced."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules("activities")
    )


def quick_runner() -> SandboxedWorkflowRunner:
    """Run workflows as production does: what tests have fenced need not be loaded again."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_all_modules()
    )


def workers(
    client: Client, graceful: timedelta, runner: SandboxedWorkflowRunner | None = None
) -> Iterable[Worker]:
    """Make two workers: processes that end within minutes, and lives that last for weeks."""
    # Its ids are fields of each line, not a part of the event's name.
    workflow.logger.workflow_info_on_message = False
    for queue, workflows in ((SAGAS, PROCESSES), (LIFECYCLES, LIVES)):
        yield Worker(
            client,
            task_queue=queue,
            workflows=workflows,
            workflow_runner=runner or quick_runner(),
            max_cached_workflows=CACHED,
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
            workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
            no_remote_activities=True,
            graceful_shutdown_timeout=graceful,
        )
