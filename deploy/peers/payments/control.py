"""What no real gateway offers: its bad days on demand, and a look into its books."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from deploy.peers.payments.calls import Call
from deploy.peers.payments.deliveries import Mode
from deploy.peers.payments.faults import Fault, Step
from deploy.peers.payments.gateway import TheGateway
from deploy.peers.payments.shapes import Document, Refund

LOOPBACK = {"127.0.0.1", "::1"}
BY_HAND = Step(set())


def nearby(request: Request) -> None:
    if request.client is None or request.client.host not in LOOPBACK:
        raise HTTPException(403, "the controls are for this machine only")


def by_hand(request: Request) -> Call:
    """Stand for somebody who speaks no API: no key, no form."""
    return Call(method=request.method, path=request.url.path, key=None, params={})


router = APIRouter(prefix="/_control", dependencies=[Depends(nearby)])
Hand = Annotated[Call, Depends(by_hand)]


class Webhooks(BaseModel):
    mode: Mode


class Released(BaseModel):
    released: int


class Entry(BaseModel):
    """A write that was executed or repeated; what was refused unseen is not among them."""

    method: str
    path: str
    key: str | None
    status: int
    replayed: bool


class Account(BaseModel):
    """A payment as an accountant sees it."""

    id: str
    status: str
    currency: str
    metadata: dict[str, str]
    amount: int
    authorised: int
    captured: int
    refunded: int
    refund_pending: int


class Books(BaseModel):
    """All payments. `net` is what was captured and neither is nor will be given back."""

    data: list[Account] = Field(default_factory=list)
    captured: int = 0
    refunded: int = 0
    refund_pending: int = 0
    net: int = 0


@router.post("/faults", status_code=201)
async def add_fault(fault: Fault, gateway: TheGateway) -> Fault:
    gateway.faults.add(fault)
    return fault


@router.get("/faults")
async def list_faults(gateway: TheGateway) -> list[Fault]:
    return gateway.faults.script


@router.delete("/faults", status_code=204)
async def clear_faults(gateway: TheGateway) -> None:
    gateway.faults.clear()


@router.get("/log")
async def read_log(gateway: TheGateway) -> list[Entry]:
    rows = gateway.storage.rows("SELECT * FROM requests ORDER BY seq", {})
    return [Entry.model_validate(dict(row)) for row in rows]


@router.get("/intents")
async def read_books(gateway: TheGateway) -> Books:
    refunds: dict[str, list[Refund]] = {}
    for refund in gateway.returns.all():
        refunds.setdefault(refund.payment_intent, []).append(refund)
    books = Books()
    for intent in gateway.payments.all():
        given = {"succeeded": 0, "pending": 0, "failed": 0}
        for refund in refunds.get(intent.id, []):
            given[refund.status] += refund.amount
        account = Account(
            **intent.model_dump(include={"id", "status", "currency", "metadata", "amount"}),
            authorised=intent.amount_capturable + intent.amount_received,
            captured=intent.amount_received,
            refunded=given["succeeded"],
            refund_pending=given["pending"],
        )
        books.data.append(account)
        books.captured += account.captured
        books.refunded += account.refunded
        books.refund_pending += account.refund_pending
    books.net = books.captured - books.refunded - books.refund_pending
    return books


@router.post("/confirm/{intent_id}")
async def confirm_in_a_browser(
    intent_id: str, call: Hand, gateway: TheGateway, payment_method: str = "pm_card_visa"
) -> Response:
    """Do what the gateway's own form does for somebody who holds the client secret."""
    return await gateway.desk.answer(
        call, BY_HAND, lambda _: gateway.intents.confirm(intent_id, payment_method, None)
    )


@router.post("/authenticate/{intent_id}")
async def authenticate(
    intent_id: str, call: Hand, gateway: TheGateway, *, succeed: bool = True
) -> Response:
    return await gateway.desk.answer(
        call, BY_HAND, lambda _: gateway.intents.authenticate(intent_id, succeeds=succeed)
    )


@router.post("/refunds/{refund_id}/settle")
async def settle_refund(
    refund_id: str,
    call: Hand,
    gateway: TheGateway,
    status: Annotated[Literal["succeeded", "failed"], Query()],
) -> Response:
    def settled(_: object) -> Document:
        return gateway.refunds.settle(refund_id, status)

    return await gateway.desk.answer(call, BY_HAND, settled)


@router.get("/webhooks")
async def read_webhooks(gateway: TheGateway) -> Webhooks:
    return Webhooks(mode=gateway.deliveries.mode)


@router.post("/webhooks")
async def switch_webhooks(wanted: Webhooks, gateway: TheGateway) -> Webhooks:
    gateway.deliveries.switch(wanted.mode)
    return wanted


@router.post("/webhooks/release")
async def release_webhooks(gateway: TheGateway) -> Released:
    return Released(released=gateway.deliveries.release())
