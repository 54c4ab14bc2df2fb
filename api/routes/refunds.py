"""Refunds: money that goes back."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import JSONResponse, Response

from api import answers
from api import money_commands as commands
from api.dependencies import (
    AskedFor,
    CallerOf,
    CommandsOf,
    IfNoneMatch,
    ListsOf,
    ReadersOf,
)
from api.fields import Id
from api.money import Refunds
from api.problems import Code
from api.resources.refunds import NewRefund, Refund, RefundQuery, show_refund
from api.routing import accepted, refusing, router, unchanged, versioned
from api.shown import Listing
from db.reading import Record

routes = router("Money", "/v1/refunds")


@routes.post(
    "",
    operation_id="refundPayment",
    summary="Give back money of a payment: it is credited on its bill, too",
    status_code=201,
    response_model=Refund,
    responses={
        **versioned(201, "It is decided; the money may be on its way"),
        **accepted(),
        **refusing(Code.PAYMENT_NOT_COMPLETED, Code.REFUND_EXCEEDS_PAYMENT, Code.UNKNOWN_REFERENCE),
    },
)
async def refund_payment(
    body: NewRefund, asked: AskedFor, door: CommandsOf, readers: ReadersOf
) -> Response:
    refunds = Refunds(asked.caller, readers)
    payment = await refunds.payment_to_refund(body)
    return await door.start(
        asked, commands.refund(payment, body), refunds.decided, explained=refunds.explain
    )


@routes.get(
    "",
    operation_id="listRefunds",
    summary="List refunds",
    response_model=Listing[Refund],
    responses=refusing(Code.UNKNOWN_FILTER, Code.BAD_CURSOR),
)
async def list_refunds(
    query: Annotated[RefundQuery, Query()], caller: CallerOf, lists: ListsOf, readers: ReadersOf
) -> JSONResponse:
    async def shown(rows: Sequence[Record]) -> list[dict[str, Any]]:
        return [show_refund(row) for row in rows]

    return await lists.answer(
        query,
        lambda limit, bookmark: readers.payments.list_refunds(
            query.filter, caller.sight, limit, bookmark
        ),
        shown,
    )


@routes.get(
    "/{refund_id}",
    operation_id="getRefund",
    summary="Read a refund",
    response_model=Refund,
    responses={**versioned(200, "The refund"), **unchanged()},
)
async def get_refund(
    refund_id: Id, caller: CallerOf, readers: ReadersOf, if_none_match: IfNoneMatch = None
) -> Response:
    row = await readers.payments.find_refund(refund_id, caller.sight)
    return answers.read(row, if_none_match, show_refund)
