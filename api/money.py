"""Answers payments and refunds, and says what else a refusal must name."""

from activities.appointments.contract import AppointmentStatus
from activities.users.contract import Role
from api import answers
from api.answers import Answer
from api.callers import Caller
from api.idempotency import Explained, Ids
from api.parts import Readers
from api.problems import Code, Problem
from api.resources.appointments import path_of
from api.resources.payments import CARD, NewPayment, show_payment
from api.resources.refunds import NewRefund, show_refund
from db.reading import EVERYTHING, Record
from workflows.refund_payment import RefundDecided
from workflows.saga_workflow import Outcome
from workflows.take_payment import PaymentTaken

IN_AMOUNT = {"/amount": "/amount/amount", "/currency": "/amount/currency"}
"""Where a request has what a service calls its amount and its currency."""


class Payments:
    """The payments that one caller makes."""

    def __init__(self, caller: Caller, readers: Readers) -> None:
        self._caller = caller
        self._readers = readers

    async def bill_to_pay(self, wanted: NewPayment) -> Record:
        """Get the bill that is named; only staff say what came in at the desk."""
        if self._caller.role is Role.PATIENT and wanted.method != CARD:
            raise Problem(Code.NOT_ALLOWED)
        bill = await self._readers.billing.find(wanted.bill_id, self._caller.sight)
        if bill is None:
            raise Problem.unknown("bill_id")
        return bill

    async def taken(self, _: Outcome[PaymentTaken], ids: Ids) -> Answer:
        payment_id = ids["payment_id"]
        row = await self._readers.payments.find(payment_id, self._caller.sight)
        if row is None:
            raise Problem(Code.NOT_FOUND)
        return answers.created(show_payment(row), f"/v1/payments/{payment_id}", row["version"])

    def explain(self, bill: Record) -> Explained:
        """Say where a held slot is paid for: its bill takes no other payment."""

        async def explained(problem: Problem) -> Problem:
            if problem.code is Code.BILL_HELD and (path := await self._held(bill)):
                problem.more["links"] = {"pay": f"{path}/pay"}
            return pointed(problem)

        return explained

    async def _held(self, bill: Record) -> str | None:
        if bill["appointment_id"] is None:
            return None
        visit = await self._readers.appointments.find(bill["appointment_id"], EVERYTHING)
        if visit is None or visit["status"] != AppointmentStatus.HELD:
            return None
        return path_of(visit["appointment_id"])


class Refunds:
    """The refunds that one caller decides."""

    def __init__(self, caller: Caller, readers: Readers) -> None:
        self._caller = caller
        self._readers = readers

    async def payment_to_refund(self, wanted: NewRefund) -> Record:
        payment = await self._readers.payments.find(wanted.payment_id, self._caller.sight)
        if payment is None:
            raise Problem.unknown("payment_id")
        return payment

    async def decided(self, _: Outcome[RefundDecided], ids: Ids) -> Answer:
        refund_id = ids["refund_id"]
        row = await self._readers.payments.find_refund(refund_id, self._caller.sight)
        if row is None:
            raise Problem(Code.NOT_FOUND)
        return answers.created(show_refund(row), f"/v1/refunds/{refund_id}", row["version"])

    @staticmethod
    async def explain(problem: Problem) -> Problem:
        return pointed(problem)


def pointed(problem: Problem) -> Problem:
    """Point at the fields as the request has them."""
    for error in problem.more.get("errors", []):
        error["pointer"] = IN_AMOUNT.get(error["pointer"], error["pointer"])
    return problem
