"""Comparisons of our payments with the gateway's books."""

from typing import Annotated

from fastapi import Query
from starlette.responses import JSONResponse, Response

from api.answers import Answer
from api.dependencies import AskedFor, CommandsOf, ListsOf, ReconciliationsOf
from api.idempotency import Ids
from api.problems import Code
from api.reconciliations import id_of, reconcile
from api.resources.reconciliations import NewReconciliation, Reconciliation, ReconciliationQuery
from api.resources.sagas import WorkflowId
from api.routing import accepted, header, refusing, router
from api.shown import Listing
from workflows.reconcile_payments import PaymentsReconciled
from workflows.saga_workflow import Outcome

routes = router("Money", "/v1/reconciliations")


@routes.post(
    "",
    operation_id="reconcilePayments",
    summary="Compare a day's payments with the gateway's books, now",
    status_code=201,
    response_model=Reconciliation,
    responses={
        201: {
            "description": "It is compared; what is safe is repaired, and money never",
            "headers": {"Location": header("Where it is read")},
        },
        **accepted(),
    },
)
async def reconcile_payments(
    body: NewReconciliation,
    asked: AskedFor,
    door: CommandsOf,
    reconciliations: ReconciliationsOf,
) -> Response:
    """Every night the day before is compared by itself."""

    async def told(outcome: Outcome[PaymentsReconciled], ids: Ids) -> Answer:
        return await reconciliations.done(id_of(body, ids), outcome)

    return await door.start(asked, reconcile(body), told)


@routes.get(
    "",
    operation_id="listReconciliations",
    summary="List the comparisons with the gateway's books",
    response_model=Listing[Reconciliation],
    responses=refusing(Code.UNKNOWN_FILTER, Code.BAD_CURSOR),
)
async def list_reconciliations(
    query: Annotated[ReconciliationQuery, Query()],
    lists: ListsOf,
    reconciliations: ReconciliationsOf,
) -> JSONResponse:
    return await lists.answer(query, reconciliations.page, reconciliations.show)


@routes.get(
    "/{workflow_id}",
    operation_id="getReconciliation",
    summary="Read what a comparison found",
)
async def get_reconciliation(
    workflow_id: WorkflowId, reconciliations: ReconciliationsOf
) -> Reconciliation:
    return Reconciliation.model_validate(await reconciliations.get(workflow_id))
