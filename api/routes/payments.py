"""Payments: money that came in."""

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
from api.money import Payments
from api.problems import Code
from api.resources.payments import NewPayment, Payment, PaymentQuery, show_payment
from api.routing import accepted, refusing, router, unchanged, versioned
from api.shown import Listing
from db.reading import Record

routes = router("Money", "/v1/payments")


@routes.post(
    "",
    operation_id="takePayment",
    summary="Pay a bill, or a part of it: by card, or at the desk",
    status_code=201,
    response_model=Payment,
    responses={
        **versioned(201, "It is paid, and on its bill"),
        **accepted(),
        **refusing(
            Code.PAYMENT_DECLINED,
            Code.AMOUNT_EXCEEDS_DUE,
            Code.BILL_CLOSED,
            Code.BILL_HELD,
            Code.UNKNOWN_REFERENCE,
        ),
    },
)
async def take_payment(
    body: NewPayment, asked: AskedFor, door: CommandsOf, readers: ReadersOf
) -> Response:
    """Only the desk takes cash, transfers and what an insurer pays."""
    payments = Payments(asked.caller, readers)
    bill = await payments.bill_to_pay(body)
    return await door.start(
        asked,
        commands.take(bill, body),
        payments.taken,
        explained=payments.explain(bill),
    )


@routes.get(
    "",
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
    "/{payment_id}",
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
