"""What a person does in a process's stead, before they tell it to skip a step."""

from uuid import UUID, uuid5

from activities.billing.contract import ApplyPayment, BillChanged, RecordRefund
from activities.notifications.contract import Recipient, Send
from activities.payments.contract import OpenRefund
from activities.process import Process
from tests import wire
from tests.fakes.inbox import key_of
from tests.fakes.world import REQUESTS, World
from tests.wire import Step
from tests.workflows.expected import DECIDING

UUID_LENGTH, BY_HAND = 36, 99
NOT_DONE = {*DECIDING, "confirm_slot"} - {"append"}
"""Skipped, these did not happen. A refund that did not may be kept for good."""


class Hand:
    """Skipping means: a person did it, or it is as if it had never been asked for."""

    def __init__(self, world: World, process: Process) -> None:
        self._world, self._process = world, process
        self._is_refund = process.id.startswith("refund-")
        """Where a refund is all that was asked for, it can still be as if it never had been."""
        self.has_kept = False
        """Money stays that should go back."""
        self.has_paid = False
        """A person gave money back, and said so."""

    def skip(self, name: str, step: Step | None) -> None:
        kind = name.partition(":")[0]
        if kind in ("open_refund", "request_refund", "settle_refund"):
            self._refund(name, step)
        elif step and kind in ("read_visit", "find_contact"):
            self._write(step)
        elif step and kind not in NOT_DONE:
            self._do(step, kind)

    def _refund(self, name: str, step: Step | None) -> None:
        """Keep the money, if its bill is going to list it; else give it back at the gateway."""
        refund_id = UUID(name.partition(":")[2][:UUID_LENGTH])
        if self._world.billing.find_refund(refund_id):
            self.has_kept = not name.startswith("open_refund") or not self._is_refund
            return
        self.has_paid = True
        refund = self._world.payments.refunds.get(refund_id)
        if refund:
            self._world.payments.pay_back_by_hand(refund_id, refund.payment_id, refund.amount)
        elif step:
            asked = wire.CONVERTER.from_payload(step.request, OpenRefund)
            self._world.payments.pay_back_by_hand(refund_id, asked.payment_id, asked.amount)

    def _write(self, step: Step) -> None:
        """Tell the patient what the process can not, for it does not know where they are."""
        event, _, occurrence = step.id.partition(":")[2].partition(":")
        if event and not event.isdigit():
            to = Recipient(id=UUID(int=0), name="by hand")
            letter = Send(event=event, recipient=to, occurrence=occurrence)
            self._world.notifications.letters[event, occurrence] = letter

    def _do(self, step: Step, kind: str) -> None:
        request = wire.CONVERTER.from_payload(step.request, REQUESTS[step.type])
        process = self._process
        if key_of(process, kind, request.part) in self._world.inbox.kept:
            # It was refused, for good: what a person does is another request.
            request = request.model_copy(update={"part": f"{request.part}~{BY_HAND}"})
        done = self._world.do(process, step.type, request)
        if isinstance(done, BillChanged):
            self._give_back(process, done)
        if isinstance(request, ApplyPayment) and done.excess:
            excess = request.amount.model_copy(update={"amount": done.excess})
            refund_id = uuid5(request.payment_id, "by hand")
            self._world.payments.pay_back_by_hand(refund_id, request.payment_id, excess)
            self.has_paid = True

    def _give_back(self, process: Process, changed: BillChanged) -> None:
        """The process does not hear of it: a person carries out what the bill promises."""
        for part in changed.goes_back:
            self.has_paid = True
            self._world.payments.pay_back_by_hand(part.refund_id, part.payment_id, part.amount)
            record = RecordRefund(refund_id=part.refund_id, part=str(part.refund_id))
            self._world.billing.record_refund(process, record)
