"""The hospital's doctors, and its books: what visits cost there, and when they may be."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from typing_extensions import override

from activities.contract import Money
from activities.doctors.contract import CheckDoctor, LeadTime, SlotNotOffered
from activities.offers import SlotOffer
from activities.payments.contract import (
    OpenPayment,
    PaymentStatus,
    RefundState,
    RefundStatus,
)
from activities.process import Process
from tests.examples import HALF_AN_HOUR, NOW, an_offer
from tests.fakes.inbox import Inbox
from tests.fakes.payments import Payments, Refund
from tests.fakes.records import Doctors
from tests.fakes.world import World
from tests.simulator.options import ASTRAY, Options

FEES = tuple(map(Decimal, ("100.00", "99.99", "33.33", "250.00", "0.01", "47.35")))
LEAD_TIME = timedelta(hours=2)
UNTIMELY = 0.4
OPENS, SLOTS_A_DAY, DAYS = 8, 20, 4


def identity(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


class Staff(Doctors):
    """Doctors of different prices, who are there from eight to six on each of four days."""

    def __init__(self, inbox: Inbox, options: Options, chance: Random) -> None:
        super().__init__(inbox)
        self._grace = options.grace_minutes
        self.fees = {identity(chance): chance.choice(FEES) for _ in range(options.doctors)}

    @override
    def check_doctor(self, process: Process, request: CheckDoctor) -> SlotOffer:
        start = request.slot_start
        if start < process.accepted_at + LEAD_TIME:
            raise LeadTime("it begins too soon")
        if start not in starts():
            raise SlotNotOffered("nobody is there then")
        usual = an_offer(start)
        terms = usual.terms.model_copy(update={"cancel_grace_minutes": self._grace})
        fee = Money(amount=self.fees[request.doctor_id], currency="GBP")
        return usual.model_copy(update={"fee": fee, "terms": terms})


def starts() -> list[datetime]:
    """Tell when visits may begin."""
    today = datetime.combine(NOW.date(), datetime.min.time(), UTC)
    return [
        today + timedelta(days=day, hours=OPENS) + slot * HALF_AN_HOUR
        for day in range(DAYS)
        for slot in range(SLOTS_A_DAY)
    ]


class Till(Payments):
    """Payments of a gateway that may be unsure or untimely; once all is well, it is neither."""

    def __init__(
        self, inbox: Inbox, options: Options, chance: Random, happened: Counter[tuple[str, str]]
    ) -> None:
        super().__init__(inbox)
        self._unsure, self._chance, self._happened = options.unsure, chance, happened
        self._is_untimely = ASTRAY in options.kinds
        self.is_well = False

    @override
    def void(self, process: Process, request: OpenPayment) -> None:
        payment = self.payments.get(request.payment_id)
        is_pending = payment is not None and payment.status is PaymentStatus.PENDING
        may_be = is_pending and self._is_untimely and not self.is_well
        if may_be and self._chance.random() < UNTIMELY:
            self._happened[ASTRAY, "payments.void"] += 1
            self.gateway.capture_outside(request.payment_id)
        super().void(process, request)

    @override
    def _asked(self, refund_id: UUID, refund: Refund) -> RefundState:
        if refund.status is RefundStatus.PENDING and not self.refunding:
            is_unsure = not self.is_well and self._chance.random() < self._unsure
            kinds = (RefundStatus.PENDING, RefundStatus.PENDING, RefundStatus.FAILED)
            self.refunding = [self._chance.choice(kinds) if is_unsure else RefundStatus.COMPLETED]
        return super()._asked(refund_id, refund)


def hospital(options: Options, chance: Random, happened: Counter[tuple[str, str]]) -> World:
    world = World()
    world.doctors = Staff(world.inbox, options, chance)
    world.payments = Till(world.inbox, options, chance, happened)
    return world
