"""A till: the door of payments before a gateway whose bad days are asked for."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID, uuid4

from temporalio.testing import ActivityEnvironment

from activities.contract import Command, Money
from activities.payments.activities import PaymentActivities
from activities.payments.contract import (
    Authorise,
    Method,
    OpenPayment,
    OpenRefund,
    PayAtDesk,
    PaymentOf,
    PaymentState,
    RefundOf,
    RefundReason,
)
from activities.payments.gateway import Gateway
from activities.payments.service import PaymentService
from activities.payments.stripe_gateway import StripeGateway
from activities.process import Process, enter
from db.payments.repository import PaymentRepository, PaymentRow
from tests.deploy.peers import SECRET_KEY, PaymentPeer
from tests.examples import a_process

VISA = "pm_card_visa"

Request = TypeVar("Request", bound=Command)
Reply = TypeVar("Reply")


@dataclass(frozen=True)
class Account:
    """A payment in the gateway's own books."""

    id: str
    status: str
    authorised: int
    captured: int
    refunded: int
    refund_pending: int


@dataclass
class Till:
    """Takes steps as a worker does, and looks into the gateway's books."""

    door: PaymentActivities
    gateway: StripeGateway
    service: PaymentService
    peer: PaymentPeer

    async def do(
        self,
        step: Callable[[Request], Awaitable[Reply]],
        request: Request,
        *,
        process: str | Process = "book-1",
        attempt: int = 1,
        waited: timedelta = timedelta(),
    ) -> Reply:
        """Take a step as the worker's interceptor lets it be taken."""
        enter(process if isinstance(process, Process) else a_process(process))
        environment = ActivityEnvironment()
        now = environment.info.scheduled_time + waited
        environment.info = replace(
            environment.info, attempt=attempt, current_attempt_scheduled_time=now
        )
        return await environment.run(step, request)

    def before(self, gateway: Gateway) -> PaymentActivities:
        """Open another door, with something in front of the gateway."""
        return PaymentActivities(self.service, gateway)

    def fails(self, match: str, *kinds: str) -> None:
        for kind in kinds:
            self.peer.control("faults", match=match, kind=kind)

    def accounts(self, payment_id: UUID) -> list[Account]:
        books = self.peer.http.get("/_control/intents").raise_for_status().json()
        names = Account.__dataclass_fields__
        return [
            Account(**{name: entry[name] for name in names})
            for entry in books["data"]
            if entry["metadata"].get("payment_id") == str(payment_id)
        ]

    def capture_outside(self, payment: OpenPayment) -> None:
        """Take the money behind our back: by hand, or in a call of which nobody heard again."""
        self.peer.stripe.v1.payment_intents.capture(self.account(payment.payment_id).id)

    def authorise_outside(self, payment: OpenPayment) -> None:
        """Pay in the gateway's own form."""
        intent = self.account(payment.payment_id).id
        self.peer.stripe.v1.payment_intents.confirm(intent, {"payment_method": VISA})

    async def row(self, payment_id: UUID) -> PaymentRow:
        """Look into our own books."""
        async with self.service.engine.connect() as connection:
            row = await PaymentRepository(connection).find(payment_id)
        assert row is not None
        return row

    def account(self, payment_id: UUID) -> Account:
        (account,) = self.accounts(payment_id)
        return account

    async def reserve(self, method: str = VISA, amount: str = "105.00") -> OpenPayment:
        payment = a_payment(amount)
        await self.do(self.door.open_payment, payment)
        await self.do(self.door.authorise, an_authorisation(payment, method))
        return payment

    async def charge(self, method: str = VISA, amount: str = "105.00") -> OpenPayment:
        payment = await self.reserve(method, amount)
        await self.capture(payment)
        return payment

    async def capture(
        self, payment: OpenPayment, part: str = "a1", *, attempt: int = 1
    ) -> PaymentState:
        return await self.do(self.door.capture, of(payment, part), attempt=attempt)


@asynccontextmanager
async def open_till(service: PaymentService, peer: PaymentPeer) -> AsyncIterator[Till]:
    gateway = StripeGateway(SECRET_KEY, peer.url)
    yield Till(PaymentActivities(service, gateway), gateway, service, peer)
    await gateway.close()
    peer.http.delete("/_control/faults").raise_for_status()


def a_payment(amount: str = "105.00", currency: str = "GBP") -> OpenPayment:
    return OpenPayment(
        payment_id=uuid4(),
        bill_id=uuid4(),
        appointment_id=uuid4(),
        patient_id=uuid4(),
        amount=Money(amount=Decimal(amount), currency=currency),
        process="book-1",
    )


def at_the_desk(
    amount: str = "105.00", method: Method = Method.CASH, reference: str | None = None
) -> PayAtDesk:
    return PayAtDesk(
        payment_id=uuid4(),
        bill_id=uuid4(),
        appointment_id=uuid4(),
        patient_id=uuid4(),
        amount=Money(amount=Decimal(amount), currency="GBP"),
        method=method,
        reference=reference,
    )


def an_authorisation(
    payment: OpenPayment | PayAtDesk, method: str = VISA, part: str = "a1"
) -> Authorise:
    return Authorise(payment_id=payment.payment_id, payment_method=method, part=part)


def a_first_try(payment: OpenPayment, method: str = VISA, part: str = "a1") -> Authorise:
    """Ask for money of which the gateway has not heard yet."""
    return an_authorisation(payment, method, part).model_copy(update={"opens": payment})


def of(payment: OpenPayment | PayAtDesk, part: str = "") -> PaymentOf:
    return PaymentOf(payment_id=payment.payment_id, part=part)


def a_refund(payment: OpenPayment, amount: str = "105.00", currency: str = "GBP") -> OpenRefund:
    refund_id = uuid4()
    return OpenRefund(
        part=str(refund_id),
        refund_id=refund_id,
        payment_id=payment.payment_id,
        amount=Money(amount=Decimal(amount), currency=currency),
        reason_code=RefundReason.LATE_PAYMENT,
        reason="the slot was gone when the money came",
        process="book-1",
    )


def of_refund(refund: OpenRefund, again: str = "") -> RefundOf:
    return RefundOf(refund_id=refund.refund_id, part=f"{refund.refund_id}{again}")


def forged(amount: str, currency: str = "GBP") -> Money:
    """Make an amount that its own type would have refused."""
    return Money.model_construct(amount=Decimal(amount), currency=currency)
