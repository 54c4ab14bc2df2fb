"""Processes: how they stand, and what a person decides about them."""

from starlette.responses import JSONResponse

from api.dependencies import SagasOf
from api.problems import Code
from api.resources.sagas import Resolution, Saga, SagaInShort, WorkflowId
from api.routing import refusing, router

routes = router("Processes", "/v1/sagas")


@routes.get(
    "/{workflow_id}",
    operation_id="getSaga",
    summary="Tell how a process stands, and what came of it",
    response_model=Saga | SagaInShort,
)
async def get_saga(workflow_id: WorkflowId, sagas: SagasOf) -> JSONResponse:
    """Operators see its steps; whoever began it sees the short form, for 72 hours."""
    return JSONResponse(await sagas.show(workflow_id))


@routes.post(
    "/{workflow_id}/resolve",
    operation_id="resolveSaga",
    summary="Decide about a step that waits for a person",
    response_model=Saga,
    responses=refusing(Code.SAGA_NOT_PARKED),
)
async def resolve_saga(workflow_id: WorkflowId, body: Resolution, sagas: SagasOf) -> JSONResponse:
    return JSONResponse(await sagas.resolve(workflow_id, body))
