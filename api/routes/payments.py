"""Payments and refunds: money that came in, and money that goes back."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import JSONResponse, Response

from api import answers
from api.dependencies import CallerOf, IfNoneMatch, ListsOf, ReadersOf
from api.fields import Id
from api.problems import Code
from api.resources.money import (
    Payment,
    PaymentQuery,
    Refund,
    RefundQuery,
    show_payment,
    show_refund,
)
from api.routing import refusing, router, unchanged, versioned
from api.shown import Listing
from db.reading import Record

routes = router("Money", "/v1")


@routes.get(
    "/payments",
    operation_id="listPayments",
    summary="List payments",
    response_model=Listing[Payment],
    responses=refusing(Code.UNKNOWN_FILTER, Code.BAD_CURSOR),
)
async def list_payments(
    query: Annotated[PaymentQuery, Query()], caller: CallerOf, lists: ListsOf, readers: ReadersOf
) -> JSONResponse:
    async def shown(rows: Sequence[Record]) -> list[dict[str, Any]]:
        return [show_payment(row) for row in rows]

    return await lists.answer(
        query,
        lambda limit, bookmark: readers.payments.list(
            query.filter, caller.sight, query.sort, limit, bookmark
        ),
        shown,
    )


@routes.get(
    "/payments/{payment_id}",
    operation_id="getPayment",
    summary="Read a payment",
    response_model=Payment,
    responses={**versioned(200, "The payment"), **unchanged()},
)
async def get_payment(
    payment_id: Id, caller: CallerOf, readers: ReadersOf, if_none_match: IfNoneMatch = None
) -> Response:
    row = await readers.payments.find(payment_id, caller.sight)
    return answers.read(row, if_none_match, show_payment)


@routes.get(
    "/refunds",
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
    "/refunds/{refund_id}",
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
