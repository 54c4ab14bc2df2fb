"""What a client sent to change a booked visit → what a process is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from activities.contract import By, Message, Visit
from api.idempotency import Ids, Start, typed
from api.processes import Wanted
from api.resources.appointments import path_of
from api.resources.changes import Cancellation, Findings, NewTime, Waiver
from db.reading import Record
from workflows.cancel_appointment import Cancel, CancelAppointmentWorkflow
from workflows.check_in import CheckIn, CheckInWorkflow
from workflows.complete_visit import Complete, CompleteVisitWorkflow
from workflows.mark_no_show import MarkNoShow, MarkNoShowWorkflow
from workflows.reschedule_appointment import Reschedule, RescheduleAppointmentWorkflow
from workflows.visit_changes import VisitChanged
from workflows.waive_no_show import Waive, WaiveNoShowWorkflow

Change = Start[VisitChanged]


@dataclass(frozen=True)
class Kind:
    """A change of a visit: the name and the verb of its process, and how it is asked."""

    type: str
    verb: str
    told: str
    wanted: Callable[..., Wanted[VisitChanged]]

    def of(self, visit: Record, request: Callable[[Ids], Message], *mints: str) -> Change:
        appointment_id: UUID = visit["appointment_id"]

        def want(ids: Ids, correlation_id: str) -> Wanted[VisitChanged]:
            return self.wanted(
                id=f"{self.verb}-{appointment_id}-{ids['command']}",
                request=request(ids),
                summary=f"{self.told} {appointment_id}",
                about={
                    "AppointmentId": str(appointment_id),
                    "PatientId": str(visit["patient_id"]),
                    "DoctorId": str(visit["doctor_id"]),
                },
                correlation_id=correlation_id,
            )

        return Start(self.type, mints, want, path_of(appointment_id))


RESCHEDULE = Kind(
    "RescheduleAppointment",
    "reschedule",
    "Move",
    partial(
        Wanted,
        run=RescheduleAppointmentWorkflow.run,
        outcome=typed(RescheduleAppointmentWorkflow.outcome),
    ),
)
CANCEL = Kind(
    "CancelAppointment",
    "cancel",
    "Cancel",
    partial(
        Wanted, run=CancelAppointmentWorkflow.run, outcome=typed(CancelAppointmentWorkflow.outcome)
    ),
)
CHECK_IN = Kind(
    "CheckIn",
    "checkin",
    "Check in",
    partial(Wanted, run=CheckInWorkflow.run, outcome=typed(CheckInWorkflow.outcome)),
)
COMPLETE = Kind(
    "CompleteVisit",
    "complete",
    "Complete",
    partial(Wanted, run=CompleteVisitWorkflow.run, outcome=typed(CompleteVisitWorkflow.outcome)),
)
NO_SHOW = Kind(
    "MarkNoShow",
    "noshow",
    "Mark as missed",
    partial(Wanted, run=MarkNoShowWorkflow.run, outcome=typed(MarkNoShowWorkflow.outcome)),
)
WAIVE = Kind(
    "WaiveNoShow",
    "waive",
    "Waive the fee of",
    partial(Wanted, run=WaiveNoShowWorkflow.run, outcome=typed(WaiveNoShowWorkflow.outcome)),
)


def reschedule(visit: Record, body: NewTime, by: By) -> Change:
    """Ask for the visit as it shall be. It stays in its department, whoever sees the patient."""
    kept = ("appointment_id", "patient_id", "department_id", "service_type")
    wanted = Visit(
        **{name: visit[name] for name in kept},
        doctor_id=body.doctor_id or visit["doctor_id"],
        slot_start=body.slot_start,
    )

    def request(ids: Ids) -> Reschedule:
        return Reschedule(
            visit=wanted,
            hold_id=ids["hold_id"],
            payment_id=ids["payment_id"],
            payment_method=body.payment_method,
            by=by,
            reason=body.reason,
        )

    return RESCHEDULE.of(visit, request, "hold_id", "payment_id")


def cancel(visit: Record, body: Cancellation, by: By) -> Change:
    request = Cancel(
        appointment_id=visit["appointment_id"],
        by=by,
        reason=body.reason,
        accept_fee=body.accept_fee and body.accept_fee.money,
    )
    return CANCEL.of(visit, lambda _: request)


def check_in(visit: Record) -> Change:
    request = CheckIn(appointment_id=visit["appointment_id"])
    return CHECK_IN.of(visit, lambda _: request)


def complete(visit: Record, body: Findings) -> Change:
    request = Complete(appointment_id=visit["appointment_id"], **body.model_dump())
    return COMPLETE.of(visit, lambda _: request)


def mark_no_show(visit: Record) -> Change:
    request = MarkNoShow(appointment_id=visit["appointment_id"])
    return NO_SHOW.of(visit, lambda _: request)


def waive(visit: Record, body: Waiver) -> Change:
    request = Waive(appointment_id=visit["appointment_id"], reason=body.reason)
    return WAIVE.of(visit, lambda _: request)
