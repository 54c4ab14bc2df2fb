"""What a client sent about money → what a process is asked."""

from activities.payments.contract import Method
from api.idempotency import Ids, Start, typed
from api.processes import Wanted
from api.resources.payments import NewPayment
from api.resources.refunds import NewRefund
from db.reading import Record
from workflows.refund_payment import RefundDecided, RefundPayment, RefundPaymentWorkflow
from workflows.take_payment import PaymentTaken, TakePayment, TakePaymentWorkflow


def take(bill: Record, body: NewPayment) -> Start[PaymentTaken]:
    def want(ids: Ids, correlation_id: str) -> Wanted[PaymentTaken]:
        payment_id = ids["payment_id"]
        return Wanted(
            id=f"payment-{payment_id}",
            run=TakePaymentWorkflow.run,
            outcome=typed(TakePaymentWorkflow.outcome),
            request=TakePayment(
                payment_id=payment_id,
                bill_id=body.bill_id,
                amount=body.amount.money,
                method=Method(body.method),
                payment_method=body.payment_method,
                reference=body.reference,
            ),
            summary=f"Pay {body.bill_id}",
            about=about(bill),
            correlation_id=correlation_id,
        )

    return Start("TakePayment", ("payment_id",), want, "/v1/payments/{payment_id}")


def refund(payment: Record, body: NewRefund) -> Start[RefundDecided]:
    def want(ids: Ids, correlation_id: str) -> Wanted[RefundDecided]:
        refund_id = ids["refund_id"]
        return Wanted(
            id=f"refund-{refund_id}",
            run=RefundPaymentWorkflow.run,
            outcome=typed(RefundPaymentWorkflow.outcome),
            request=RefundPayment(
                refund_id=refund_id,
                payment_id=body.payment_id,
                amount=body.amount.money,
                reason=body.reason,
            ),
            summary=f"Give back {body.payment_id}",
            about=about(payment),
            correlation_id=correlation_id,
        )

    return Start("RefundPayment", ("refund_id",), want, "/v1/refunds/{refund_id}")


def about(row: Record) -> dict[str, str]:
    """Name whose money it is, and for which visit, if it is for one."""
    named = {"PatientId": row["patient_id"], "AppointmentId": row["appointment_id"]}
    return {name: str(value) for name, value in named.items() if value}
