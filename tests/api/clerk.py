"""Somebody who does by hand what the processes of visits and money do: by the real services."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from activities.appointments.contract import (
    CancelVisit,
    CompleteVisit,
    HoldMove,
    Move,
    SlotOf,
    TakeSlot,
    VisitNow,
)
from activities.appointments.service import AppointmentService
from activities.billing.contract import (
    ApplyCancellation,
    ApplyNoShow,
    ApplyPayment,
    GoesBack,
    Line,
    OpenBill,
    PriceOfVisit,
    QuoteCancellation,
    RepriceBill,
    ReservePayment,
    ReserveRefund,
    WaiveNoShow,
)
from activities.billing.service import BillingService
from activities.contract import Message, Money, Refusal, Visit
from activities.doctors.contract import CheckDoctor
from activities.doctors.service import DoctorService
from activities.offers import SlotOffer
from activities.payments.contract import (
    Method,
    OpenRefund,
    PayAtDesk,
    PaymentDeclined,
    PaymentStatus,
    RefundOf,
    RefundReason,
)
from activities.payments.service import PaymentService
from activities.process import Process
from api.processes import Begun
from tests.activities.bills import DUE
from tests.api.fakes import refused
from tests.examples import a_patient, a_process
from workflows.cancel_appointment import Cancel, asked
from workflows.check_in import CheckIn
from workflows.complete_visit import Complete
from workflows.mark_no_show import MarkNoShow
from workflows.refund_payment import RefundDecided, RefundPayment
from workflows.reschedule_appointment import Reschedule
from workflows.saga_workflow import Outcome, Status
from workflows.take_payment import PaymentTaken, TakePayment
from workflows.visit_changes import VisitChanged, changed
from workflows.waive_no_show import Waive

DECLINED = "pm_card_visa_chargeDeclinedInsufficientFunds"
HOLD = timedelta(minutes=10)


@dataclass(frozen=True)
class Booked:
    """A visit and its bill."""

    visit: Visit
    bill: OpenBill

    @property
    def path(self) -> str:
        return f"/v1/appointments/{self.visit.appointment_id}"


@dataclass
class Clerk:
    """Ends processes as their workflows would. A card is a note that says so; some are declined."""

    appointments: AppointmentService
    doctors: DoctorService
    billing: BillingService
    payments: PaymentService
    department_id: UUID
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def end(self, wanted: Begun[Any]) -> Outcome[Any]:
        process = a_process(wanted.id, self.clock())
        try:
            result = await self._do(process, wanted.request)
        except Refusal as refusal:
            return refused(refusal.code, **refusal.details)
        return Outcome(status=Status.DONE, result=result)

    async def offer(self, visit: Visit, at: datetime | None = None) -> SlotOffer:
        place = visit.model_dump(
            include={"doctor_id", "department_id", "slot_start", "service_type"}
        )
        return await self.doctors.check_doctor(
            a_process("check", at or self.clock()), CheckDoctor(**place)
        )

    async def book(
        self, doctor: UUID, start: datetime, patient: UUID, offer: SlotOffer | None = None
    ) -> Booked:
        """Book a visit, and open its bill; an offer of one's own may be for a day that is over."""
        visit = Visit(
            appointment_id=uuid4(),
            patient_id=patient,
            doctor_id=doctor,
            department_id=self.department_id,
            slot_start=start,
        )
        offer = offer or await self.offer(visit)
        process = a_process(f"book-{visit.appointment_id}", self.clock())
        slot = TakeSlot(visit=visit, offer=offer, patient=a_patient())
        await self.appointments.book_slot(process, slot)
        bill = bill_of(visit, offer)
        await self.billing.open_bill(process, bill)
        return Booked(visit, bill)

    async def pay(self, booked: Booked, amount: str = "105.00") -> UUID:
        """Take money at the desk, and put it on the bill."""
        request = TakePayment(
            payment_id=uuid4(),
            bill_id=booked.bill.bill_id,
            amount=Money(amount=Decimal(amount), currency="GBP"),
            method=Method.CASH,
        )
        await self._take(a_process(f"payment-{request.payment_id}", self.clock()), request)
        return request.payment_id

    async def give_back(self, part: GoesBack) -> None:
        """Hand back what came in at the desk."""
        process = a_process(f"cancel-{part.refund_id}", self.clock())
        refund = OpenRefund(
            **part.model_dump(),
            reason_code=RefundReason.HOSPITAL_CANCELLED,
            reason="the doctor is ill",
            process=process.id,
        )
        await self.payments.refunds.open_refund(process, refund)
        request = RefundOf(refund_id=part.refund_id)
        await self.payments.refunds.begin_request_refund(process, request)
        await self.payments.refunds.heard(None).requested(process, request)

    async def _do(self, process: Process, request: Message) -> Message:
        steps: Mapping[type[Message], Callable[[Process, Any], Awaitable[Message]]] = {
            Reschedule: self._move,
            Cancel: self._cancel,
            CheckIn: self._check_in,
            Complete: self._complete,
            MarkNoShow: self._miss,
            Waive: self._waive,
            TakePayment: self._take,
            RefundPayment: self._refund,
        }
        return await steps[type(request)](process, request)

    async def _check_in(self, process: Process, request: CheckIn) -> VisitChanged:
        return changed(await self.appointments.changes.check_in(process, of(request)))

    async def _complete(self, process: Process, request: Complete) -> VisitChanged:
        found = CompleteVisit(**request.model_dump(exclude={"treatment", "doctor_notes"}))
        return changed(await self.appointments.changes.complete_visit(process, found))

    async def _move(self, process: Process, request: Reschedule) -> VisitChanged:
        visit, changes = request.visit, self.appointments.changes
        offer = await self.offer(visit, process.accepted_at)
        hold = HoldMove(
            hold_id=request.hold_id,
            visit=visit,
            offer=offer,
            hold_until=process.accepted_at + HOLD,
            by=request.by,
            reason=request.reason,
        )
        await changes.hold_move(process, hold)
        fee, rate = offer.fee, offer.tax_rate
        price = PriceOfVisit(appointment_id=visit.appointment_id, fee=fee, tax_rate=rate)
        quote = await self.billing.prices.quote_move(price)
        if quote.due_now.amount and request.payment_method in (None, DECLINED):
            await changes.drop_move(process, hold)
            raise no(request.payment_method)
        moved = await changes.move(process, Move(move=hold))
        goes_back: tuple[GoesBack, ...] = ()
        if quote.changes_price:
            repriced = await self.billing.prices.reprice_bill(
                process,
                RepriceBill(
                    **price.model_dump(),
                    adjustment_id=uuid5(request.hold_id, "price"),
                    description="Consultation",
                    paid_by=request.payment_id if quote.due_now.amount else None,
                ),
            )
            goes_back = repriced.goes_back
        return changed(moved.now, refunds=goes_back)

    async def _cancel(self, process: Process, request: Cancel) -> VisitChanged:
        cancellations, changes = self.billing.cancellations, self.appointments.changes
        appointment_id, version = request.appointment_id, None
        if request.accept_fee:
            now = await self.appointments.read_visit(SlotOf(appointment_id=appointment_id))
            await cancellations.quote_cancellation(
                process,
                QuoteCancellation(
                    appointment_id=appointment_id,
                    asked=asked(request.by, now),
                    accept_fee=request.accept_fee,
                ),
            )
            version = now.version
        now = await changes.cancel(
            process,
            CancelVisit(
                appointment_id=appointment_id,
                by=request.by,
                reason=request.reason,
                version=version,
            ),
        )
        applied = await cancellations.apply_cancellation(
            process,
            ApplyCancellation(
                appointment_id=appointment_id,
                asked=asked(request.by, now),
                adjustment_id=uuid4(),
                reason=request.reason,
            ),
        )
        return changed(now, fee=applied.fee, rule=applied.rule, refunds=applied.goes_back)

    async def _miss(self, process: Process, request: MarkNoShow) -> VisitChanged:
        now: VisitNow = await self.appointments.changes.mark_no_show(process, of(request))
        applied = await self.billing.cancellations.apply_no_show(
            process,
            ApplyNoShow(
                appointment_id=request.appointment_id, terms=now.terms, adjustment_id=uuid4()
            ),
        )
        return changed(now, fee=applied.fee, refunds=applied.goes_back)

    async def _waive(self, process: Process, request: Waive) -> VisitChanged:
        now = await self.appointments.changes.check_waiver(process, of(request))
        waived = await self.billing.cancellations.waive_no_show(
            process,
            WaiveNoShow(
                appointment_id=request.appointment_id,
                adjustment_id=uuid4(),
                reason=request.reason,
            ),
        )
        return changed(now, fee=waived.fee, refunds=waived.goes_back)

    async def _take(self, process: Process, request: TakePayment) -> PaymentTaken:
        part = request.model_dump(include={"payment_id", "bill_id", "amount"})
        reserve = ReservePayment(**part)
        due = await self.billing.payments.reserve_payment(process, reserve)
        if request.payment_method == DECLINED:
            await self.billing.payments.release_payment(process, reserve)
            raise no(DECLINED)
        at_desk = PayAtDesk(
            **part,
            patient_id=due.patient_id,
            appointment_id=due.appointment_id,
            method=Method.CASH if request.method is Method.CARD else request.method,
            reference=request.reference,
        )
        await self.payments.record_at_desk(process, at_desk)
        await self.billing.payments.apply_payment(process, ApplyPayment(**part))
        return PaymentTaken(
            payment_id=request.payment_id,
            bill_id=request.bill_id,
            status=PaymentStatus.COMPLETED,
        )

    async def _refund(self, process: Process, request: RefundPayment) -> RefundDecided:
        part = request.model_dump(include={"refund_id", "payment_id", "amount"})
        await self.billing.refunds.reserve_refund(process, ReserveRefund(**part))
        opened = await self.payments.refunds.open_refund(
            process,
            OpenRefund(
                **part,
                reason_code=RefundReason.GOODWILL,
                reason=request.reason,
                process=process.id,
            ),
        )
        return RefundDecided(
            refund_id=request.refund_id, payment_id=request.payment_id, status=opened.status
        )


def of(request: CheckIn | MarkNoShow | Waive) -> SlotOf:
    return SlotOf(appointment_id=request.appointment_id)


def no(payment_method: str | None) -> PaymentDeclined:
    code = "insufficient_funds" if payment_method else "generic"
    return PaymentDeclined("the card company says no", {"decline_code": code})


def bill_of(visit: Visit, offer: SlotOffer) -> OpenBill:
    line = Line(description="Consultation", unit_price=offer.fee.amount, tax_rate=offer.tax_rate)
    return OpenBill(
        bill_id=uuid4(),
        patient_id=visit.patient_id,
        appointment_id=visit.appointment_id,
        currency=offer.fee.currency,
        lines=(line,),
        due_date=DUE,
    )
