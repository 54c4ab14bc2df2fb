"""What probes ask."""

from typing import Any, Literal

from starlette.responses import JSONResponse

from api.dependencies import HealthOf
from api.fields import like
from api.routing import router
from api.shown import Shown

routes = router("Machines", "/health")


class Alive(Shown):
    model_config = like(status="ok")

    status: Literal["ok", "unavailable"]


UNAVAILABLE: dict[int | str, dict[str, Any]] = {
    503: {"model": Alive, "description": "It can't do its work now"}
}


@routes.get("/live", operation_id="isAlive", summary="Tell that the process runs")
async def is_alive() -> Alive:
    return Alive(status="ok")


@routes.get(
    "/ready",
    operation_id="isReady",
    summary="Tell whether it can do its work",
    response_model=Alive,
    responses=UNAVAILABLE,
)
@routes.get(
    "",
    operation_id="isHealthy",
    summary="Tell whether it can do its work",
    response_model=Alive,
    responses=UNAVAILABLE,
)
async def is_ready(health: HealthOf) -> JSONResponse:
    is_well = all((await health.look()).values())
    answer = Alive(status="ok" if is_well else "unavailable")
    return JSONResponse(answer.model_dump(), status_code=200 if is_well else 503)
