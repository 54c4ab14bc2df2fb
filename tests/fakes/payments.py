"""The payments' service and the gateway behind it, in memory."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from activities.contract import Money, Undone, UnknownReference, WrongState
from activities.payments.contract import (
    Authorisation,
    Authorise,
    GatewayEvent,
    GatewayState,
    OpenPayment,
    OpenRefund,
    PaymentDeclined,
    PaymentNotCompleted,
    PaymentOf,
    PaymentOpened,
    PaymentState,
    PaymentStatus,
    RefundExceedsPayment,
    RefundOf,
    RefundState,
    RefundStatus,
)
from activities.process import Process
from tests.fakes.inbox import Inbox, key_of, once

OPEN, AUTHORISED, CAPTURED = GatewayState.OPEN, GatewayState.AUTHORISED, GatewayState.CAPTURED
CARD, NO_CARD, EMPTY_CARD, BANK_ASKS = "card", "card-declined", "card-empty", "card-asks"
"""Reserved at once · declined · reserved, but not captured · the bank wants a further step."""


@dataclass
class Intent:
    """A payment at the gateway."""

    amount: Money
    state: GatewayState = OPEN
    method: str = ""
    captured: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)


@dataclass
class Gateway:
    intents: dict[UUID, Intent] = field(default_factory=dict)
    moved: Counter[UUID] = field(default_factory=Counter)
    """How often money moved for a payment; captures and refunds alike."""

    def authorise(self, payment_id: UUID, method: str) -> GatewayState:
        intent = self.intents[payment_id]
        if intent.state is OPEN and method != NO_CARD:
            needs_action = method == BANK_ASKS
            intent.state = GatewayState.NEEDS_ACTION if needs_action else AUTHORISED
            intent.method = method
        return intent.state

    def authorise_outside(self, payment_id: UUID) -> None:
        """The patient pays in the gateway's own form, or satisfies the bank."""
        intent = self.intents[payment_id]
        if intent.state in (OPEN, GatewayState.NEEDS_ACTION):
            intent.state = AUTHORISED

    def capture(self, payment_id: UUID) -> GatewayState:
        intent = self.intents[payment_id]
        if intent.state is AUTHORISED:
            if intent.method == EMPTY_CARD:
                intent.state = OPEN
            else:
                intent.state, intent.captured = CAPTURED, intent.amount.amount
                self.moved[payment_id] += 1
        return intent.state

    def cancel(self, payment_id: UUID) -> None:
        intent = self.intents.get(payment_id)
        if intent and intent.state is not CAPTURED:
            intent.state = GatewayState.CANCELLED

    def give_back(self, payment_id: UUID, amount: Decimal) -> None:
        self.intents[payment_id].refunded += amount
        self.moved[payment_id] += 1


@dataclass
class Payment:
    bill_id: UUID
    process: str
    status: PaymentStatus = PaymentStatus.PENDING


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
    events: dict[str, bool] = field(default_factory=dict)
    """The gateway's events that were kept, and whether somebody was told."""
    refunding: list[RefundStatus] = field(default_factory=list)
    """How refunds stand, each time that somebody asks; completed, when nothing is left here."""

    @once
    def open_payment(self, _: Process, request: OpenPayment) -> PaymentOpened:
        self.payments[request.payment_id] = Payment(request.bill_id, request.process)
        self.gateway.intents[request.payment_id] = Intent(request.amount)
        return PaymentOpened(client_secret=f"secret of {request.payment_id}")

    @once
    def authorise(self, process: Process, request: Authorise) -> Authorisation:
        self._check_alive(process)
        state = self.gateway.authorise(request.payment_id, request.payment_method)
        if state in (AUTHORISED, CAPTURED):
            return Authorisation(is_authorised=True)
        if state is GatewayState.NEEDS_ACTION:
            return Authorisation(is_authorised=False, next_action={"type": "redirect"})
        raise PaymentDeclined("no", {"decline_code": "generic"})

    @once
    def capture(self, process: Process, request: PaymentOf) -> PaymentState:
        self._check_alive(process)
        if self.gateway.capture(request.payment_id) is not CAPTURED:
            raise PaymentDeclined("no", {"decline_code": "insufficient_funds"})
        self.payments[request.payment_id].status = PaymentStatus.COMPLETED
        return PaymentState(status=PaymentStatus.COMPLETED, at_gateway=CAPTURED)

    def void(self, process: Process, request: OpenPayment) -> None:
        # Who buries `open_payment` buries every step of the payment.
        if self.inbox.bury(key_of(process, "open_payment", "")):
            self.inbox.writes.append(key_of(process, "void", ""))
        payment = self.payments.get(request.payment_id)
        if payment and payment.status is PaymentStatus.COMPLETED:
            raise WrongState("what was captured is not voided", {"status": payment.status})
        if payment:
            self.gateway.cancel(request.payment_id)
            payment.status = PaymentStatus.FAILED

    def read_payment(self, _: Process, request: PaymentOf) -> PaymentState:
        payment = self.payments[request.payment_id]
        intent = self.gateway.intents[request.payment_id]
        return PaymentState(status=payment.status, at_gateway=intent.state)

    @once
    def open_refund(self, _: Process, request: OpenRefund) -> RefundState:
        payment = self.payments.get(request.payment_id)
        if payment is None:
            raise UnknownReference("no such payment", {"field": "payment_id"})
        if payment.status is not PaymentStatus.COMPLETED:
            raise PaymentNotCompleted("nothing was captured")
        if request.amount.amount > self.gateway.intents[request.payment_id].captured:
            raise RefundExceedsPayment("more would go back than came in")
        self.refunds[request.refund_id] = Refund(request.payment_id, request.amount)
        return RefundState(status=RefundStatus.PENDING)

    @once
    def request_refund(self, _: Process, request: RefundOf) -> RefundState:
        refund = self.refunds[request.refund_id]
        if refund.status is RefundStatus.FAILED:
            refund.status = RefundStatus.PENDING
        return self._asked(refund)

    @once
    def settle_refund(self, _: Process, request: RefundOf) -> RefundState:
        return self._asked(self.refunds[request.refund_id])

    @once
    def record_event(self, _: Process, request: GatewayEvent) -> None:
        self.events[request.event_id] = request.is_handled

    def pay_back_by_hand(self, payment_id: UUID) -> None:
        """A person pays back what the gateway cannot, and writes it down."""
        amount = self.gateway.intents[payment_id].amount
        self.refunds = {payment_id: Refund(payment_id, amount, RefundStatus.COMPLETED)}
        self.gateway.give_back(payment_id, amount.amount)

    def _asked(self, refund: Refund) -> RefundState:
        if refund.status is RefundStatus.PENDING:
            refund.status = self.refunding.pop(0) if self.refunding else RefundStatus.COMPLETED
            if refund.status is RefundStatus.COMPLETED:
                self.gateway.give_back(refund.payment_id, refund.amount.amount)
        return RefundState(status=refund.status)

    def _check_alive(self, process: Process) -> None:
        if self.inbox.is_buried(key_of(process, "open_payment", "")):
            raise Undone("the payment was voided")
