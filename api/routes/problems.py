"""What the codes of problems mean."""

from typing import Annotated

from fastapi import Path

from api.fields import like
from api.problems import DETAILS, Code, Problem
from api.routing import router
from api.shown import Shown

routes = router("Machines", "/problems")


class Explanation(Shown):
    model_config = like(
        code="slot-taken",
        status=409,
        title="This slot is no longer free",
        detail="Another visit was booked for this time. Nothing was charged.",
        retryable=False,
    )

    code: str
    status: int
    title: str
    detail: str
    retryable: bool


@routes.get("/{code}", operation_id="explainProblem", summary="Explain a problem")
async def explain_problem(code: Annotated[str, Path(max_length=100)]) -> Explanation:
    known = Code.named(code)
    if known is None:
        raise Problem(Code.NOT_FOUND)
    return Explanation(
        code=known.text,
        status=known.status,
        title=known.title,
        detail=DETAILS.get(known, f"{known.title}."),
        retryable=known.is_retryable,
    )
