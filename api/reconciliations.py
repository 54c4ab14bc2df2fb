"""Asks for comparisons with the gateway's books, and reads what became of them."""

import base64
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, cast

from temporalio.client import WorkflowExecution, WorkflowExecutionDescription

from api.answers import Answer
from api.idempotency import Ids, Start, typed
from api.problems import Code, Problem
from api.processes import Processes, Wanted
from api.resources.reconciliations import Figures, NewReconciliation, Reconciliation
from db.reading import Page, Record
from workflows.reconcile_payments import (
    PaymentsReconciled,
    ReconcilePayments,
    ReconcilePaymentsWorkflow,
)
from workflows.saga_workflow import Outcome

TYPE = "ReconcilePaymentsWorkflow"
OF_A_DAY = re.compile(r"reconcile-(\d{4}-\d\d-\d\d)-.*")
DAY = timedelta(days=1)


def reconcile(body: NewReconciliation) -> Start[PaymentsReconciled]:
    def want(ids: Ids, correlation_id: str) -> Wanted[PaymentsReconciled]:
        return Wanted(
            id=id_of(body, ids),
            run=ReconcilePaymentsWorkflow.run,
            outcome=typed(ReconcilePaymentsWorkflow.outcome),
            request=ReconcilePayments(day=body.date),
            summary=f"Reconcile {body.date}",
            about={},
            correlation_id=correlation_id,
        )

    return Start("ReconcilePayments", (), want, path_of(f"reconcile-{body.date}-{{command}}"))


def path_of(workflow_id: str) -> str:
    return f"/v1/reconciliations/{workflow_id}"


def id_of(body: NewReconciliation, ids: Ids) -> str:
    return f"reconcile-{body.date}-{ids['command']}"


class Reconciliations:
    """The engine keeps them as long as its processes; what they found stays in the audit."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes

    async def get(self, workflow_id: str) -> dict[str, Any]:
        described = await self._processes.describe(workflow_id)
        if described.workflow_type != TYPE:
            raise Problem(Code.NOT_FOUND)
        result = None
        if described.close_time:
            ended = await self._processes.ended(workflow_id, Outcome[PaymentsReconciled])
            result = ended.result
        return shown_as(described, result).model_dump(mode="json")

    async def done(self, workflow_id: str, outcome: Outcome[PaymentsReconciled]) -> Answer:
        described = await self._processes.describe(workflow_id)
        body = shown_as(described, outcome.result).model_dump(mode="json")
        return Answer(201, body, {"Location": path_of(workflow_id)})

    async def page(self, limit: int, bookmark: str | None) -> Page:
        token = base64.b64decode(bookmark) if bookmark else None
        found = await self._processes.listed(f"WorkflowType = '{TYPE}'", limit, token)
        following = base64.b64encode(found.next).decode() if found.next else None
        return Page(cast("Sequence[Record]", found.processes), following)

    @staticmethod
    async def show(found: Sequence[Any]) -> list[dict[str, Any]]:
        return [shown_as(process).model_dump(mode="json") for process in found]


def shown_as(
    process: WorkflowExecution | WorkflowExecutionDescription,
    result: PaymentsReconciled | None = None,
) -> Reconciliation:
    return Reconciliation(
        id=process.id,
        date=day_of(process),
        state=process.status.name if process.status else "UNKNOWN",
        started_at=process.start_time,
        closed_at=process.close_time,
        figures=result and figures_of(result),
    )


def day_of(process: WorkflowExecution | WorkflowExecutionDescription) -> date:
    """Read the day that was asked for; the clock asks for the one before."""
    named = OF_A_DAY.fullmatch(process.id)
    return date.fromisoformat(named[1]) if named else (process.start_time - DAY).date()


def figures_of(result: PaymentsReconciled) -> Figures:
    return Figures(**result.model_dump(include=set(Figures.model_fields)))
