"""What machines say to us: the payment gateway, and Temporal's own pages."""

from typing import Annotated, Any, Literal

from asgi_correlation_id import correlation_id
from fastapi import Header
from starlette.requests import Request
from starlette.responses import JSONResponse

from activities.process import Origin
from activities.users.contract import Entry
from api.callers import Caller
from api.dependencies import AccountsOf, GatewayOf, PayloadsOf, ProcessesOf
from api.fields import like
from api.gateway import recording
from api.problems import Code, Problem
from api.routing import refusing, router
from api.shown import Shown
from workflows.origin import asking

routes = router("Machines")


class Taken(Shown):
    model_config = like(received=True)

    received: Literal[True] = True


def body(example: dict[str, Any]) -> dict[str, Any]:
    """Document a body that is read as it came."""
    content = {"application/json": {"schema": {"type": "object"}, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


@routes.post(
    "/webhooks/payments",
    operation_id="takePaymentEvent",
    summary="Take an event of the payment gateway; the same one twice is one",
    responses=refusing(Code.BAD_SIGNATURE, Code.MALFORMED_JSON),
    openapi_extra=body({"id": "evt_1", "type": "payment_intent.succeeded", "data": {}}),
)
async def take_payment_event(
    request: Request,
    gateway: GatewayOf,
    processes: ProcessesOf,
    stripe_signature: Annotated[str | None, Header()] = None,
) -> Taken:
    """The signature is of the very bytes that came, and counts for 300 seconds.

    200: it will be kept, and whoever waits for it will be woken. 503: send it again.
    """
    event = gateway.read(await request.body(), stripe_signature)
    asking.set(Origin(role="GATEWAY", correlation_id=correlation_id.get()))
    await processes.start(recording(event, correlation_id.get() or event.event_id))
    return Taken()


@routes.post(
    "/codec/decode",
    operation_id="decodePayloads",
    summary="Open sealed payloads, as Temporal's codec protocol asks",
    response_class=JSONResponse,
    responses=refusing(Code.MALFORMED_JSON),
    openapi_extra=body({"payloads": [{"metadata": {"encoding": "YmluYXJ5L2VuY3J5cHRlZA=="}}]}),
)
async def decode_payloads(
    request: Request,
    payloads: PayloadsOf,
    accounts: AccountsOf,
    x_namespace: Annotated[str, Header(max_length=255)],
) -> JSONResponse:
    """Every call is audited.

    In development (`HMS_API_DEVELOPMENT=true`), and only then, Temporal's page on this machine
    needs no token: its development server has no way to send one.
    """
    if payloads is None:
        raise Problem(Code.NOT_FOUND)
    answer = await payloads.decode(await request.body(), x_namespace)
    caller: Caller | None = getattr(request.state, "caller", None)
    await accounts.record(
        Entry(
            action="decodePayloads",
            outcome="DONE",
            actor_id=caller and caller.account_id,
            actor_role=caller.role if caller else "DEVELOPER",
            object_type="payloads",
            object_id=x_namespace,
            correlation_id=correlation_id.get(),
            details={"count": str(len(answer.get("payloads", [])))},
        )
    )
    return JSONResponse(answer)
