"""What processes may ask of the billing service."""

from typing import TYPE_CHECKING

from temporalio import activity

from activities.billing.contract import ApplyPayment, BillState, OpenBill, VoidBill
from activities.process import process

if TYPE_CHECKING:
    from activities.billing.service import BillingService


class BillingActivities:
    """Open, void and settle bills. Every activity is safe to repeat."""

    def __init__(self, billing: "BillingService") -> None:
        self._billing = billing

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
        return await self._billing.apply_payment(process(), request)
