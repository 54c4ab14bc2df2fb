"""Stripe's endpoints, as far as a hospital uses them."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel

from deploy.peers.payments import orders
from deploy.peers.payments.calls import Call, received
from deploy.peers.payments.faults import Step, StepName
from deploy.peers.payments.gateway import Gateway, TheGateway
from deploy.peers.payments.refusals import Problem, Refused
from deploy.peers.payments.shapes import charge_of

READING = Step({"retrieve"})

TheCall = Annotated[Call, Depends(received)]


def authorised(gateway: TheGateway, authorization: Annotated[str | None, Header()] = None) -> None:
    expected = f"Bearer {gateway.secret_key}"
    if not hmac.compare_digest((authorization or "").encode(), expected.encode()):
        raise Refused(401, Problem(message="Invalid API Key provided."), is_final=False)


router = APIRouter(prefix="/v1", dependencies=[Depends(authorised)])


def step_of(gateway: Gateway, name: StepName, intent_id: str, method: str | None = None) -> Step:
    """Say what a request is about. A payment that is not there ends it here."""
    intent = gateway.payments.get(intent_id)
    return Step({name}, intent.metadata, intent.id, method or intent.payment_method)


@router.post("/payment_intents")
async def create_intent(call: TheCall, gateway: TheGateway) -> Response:
    order = call.read(orders.CreateIntent)
    names: set[StepName] = {"create", "authorise"} if order.confirm else {"create"}
    step = Step(names, order.metadata, method=order.payment_method)
    return await gateway.desk.answer(
        call, step, lambda decline: gateway.intents.create(order, decline)
    )


@router.post("/payment_intents/{intent_id}/confirm")
async def confirm_intent(intent_id: str, call: TheCall, gateway: TheGateway) -> Response:
    method = call.read(orders.ConfirmIntent).payment_method
    step = step_of(gateway, "authorise", intent_id, method)
    return await gateway.desk.answer(
        call, step, lambda decline: gateway.intents.confirm(intent_id, method, decline)
    )


@router.post("/payment_intents/{intent_id}/capture")
async def capture_intent(intent_id: str, call: TheCall, gateway: TheGateway) -> Response:
    amount = call.read(orders.CaptureIntent).amount_to_capture
    step = step_of(gateway, "capture", intent_id)
    return await gateway.desk.answer(
        call, step, lambda decline: gateway.intents.capture(intent_id, amount, decline)
    )


@router.post("/payment_intents/{intent_id}/cancel")
async def cancel_intent(intent_id: str, call: TheCall, gateway: TheGateway) -> Response:
    order = call.read(orders.CancelIntent)
    step = step_of(gateway, "cancel", intent_id)
    return await gateway.desk.answer(
        call, step, lambda decline: gateway.intents.cancel(intent_id, order, decline)
    )


@router.post("/refunds")
async def create_refund(call: TheCall, gateway: TheGateway) -> Response:
    order = call.read(orders.CreateRefund)
    intent = gateway.refunds.payment_of(order)
    about = {**intent.metadata, **order.metadata}
    step = Step({"refund"}, about, intent.id, intent.payment_method)
    return await gateway.desk.answer(
        call, step, lambda decline: gateway.refunds.create(order, decline)
    )


@router.get("/payment_intents")
async def list_intents(call: TheCall, gateway: TheGateway) -> Response:
    page = call.read(orders.Page)
    return await gateway.desk.answer(
        call, READING, lambda _: gateway.payments.page(page, call.path)
    )


@router.get("/payment_intents/search")
async def search_intents(call: TheCall, gateway: TheGateway) -> Response:
    search = call.read(orders.Search)

    def found(_: object) -> BaseModel:
        listing = gateway.payments.page(search, call.path, matching=search.matching())
        return listing.model_copy(update={"object": "search_result"})

    return await gateway.desk.answer(call, READING, found)


@router.get("/payment_intents/{intent_id}")
async def retrieve_intent(intent_id: str, call: TheCall, gateway: TheGateway) -> Response:
    step = step_of(gateway, "retrieve", intent_id)
    return await gateway.desk.answer(call, step, lambda _: gateway.payments.get(intent_id))


@router.get("/charges/{charge_id}")
async def retrieve_charge(charge_id: str, call: TheCall, gateway: TheGateway) -> Response:
    intent = gateway.refunds.payment_of(orders.CreateRefund(charge=charge_id))
    charge = charge_of(intent, gateway.refunds.total(intent, "succeeded"))
    return await gateway.desk.answer(call, READING, lambda _: charge)


@router.get("/refunds")
async def list_refunds(call: TheCall, gateway: TheGateway) -> Response:
    page = call.read(orders.RefundPage)
    matching = {"$.charge": page.charge} if page.charge else None
    return await gateway.desk.answer(
        call,
        READING,
        lambda _: gateway.returns.page(
            page, call.path, intent_id=page.payment_intent, matching=matching
        ),
    )


@router.get("/refunds/{refund_id}")
async def retrieve_refund(refund_id: str, call: TheCall, gateway: TheGateway) -> Response:
    return await gateway.desk.answer(call, READING, lambda _: gateway.returns.get(refund_id))


@router.get("/events")
async def list_events(call: TheCall, gateway: TheGateway) -> Response:
    page = call.read(orders.EventPage)
    matching = {"$.type": page.type} if page.type else None
    return await gateway.desk.answer(
        call, READING, lambda _: gateway.history.page(page, call.path, matching=matching)
    )


@router.get("/events/{event_id}")
async def retrieve_event(event_id: str, call: TheCall, gateway: TheGateway) -> Response:
    return await gateway.desk.answer(call, READING, lambda _: gateway.history.get(event_id))
