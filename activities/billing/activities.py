"""What processes may ask of the billing service."""

from typing import TYPE_CHECKING

from temporalio import activity

from activities.billing.contract import (
    ApplyCancellation,
    ApplyNoShow,
    ApplyPayment,
    BillChanged,
    BillDue,
    BillState,
    CancellationApplied,
    FeeSettled,
    MoveQuote,
    OpenBill,
    PriceOfVisit,
    QuoteCancellation,
    RecordRefund,
    ReopenBill,
    RepriceBill,
    ReservePayment,
    ReserveRefund,
    VoidBill,
    WaiveNoShow,
)
from activities.facts import AccountFacts, BillFacts, ChangeFacts, FactsOf
from activities.findings import CheckInvariants, Found
from activities.process import process

if TYPE_CHECKING:
    from activities.billing.service import BillingService


class BillingActivities:
    """Open, void and settle bills. Every activity is safe to repeat."""

    def __init__(self, billing: "BillingService") -> None:
        self._billing = billing
        self._checks = billing.checks
        self._payments = billing.payments
        self._refunds = billing.refunds
        self._prices = billing.prices
        self._cancellations = billing.cancellations

    @activity.defn(name="billing.open_bill")
    async def open_bill(self, request: OpenBill) -> BillState:
        """Write a bill with its lines; one that asks for nothing is paid at once."""
        return await self._billing.open_bill(process(), request)

    @activity.defn(name="billing.void_bill")
    async def void_bill(self, request: OpenBill) -> None:
        """Credit what is open on a bill of this process; one it never opened never will be."""
        await self._billing.void_bill(process(), request)

    @activity.defn(name="billing.close_bill")
    async def close_bill(self, request: VoidBill) -> BillState:
        """Credit what is open on a bill that nobody will pay, or refuse: `BillHasPayments`."""
        return await self._billing.close_bill(process(), request)

    @activity.defn(name="billing.apply_payment")
    async def apply_payment(self, request: ApplyPayment) -> BillState:
        """Put captured money on its bill; `excess` is what the bill does not ask for."""
        return await self._payments.apply_payment(process(), request)

    @activity.defn(name="billing.reopen_bill")
    async def reopen_bill(self, request: ReopenBill) -> BillChanged:
        """Write the lines of a void bill on a new one; one that is not void is told as it is."""
        return await self._billing.reopen_bill(process(), request)

    @activity.defn(name="billing.quote_move")
    async def quote_move(self, request: PriceOfVisit) -> MoveQuote:
        """Tell what another price of the visit changes on its bill; keeps nothing."""
        return await self._prices.quote_move(request)

    @activity.defn(name="billing.reprice_bill")
    async def reprice_bill(self, request: RepriceBill) -> BillChanged:
        """Charge the difference of a dearer visit with what was paid for it, or credit it."""
        return await self._prices.reprice_bill(process(), request)

    @activity.defn(name="billing.quote_cancellation")
    async def quote_cancellation(self, request: QuoteCancellation) -> None:
        """Refuse with `QuoteChanged`, if a cancellation now costs more than was agreed to."""
        await self._cancellations.quote_cancellation(process(), request)

    @activity.defn(name="billing.apply_cancellation")
    async def apply_cancellation(self, request: ApplyCancellation) -> CancellationApplied:
        """Keep the fee on the bill, credit the rest, and tell what goes back."""
        return await self._cancellations.apply_cancellation(process(), request)

    @activity.defn(name="billing.apply_no_show")
    async def apply_no_show(self, request: ApplyNoShow) -> FeeSettled:
        """Keep the consultation that was missed, credit the rest, and tell what goes back."""
        return await self._cancellations.apply_no_show(process(), request)

    @activity.defn(name="billing.waive_no_show")
    async def waive_no_show(self, request: WaiveNoShow) -> FeeSettled:
        """Credit the consultation that was missed, or refuse: `WrongState`, if it was before."""
        return await self._cancellations.waive_no_show(process(), request)

    @activity.defn(name="billing.reserve_payment")
    async def reserve_payment(self, request: ReservePayment) -> BillDue:
        """Keep a part of the bill to one payment, or refuse.

        `UnknownReference`, `BillClosed`, `BillHeld`, `AmountExceedsDue`, `AmountRefused`.
        """
        return await self._payments.reserve_payment(process(), request)

    @activity.defn(name="billing.release_payment")
    async def release_payment(self, request: ReservePayment) -> None:
        """Let go what a payment had reserved."""
        await self._payments.release_payment(process(), request)

    @activity.defn(name="billing.reserve_refund")
    async def reserve_refund(self, request: ReserveRefund) -> BillDue:
        """Count money as given back, or refuse.

        `PaymentNotApplied`, `RefundExceedsPaid`.
        """
        return await self._refunds.reserve_refund(process(), request)

    @activity.defn(name="billing.release_refund")
    async def release_refund(self, request: ReserveRefund) -> None:
        """Count a refund of this process as never decided."""
        await self._refunds.release_refund(process(), request)

    @activity.defn(name="billing.record_refund")
    async def record_refund(self, request: RecordRefund) -> BillState:
        """Put a refund on its bill, or list it as one that could not be given back."""
        return await self._refunds.record_refund(process(), request)

    @activity.defn(name="billing.check_invariants")
    async def check_invariants(self, request: CheckInvariants) -> Found:
        """Look at a page of what must never be; changes nothing."""
        return await self._checks.check_invariants(request)

    @activity.defn(name="billing.list_bills")
    async def list_bills(self, request: FactsOf) -> BillFacts:
        """Tell of a page of bills, or of those of visits; keeps nothing."""
        return await self._checks.list_bills(request)

    @activity.defn(name="billing.list_accounts")
    async def list_accounts(self, request: FactsOf) -> AccountFacts:
        """Tell what was paid for the visits of a page of bills; keeps nothing."""
        return await self._checks.list_accounts(request)

    @activity.defn(name="billing.list_changes")
    async def list_changes(self, request: FactsOf) -> ChangeFacts:
        """Tell which processes changed a page of bills, and when last; keeps nothing."""
        return await self._checks.list_changes(request)
