"""Money that comes, goes back, and comes when nobody waits for it any more."""

from decimal import Decimal
from uuid import UUID

from temporalio.service import RPCError
from uuid_utils.compat import uuid7

from activities.contract import Money
from activities.payments.contract import Method
from tests.e2e.people import DOCTOR
from tests.histories.bookings import DECLINED
from tests.histories.recorder import Recorder, process_of
from tests.waiting import until
from workflows.book_appointment import BookAppointment
from workflows.refund_payment import RefundPayment, RefundPaymentWorkflow
from workflows.sweep_holds import SweepHoldsWorkflow
from workflows.take_payment import TakePayment, TakePaymentWorkflow

VISA, NEVER_REFUNDS = "pm_card_visa", "pm_sandbox_refundFails"
PRICE = Money(amount=Decimal("105.00"), currency="GBP")
A_PART = Money(amount=Decimal("20.00"), currency="GBP")
LOST = "its process was lost"
OVERDUE = """
    SELECT set_config('hms.trace', '{"workflow_id": "recorder"}', true);
    UPDATE app.appointments
    SET hold_expires_at = now() - interval '2 min', version = version + 1 WHERE status = 'HELD'
"""
PATIENCE = 60


async def payments(recorder: Recorder) -> None:
    async def take(name: str, patient: int, method: Method, card: str | None = None) -> UUID:
        booked = await recorder.booked(recorder.visit(patient, DOCTOR))
        workflow_id, request = paying(booked.bill_id, method, card)
        await recorder.run(name, TakePaymentWorkflow, workflow_id, request)
        return request.payment_id

    async def give_back(payment_id: UUID) -> str:
        request = RefundPayment(
            refund_id=uuid7(), payment_id=payment_id, amount=A_PART, reason="recorded"
        )
        workflow_id = f"refund-{request.refund_id}"
        await recorder.ask(RefundPaymentWorkflow, workflow_id, request)
        return workflow_id

    await take("payment-cash", 18, Method.CASH)
    await take("payment-declined", 19, Method.CARD, DECLINED)
    paid = await take("payment-card", 20, Method.CARD, VISA)
    await recorder.end("refund-completed", await give_back(paid))

    booked = await recorder.booked(recorder.visit(21, DOCTOR))
    stuck = await give_back(await pay(recorder, booked.bill_id, NEVER_REFUNDS))
    await recorder.decide(stuck, "retry")
    await recorder.decide(stuck, "skip")
    await recorder.end("refund-parked-and-skipped", stuck)


async def pay(recorder: Recorder, bill_id: UUID, card: str = VISA) -> UUID:
    """Pay a bill by card, and wait until nothing of it is under way."""
    workflow_id, request = paying(bill_id, Method.CARD, card)
    await recorder.ask(TakePaymentWorkflow, workflow_id, request)
    await recorder.client.get_workflow_handle(workflow_id).result()
    return request.payment_id


def paying(bill_id: UUID, method: Method, card: str | None) -> tuple[str, TakePayment]:
    request = TakePayment(
        payment_id=uuid7(), bill_id=bill_id, amount=PRICE, method=method, payment_method=card
    )
    return f"payment-{request.payment_id}", request


async def late_money(recorder: Recorder) -> None:
    """Pay for held slots at the gateway, when nobody waits for the money any more."""
    lost = await abandoned(recorder, 22)
    late = await paid_at_gateway(recorder, lost, is_captured=True)
    await recorder.end("late-payment-booked", late)
    told = (await recorder.client.get_workflow_handle(late).describe()).parent_id
    await recorder.end("gateway-event-late", told or "")

    lost = await abandoned(recorder, 23)
    late = await paid_at_gateway(recorder, lost, is_captured=False)
    await recorder.end("late-payment-let-go", late)

    lost = await abandoned(recorder, 24)
    await recorder.change("appointments", OVERDUE)
    await recorder.strike("sweep-holds", SweepHoldsWorkflow)
    await recorder.booked(recorder.visit(25, DOCTOR, lost.visit.slot_start))
    late = await paid_at_gateway(recorder, lost, is_captured=True)
    await recorder.end("late-payment-refunded", late)


async def abandoned(recorder: Recorder, patient: int) -> BookAppointment:
    """Hold a slot, and lose its process: nobody does that, and it must not cost any money."""
    visit = recorder.visit(patient, DOCTOR)
    request = await recorder.book(visit, is_held=True)
    await recorder.client.get_workflow_handle(process_of(visit)).terminate(LOST)
    return request


async def paid_at_gateway(recorder: Recorder, lost: BookAppointment, *, is_captured: bool) -> str:
    """Pay in the gateway's own form, and wait until somebody looks after the money."""
    payment_id = lost.pay and lost.pay.payment_id
    accounts = await recorder.gateway.accounts()
    (intent,) = (one.id for one in accounts if one.payment_id == str(payment_id))
    await recorder.gateway.deliver("hold")
    await recorder.gateway.confirm(intent)
    if is_captured:
        await recorder.gateway.capture(intent)
    await recorder.gateway.deliver("normal")
    late = f"late-payment-{payment_id}"

    async def is_looked_after() -> bool:
        try:
            await recorder.client.get_workflow_handle(late).describe()
        except RPCError:
            return False
        return True

    await until(is_looked_after, seconds=PATIENCE)
    return late
