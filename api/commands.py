"""What a client sent → what a process is asked. One function per command."""

from uuid import UUID

from activities.contract import Visit
from api.idempotency import Ids, Start, Update, typed
from api.processes import Wanted
from api.resources.appointments import NewAppointment, PaymentOfHold, Prepaid, path_of
from workflows.book_appointment import BookAppointment, BookAppointmentWorkflow, PayNow
from workflows.held_payment import Booking, Pay, Release

BOOKING = "BookAppointment"


def book(body: NewAppointment) -> Start[Booking]:
    def want(ids: Ids, correlation_id: str) -> Wanted[Booking]:
        appointment_id, payment = ids["appointment_id"], body.payment
        return Wanted(
            id=f"book-{appointment_id}",
            run=BookAppointmentWorkflow.run,
            outcome=typed(BookAppointmentWorkflow.outcome),
            request=BookAppointment(
                visit=Visit(
                    appointment_id=appointment_id,
                    **body.model_dump(exclude={"symptoms", "payment"}),
                ),
                bill_id=ids["bill_id"],
                pay=PayNow(payment_id=ids["payment_id"], payment_method=payment.payment_method)
                if isinstance(payment, Prepaid)
                else None,
                symptoms=body.symptoms,
            ),
            summary=f"Book {body.doctor_id} {body.slot_start:%Y-%m-%d %H:%MZ}",
            about={
                "AppointmentId": str(appointment_id),
                "PatientId": str(body.patient_id),
                "DoctorId": str(body.doctor_id),
            },
            correlation_id=correlation_id,
        )

    mints = ("appointment_id", "bill_id", "payment_id")
    return Start(BOOKING, mints, want, "/v1/appointments/{appointment_id}")


def pay(appointment_id: UUID, body: PaymentOfHold) -> Update[Booking]:
    return Update(
        type=BOOKING,
        workflow_id=f"book-{appointment_id}",
        name="pay",
        update=typed(BookAppointmentWorkflow.pay),
        request=lambda ids: Pay(command=ids["command"], payment_method=body.payment_method),
        resource=path_of(appointment_id),
    )


def release(appointment_id: UUID) -> Update[Booking]:
    return Update(
        type=BOOKING,
        workflow_id=f"book-{appointment_id}",
        name="release",
        update=typed(BookAppointmentWorkflow.release),
        request=lambda ids: Release(command=ids["command"]),
        resource=path_of(appointment_id),
        as_done="released",
    )
