"""Payments are compared with the books of the gateway, and what was found is read."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client

from activities.users.contract import Role
from api.processes import Processes
from api.reconciliations import Reconciliations
from tests.api.desk import Desk, Person, code_of
from tests.api.fakes import Asked, FakeProcesses
from tests.waiting import until
from workflows.reconcile_payments import (
    PaymentsReconciled,
    ReconcilePayments,
    ReconcilePaymentsWorkflow,
)
from workflows.saga_workflow import Outcome, Status

PATH, DAY = "/v1/reconciliations", "2026-11-25"
FIGURES = {"compared": 214, "nudged": 1, "begun": 0, "findings": 2}


@pytest.fixture
async def billing(desk: Desk) -> Person:
    return await desk.somebody(Role.BILLING)


@pytest.fixture(autouse=True)
def compared(processes: FakeProcesses) -> None:
    async def compare(wanted: Asked) -> Outcome[Any]:
        assert isinstance(wanted.request, ReconcilePayments)
        assert wanted.request.day
        result = PaymentsReconciled(day=wanted.request.day, changes=1, **FIGURES)
        return Outcome(status=Status.DONE, result=result)

    processes.book = compare


async def test_a_day_is_compared_and_read(
    desk: Desk, billing: Person, processes: FakeProcesses
) -> None:
    made = await desk.command(billing, PATH, {"date": DAY})
    processes.closed.add(processes.asked[0].id)
    read = (await desk.get(billing, made.headers["location"])).json()

    told = made.json()
    assert made.status_code == 201, made.text
    assert (told["date"], told["state"], told["figures"]) == (DAY, "RUNNING", FIGURES)
    assert (read["date"], read["state"], read["figures"]) == (DAY, "COMPLETED", FIGURES)
    (wanted,) = processes.asked
    assert wanted.request == ReconcilePayments(day=date(2026, 11, 25))
    assert wanted.id == told["id"]
    assert told["id"].startswith(f"reconcile-{DAY}-")
    assert str(UUID(told["id"][-36:])) == told["id"][-36:]


async def test_whoever_asks_twice_under_one_key_compares_once(
    desk: Desk, billing: Person, processes: FakeProcesses
) -> None:
    key = {"Idempotency-Key": "night"}

    first = await desk.command(billing, PATH, {"date": DAY}, **key)
    again = await desk.command(billing, PATH, {"date": DAY}, **key)

    assert again.json() == first.json()
    assert len(processes.asked) == 1


async def test_comparisons_are_listed_page_by_page(desk: Desk, billing: Person) -> None:
    days = ["2026-11-23", "2026-11-24", "2026-11-25"]
    for day in days:
        await desk.command(billing, PATH, {"date": day})

    first = await desk.get(billing, f"{PATH}?limit=2")
    rest = await desk.get(billing, first.headers["link"].partition("<")[2].partition(">")[0])

    listed = [*first.json()["data"], *rest.json()["data"]]
    assert [one["date"] for one in listed] == [*reversed(days)]
    assert (first.json()["has_more"], rest.json()["has_more"]) == (True, False)
    assert {one["figures"] for one in listed} == {None}


async def test_another_process_is_no_comparison(
    desk: Desk, billing: Person, processes: FakeProcesses
) -> None:
    patient = await desk.somebody(Role.PATIENT)
    processes.book = processes.take_slot
    await desk.book(patient)

    answers = [
        await desk.get(billing, f"{PATH}/{name}") for name in (processes.asked[0].id, "reconcile-1")
    ]

    assert [code_of(answer) for answer in answers] == [(404, "not-found")] * 2


@pytest.mark.parametrize("body", [{}, {"date": "25.11.2026"}, {"date": DAY, "x": 1}, {"date": 0}])
async def test_a_comparison_is_of_one_day(
    desk: Desk, billing: Person, processes: FakeProcesses, body: dict[str, object]
) -> None:
    assert code_of(await desk.command(billing, PATH, body)) == (422, "validation-failed")
    assert processes.asked == []


async def test_the_engine_lists_comparisons_and_nothing_else(client: Client) -> None:
    name, other = f"reconcile-{DAY}-{uuid4()}", f"cancel-{uuid4()}"
    reconciliations, nobody = Reconciliations(Processes(client)), "nobody-works-here"
    asked = ReconcilePayments(day=date(2026, 11, 25))
    await client.start_workflow(ReconcilePaymentsWorkflow.run, asked, id=name, task_queue=nobody)
    await client.start_workflow("CancelAppointmentWorkflow", id=other, task_queue=nobody)

    async def listed() -> list[str]:
        page = await reconciliations.page(50, None)
        return [one["id"] for one in await reconciliations.show(page.rows)]

    try:
        found = await until(listed, lambda names: name in names)
        told = await reconciliations.get(name)
    finally:
        for begun in (name, other):
            await client.get_workflow_handle(begun).terminate()

    assert other not in found
    assert (told["date"], told["state"], told["figures"]) == (DAY, "RUNNING", None)
