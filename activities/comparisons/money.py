"""What came and has not gone back: on the bills, in the payments, and at the gateway."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Protocol

from activities.facts import AccountFact, PaymentFact
from activities.findings import Finding

BOOKS = "C8 bills and payments"
GATEWAY = "I-33 gateway and payments"


class Account(Protocol):
    """A payment in the books of the gateway; amounts in its own smallest unit."""

    @property
    def id(self) -> str: ...
    @property
    def payment_id(self) -> str: ...
    @property
    def authorised(self) -> int: ...
    @property
    def captured(self) -> int: ...
    @property
    def net(self) -> Decimal: ...


def books(billing: Iterable[AccountFact], payments: Iterable[AccountFact]) -> Iterator[Finding]:
    """C8, I-33: what came and has not gone back is the same on the bills and in the payments."""
    ours, theirs = ({account.id: account for account in side} for side in (billing, payments))
    for account in sorted({*ours, *theirs}):
        sides = [side[account] for side in (ours, theirs) if account in side]
        billed, paid = (
            side[account].net if account in side else Decimal(0) for side in (ours, theirs)
        )
        if billed != paid:
            yield Finding(
                check=BOOKS,
                object_key=str(account),
                details={"billing": str(billed), "payments": str(paid)},
                processes=tuple(one for side in sides for one in side.processes),
                appointment_id=account,
            )


def gateway(payments: Iterable[PaymentFact], accounts: Sequence[Account]) -> Iterator[Finding]:
    """I-33, I-37: the gateway's own books say the same, and it reserves nothing for nobody."""
    ours = {str(payment.payment_id): payment for payment in payments}
    times = Counter(account.payment_id for account in accounts)
    for payment_id, number in times.items():
        if number > 1:
            yield at_gateway(payment_id, f"{number} times at the gateway")
    for account in accounts:
        payment = ours.get(account.payment_id)
        if payment is None or payment.reference not in {None, account.id}:
            yield at_gateway(account.id, "not ours")
        elif account.net != payment.net:
            yield at_gateway(account.payment_id, f"{account.net} there, {payment.net} here")
        if account.authorised > account.captured:
            yield at_gateway(account.id, "still reserved")
    captured = {account.payment_id for account in accounts if account.captured}
    for payment_id, payment in ours.items():
        if payment.is_completed and payment_id not in captured:
            yield at_gateway(payment_id, "captured here alone")


def at_gateway(key: str, wrong: str) -> Finding:
    return Finding(check=GATEWAY, object_key=key, details={"wrong": wrong})
