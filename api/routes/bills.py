"""Bills: what is owed, what was paid, what was credited."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import JSONResponse, Response

from api import answers
from api.dependencies import CallerOf, IfNoneMatch, ListsOf, ReadersOf
from api.fields import Id
from api.problems import Code, Problem
from api.resources.bills import Bill, BillQuery, show_adjustments, show_bill, show_lines
from api.routing import refusing, router, unchanged, versioned
from api.shown import Listing
from db.reading import Record

routes = router("Money", "/v1/bills")


@routes.get(
    "",
    operation_id="listBills",
    summary="List bills",
    response_model=Listing[Bill],
    responses=refusing(Code.UNKNOWN_FILTER, Code.BAD_CURSOR),
)
async def list_bills(
    query: Annotated[BillQuery, Query()], caller: CallerOf, lists: ListsOf, readers: ReadersOf
) -> JSONResponse:
    async def shown(rows: Sequence[Record]) -> list[dict[str, Any]]:
        return [show_bill(row) for row in rows]

    return await lists.answer(
        query,
        lambda limit, bookmark: readers.billing.list(
            query.filter, caller.sight, query.sort, limit, bookmark
        ),
        shown,
    )


@routes.get(
    "/{bill_id}",
    operation_id="getBill",
    summary="Read a bill with its lines and adjustments",
    response_model=Bill,
    responses={
        **versioned(200, "The bill"),
        **unchanged(),
    },
)
async def get_bill(
    bill_id: Id, caller: CallerOf, readers: ReadersOf, if_none_match: IfNoneMatch = None
) -> Response:
    row = await readers.billing.find(bill_id, caller.sight)
    if row is None:
        raise Problem(Code.NOT_FOUND)
    version, currency = row["version"], row["currency"]
    if answers.is_known(if_none_match, version):
        return Response(status_code=304, headers={"ETag": answers.etag(version)})
    body = show_bill(row)
    body["lines"] = show_lines(await readers.billing.lines(bill_id), currency)
    body["adjustments"] = show_adjustments(await readers.billing.adjustments(bill_id), currency)
    return answers.done(body, version).response()
