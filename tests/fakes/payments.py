"""The payments' service, in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from activities.contract import (
    Money,
    PaymentNotCompleted,
    RefundExceedsPayment,
    Undone,
    UnknownReference,
)
from activities.payments.contract import (
    Authorisation,
    Authorise,
    EventRecorded,
    GatewayEvent,
    LateMoney,
    Method,
    OpenPayment,
    OpenRefund,
    PayAtDesk,
    PaymentDeclined,
    PaymentOf,
    PaymentOpened,
    PaymentState,
    PaymentStatus,
    RefundOf,
    RefundState,
    RefundStatus,
)
from activities.process import Process
from tests.fakes.gateway import (
    AUTHORISED,
    CANCELED,
    CAPTURABLE,
    CAPTURED,
    NEEDS_ACTION,
    Gateway,
    Intent,
)
from tests.fakes.inbox import Inbox, key_of, once

NOTHING = Decimal(0)


@dataclass
class Payment:
    bill_id: UUID
    appointment_id: UUID | None
    patient_id: UUID
    amount: Money
    process: str
    method: Method = Method.CARD
    status: PaymentStatus = PaymentStatus.PENDING
    is_authorised: bool = False
    is_unclaimed: bool = False
    """It was given up, and the money came all the same: somebody must look after it."""


@dataclass
class Refund:
    payment_id: UUID
    amount: Money
    status: RefundStatus = RefundStatus.PENDING


@dataclass
class Payments:
    inbox: Inbox = field(repr=False)
    gateway: Gateway = field(default_factory=Gateway)
    payments: dict[UUID, Payment] = field(default_factory=dict)
    refunds: dict[UUID, Refund] = field(default_factory=dict)
    drawer: dict[UUID, Decimal] = field(default_factory=dict)
    """What the desk holds of each payment that it took."""
    events: dict[str, bool] = field(default_factory=dict)
    """The gateway's events that were kept, and whether they were news."""
    refunding: list[RefundStatus] = field(default_factory=list)
    """How refunds stand, each time that somebody asks; completed, when nothing is left here."""

    @property
    def net(self) -> Decimal:
        """What came in and did not go back, at the gateway and at the desk."""
        return self.gateway.net + sum(self.drawer.values(), NOTHING)

    @once
    def open_payment(self, _: Process, request: OpenPayment) -> PaymentOpened:
        self._open(request)
        return PaymentOpened(client_secret=f"secret of {request.payment_id}")

    @once
    def authorise(self, process: Process, request: Authorise) -> Authorisation:
        self._check_alive(process)
        if request.opens and request.payment_id not in self.payments:
            self._open(request.opens)
        state = self.gateway.authorise(request.payment_id, request.payment_method)
        if state in (AUTHORISED, CAPTURED):
            self.payments[request.payment_id].is_authorised = True
            return Authorisation(is_authorised=True)
        if state is NEEDS_ACTION:
            return Authorisation(is_authorised=False, next_action={"type": "redirect"})
        raise PaymentDeclined("no", {"decline_code": "generic"})

    @once
    def capture(self, process: Process, request: PaymentOf) -> PaymentState:
        self._check_alive(process)
        if self.gateway.capture(request.payment_id) is not CAPTURED:
            raise PaymentDeclined("no", {"decline_code": "insufficient_funds"})
        self.payments[request.payment_id].status = PaymentStatus.COMPLETED
        return PaymentState(status=PaymentStatus.COMPLETED, at_gateway=CAPTURED)

    @once
    def record_at_desk(self, process: Process, request: PayAtDesk) -> PaymentState:
        self.payments[request.payment_id] = Payment(
            request.bill_id,
            request.appointment_id,
            request.patient_id,
            request.amount,
            process.id,
            request.method,
            PaymentStatus.COMPLETED,
        )
        self.drawer[request.payment_id] = request.amount.amount
        return PaymentState(status=PaymentStatus.COMPLETED, at_gateway=CAPTURED)

    @once
    def record_capture(self, _: Process, request: PaymentOf) -> LateMoney:
        payment = self._find(request.payment_id)
        state = self.gateway.intents[request.payment_id].state
        if state is AUTHORISED:
            state = self.gateway.cancel(request.payment_id)
            payment.status = PaymentStatus.FAILED
        if state is not CAPTURED:
            raise PaymentNotCompleted("nothing came")
        payment.status, payment.is_unclaimed = PaymentStatus.COMPLETED, False
        return LateMoney(
            at_gateway=state,
            bill_id=payment.bill_id,
            appointment_id=payment.appointment_id,
            patient_id=payment.patient_id,
            amount=payment.amount,
        )

    def void(self, process: Process, request: OpenPayment) -> None:
        # Who buries `open_payment` buries every step of the payment.
        if self.inbox.bury(key_of(process, "open_payment", "")):
            self.inbox.writes.append(key_of(process, "void", ""))
        payment = self.payments.get(request.payment_id)
        if payment:
            is_taken = self.gateway.cancel(request.payment_id) is CAPTURED
            payment.is_unclaimed |= is_taken
            payment.status = PaymentStatus.COMPLETED if is_taken else PaymentStatus.FAILED

    def read_payment(self, _: Process, request: PaymentOf) -> PaymentState:
        payment = self._find(request.payment_id)
        intent = self.gateway.intents[request.payment_id]
        return PaymentState(status=payment.status, at_gateway=intent.state)

    @once
    def open_refund(self, _: Process, request: OpenRefund) -> RefundState:
        payment = self._find(request.payment_id)
        if payment.status is not PaymentStatus.COMPLETED:
            raise PaymentNotCompleted("nothing was captured")
        promised = sum((r.amount.amount for r in self.refunds_of(request.payment_id)), NOTHING)
        if promised + request.amount.amount > payment.amount.amount:
            raise RefundExceedsPayment("more would go back than came in")
        self.refunds[request.refund_id] = Refund(request.payment_id, request.amount)
        return RefundState(status=RefundStatus.PENDING)

    @once
    def request_refund(self, _: Process, request: RefundOf) -> RefundState:
        refund = self.refunds[request.refund_id]
        if refund.status is RefundStatus.FAILED:
            refund.status = RefundStatus.PENDING
        return self._asked(request.refund_id, refund)

    @once
    def settle_refund(self, _: Process, request: RefundOf) -> RefundState:
        return self._asked(request.refund_id, self.refunds[request.refund_id])

    @once
    def record_event(self, _: Process, request: GatewayEvent) -> EventRecorded:
        is_news = self.events[request.event_id] = not self._is_known(request)
        return EventRecorded(is_news=is_news)

    def refunds_of(self, payment_id: UUID) -> Iterator[Refund]:
        """What went back of a payment, or is on its way."""
        for refund in self.refunds.values():
            if refund.payment_id == payment_id and refund.status is not RefundStatus.FAILED:
                yield refund

    def pay_back_by_hand(self, refund_id: UUID, payment_id: UUID, amount: Money) -> None:
        """A person pays back what the gateway cannot, and writes it down."""
        self.refunds[refund_id] = Refund(payment_id, amount, RefundStatus.COMPLETED)
        self._give_back(refund_id, payment_id, amount.amount)

    def _open(self, request: OpenPayment) -> None:
        self.payments[request.payment_id] = Payment(
            request.bill_id,
            request.appointment_id,
            request.patient_id,
            request.amount,
            request.process,
        )
        self.gateway.intents[request.payment_id] = Intent(request.amount)

    def _is_known(self, event: GatewayEvent) -> bool:
        about = event.payment_id and self.payments.get(event.payment_id)
        if not about:
            return False
        if about.status is PaymentStatus.COMPLETED:
            return not about.is_unclaimed
        is_ours = about.status is PaymentStatus.PENDING and about.is_authorised
        return event.type == CANCELED or (event.type == CAPTURABLE and is_ours)

    def _asked(self, refund_id: UUID, refund: Refund) -> RefundState:
        if refund.status is RefundStatus.PENDING:
            is_at_once = refund.payment_id in self.drawer or not self.refunding
            refund.status = RefundStatus.COMPLETED if is_at_once else self.refunding.pop(0)
            if refund.status is RefundStatus.COMPLETED:
                self._give_back(refund_id, refund.payment_id, refund.amount.amount)
        return RefundState(status=refund.status)

    def _give_back(self, refund_id: UUID, payment_id: UUID, amount: Decimal) -> None:
        if payment_id in self.drawer:
            self.drawer[payment_id] -= amount
        else:
            self.gateway.give_back(refund_id, payment_id, amount)

    def _find(self, payment_id: UUID) -> Payment:
        if payment_id not in self.payments:
            raise UnknownReference("no such payment", {"field": "payment_id"})
        return self.payments[payment_id]

    def _check_alive(self, process: Process) -> None:
        if self.inbox.is_buried(key_of(process, "open_payment", "")):
            raise Undone("the payment was voided")
