"""The one adapter of the gateway: it speaks Stripe's language, and nothing else here does."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from stripe import CardError, HTTPXClient, PaymentIntent, StripeClient
from stripe.params import PaymentIntentCreateParams, PaymentIntentListParams

from activities.payments.amounts import minor_units
from activities.payments.calls import A_CALL, Told, called, settled
from activities.payments.contract import Attempt, GatewayState, RefundStatus
from activities.payments.faults import GatewayRejected, GatewayUnsure, said
from activities.payments.gateway import Account, Intent, Payment, Refund, Return, TakenPage
from activities.payments.stripe_answers import (
    account_of,
    decline_of,
    intent_of,
    note_of,
    return_of,
    sum_of,
    taken_of,
)

RESERVED = {GatewayState.AUTHORISED, GatewayState.CAPTURED}
OVER = {GatewayState.CAPTURED, GatewayState.CANCELLED}
PAGE = 100
"""More is in no list of Stripe's at once."""


class StripeGateway:
    """Stripe, or anything that speaks like it. Minor units exist only in here."""

    def __init__(self, secret_key: str, url: str) -> None:
        # The SDK tells at INFO what it was told; that is not for our logs.
        logging.getLogger("stripe").setLevel(logging.WARNING)
        self._http = HTTPXClient(timeout=A_CALL)
        self._stripe = StripeClient(
            secret_key,
            base_addresses={"api": url},
            max_network_retries=0,
            http_client=self._http,
        ).v1

    async def close(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def open(self, payment: Payment, process: str, attempt: Attempt) -> Intent:
        async def create(key: str) -> Intent:
            return await called(
                self._stripe.payment_intents.create_async(
                    order_of(payment, process), {"idempotency_key": key}
                ),
                intent_of,
            )

        return await settled(create, str(payment.payment_id), lambda: self.read(payment), attempt)

    async def open_authorised(
        self, payment: Payment, method: str, process: str, attempt: Attempt
    ) -> Intent:
        """Open and authorise in one call."""

        async def create(key: str) -> Intent:
            order: PaymentIntentCreateParams = {
                **order_of(payment, process),
                "confirm": True,
                "payment_method": method,
            }
            return await self._paying(
                payment,
                self._stripe.payment_intents.create_async(order, {"idempotency_key": key}),
            )

        made = await settled(create, str(payment.payment_id), lambda: self.read(payment), attempt)
        if made.state is GatewayState.OPEN and not made.declined:
            # The call broke between its two halves.
            opened = replace(payment, reference=made.reference)
            return await self.authorise(opened, method, "", attempt)
        return made

    async def authorise(self, payment: Payment, method: str, part: str, attempt: Attempt) -> Intent:
        async def confirm(key: str) -> Intent:
            return await self._paying(
                payment,
                self._stripe.payment_intents.confirm_async(
                    reference_of(payment), {"payment_method": method}, {"idempotency_key": key}
                ),
            )

        key = f"{payment.payment_id}:{part or 'authorise'}"
        return await settled(confirm, key, self._asking(payment, RESERVED | OVER), attempt)

    async def capture(self, payment: Payment, part: str, attempt: Attempt) -> Intent:
        async def collect(key: str) -> Intent:
            return await self._paying(
                payment,
                self._stripe.payment_intents.capture_async(
                    reference_of(payment), {}, {"idempotency_key": key}
                ),
            )

        key = ":".join(filter(None, (str(payment.payment_id), "capture", part)))
        return await settled(collect, key, self._asking(payment, OVER), attempt)

    async def cancel(self, payment: Payment, attempt: Attempt) -> Intent | None:
        """Let go what is reserved; what was captured stays. None: it was never asked for."""

        async def let_go(key: str) -> Intent | None:
            known = await self.read(payment)
            if known is None or known.reference is None or known.state in OVER:
                return known
            return await called(
                self._stripe.payment_intents.cancel_async(
                    known.reference, {}, {"idempotency_key": key}
                ),
                intent_of,
            )

        key = f"{payment.payment_id}:cancel"
        return await settled(let_go, key, self._asking(payment, OVER), attempt)

    async def read(self, payment: Payment) -> Intent | None:
        """Ask how a payment stands. None: there is no such payment."""
        return await self._find(payment, intent_of)

    async def give_back(self, refund: Refund, process: str, part: str, attempt: Attempt) -> Return:
        async def order(key: str) -> Return:
            asked = self._stripe.refunds.create_async(
                {
                    "payment_intent": refund.payment_reference,
                    "amount": minor_units(refund.amount),
                    "metadata": {"refund_id": str(refund.refund_id), "process": process},
                },
                {"idempotency_key": key},
            )
            try:
                return await called(asked, return_of)
            except CardError as no:
                return Return(None, RefundStatus.FAILED, decline_of(no))

        # While one refund of ours is alive, no second one is ordered: not even under another part.
        return await settled(
            order,
            part or str(refund.refund_id),
            lambda: self._find_alive(refund),
            attempt,
            looks_first=True,
        )

    async def read_refund(self, refund: Refund) -> Return | None:
        if refund.reference:
            return await called(self._stripe.refunds.retrieve_async(refund.reference), return_of)
        return await self._find_alive(refund)

    async def audit(self, payment: Payment) -> Account | None:
        """Look into the gateway's books. None: there is no such payment."""
        account = await self._find(payment, account_of)
        if account is None or account.state is not GatewayState.CAPTURED:
            return account
        refunds = self._stripe.refunds.list_async(
            {"payment_intent": account.reference, "limit": PAGE}
        )
        return replace(account, refunded=await called(refunds, sum_of))

    async def list_captured(self, since: datetime, until: datetime, after: str | None) -> TakenPage:
        """List what was asked for in a span of time and is captured, newest first."""
        asked: PaymentIntentListParams = {
            "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
            "limit": PAGE,
        }
        if after:
            asked["starting_after"] = after
        return await called(self._stripe.payment_intents.list_async(asked), taken_of)

    async def _find(self, payment: Payment, read: Callable[[PaymentIntent], Told]) -> Told | None:
        intents = self._stripe.payment_intents
        if payment.reference:
            return await called(intents.retrieve_async(payment.reference), read)
        query = f"metadata['payment_id']:'{payment.payment_id}'"
        found = await called(
            intents.search_async({"query": query, "limit": 1}),
            lambda page: [read(intent) for intent in page.data],
        )
        return found[0] if found else None

    async def _find_alive(self, refund: Refund) -> Return | None:
        ours = str(refund.refund_id)
        found = await called(
            self._stripe.refunds.list_async(
                {"payment_intent": refund.payment_reference, "limit": PAGE}
            ),
            lambda page: [return_of(one) for one in page.data if note_of(one, "refund_id") == ours],
        )
        return next((one for one in found if one.status is not RefundStatus.FAILED), None)

    async def _paying(self, payment: Payment, call: Awaitable[PaymentIntent]) -> Intent:
        try:
            return await called(call, intent_of)
        except CardError as no:
            reference = payment.reference or said(no, "payment_intent", "id")
            if reference is None:
                raise GatewayUnsure("declined, and not said what") from None
            return Intent(reference, GatewayState.OPEN, declined=decline_of(no))

    def _asking(
        self, payment: Payment, wanted: set[GatewayState]
    ) -> Callable[[], Awaitable[Intent | None]]:
        """Ask whether it has happened: None, when the payment is in none of these states."""

        async def ask() -> Intent | None:
            known = await self.read(payment)
            return known if known and known.state in wanted else None

        return ask


def reference_of(payment: Payment) -> str:
    if payment.reference is None:
        raise GatewayRejected("the payment was never opened")
    return payment.reference


def order_of(payment: Payment, process: str) -> PaymentIntentCreateParams:
    return {
        "amount": minor_units(payment.amount),
        "currency": payment.amount.currency.lower(),
        "capture_method": "manual",
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "metadata": {"payment_id": str(payment.payment_id), "process": process},
    }
