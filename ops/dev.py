"""`hms dev`: everything on this machine, with a hospital in it, until one Ctrl-C."""

import asyncio
import json
import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from rich.console import Console
from rich.table import Table
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.appointments.contract import VisitNow
from ops.hospital import ACCOUNTS, an_id
from ops.processes import ChildFailedError
from ops.schedules import register
from ops.seed import seed
from ops.stack import NAMESPACE, Stack
from workflows.appointment_lifecycle import (
    LIFECYCLES,
    AppointmentLifecycleWorkflow,
    lifecycle_of,
)
from workflows.connection import connect

console = Console(highlight=False)
WAIT = 15.0


async def develop(  # noqa: PLR0913 - each is an option of the command
    state: Path, *, reset: bool, demo: bool, procs: bool, port_base: int, size: str
) -> int:
    """Start the stack, show it, and keep it running; the exit code of the command."""
    folder = state / "dev"
    if reset and folder.exists():
        console.print("forgetting everything that was there")
        shutil.rmtree(folder)
    stack = Stack(folder, port_base, procs, say=console.print)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        await until(stopping, begin(stack, size, demo=demo))
        if not stopping.is_set():
            await until(stopping, stack.keep_running())
    except ChildFailedError as failed:
        console.print(f"[red]{failed}[/red]")
        return 1
    finally:
        console.print("stopping")
        await stack.stop()
    return 0


async def until(stopping: asyncio.Event, work: Any) -> None:  # noqa: ANN401 - any coroutine
    """Do the work, unless somebody asks to stop."""
    task, asked = asyncio.ensure_future(work), asyncio.ensure_future(stopping.wait())
    await asyncio.wait([task, asked], return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if task.done():
        task.result()
    else:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def begin(stack: Stack, size: str, *, demo: bool) -> None:
    await stack.start()
    os.environ.update(stack.environment("users", "patients", "doctors", "appointments", "billing"))
    if size != "none" and not (stack.folder / "seeded").exists():
        console.print("filling the hospital with people and their past visits")
        missed = await seed(size, stack.secrets.demo_password)
        await give_life(missed)
        (stack.folder / "seeded").touch()
    await start_the_clock(stack)
    stack.accounts = accounts_of(stack)
    stack.write_state()
    show(stack)
    if demo:
        await book_one(stack)


async def give_life(visit: VisitNow) -> None:
    """Begin what a booking would have begun: within minutes the visit is one that was missed."""
    temporal = await connect("hms dev")
    with suppress(WorkflowAlreadyStartedError):
        await temporal.start_workflow(
            AppointmentLifecycleWorkflow.run,
            lifecycle_of(visit),
            id=f"appointment-{visit.visit.appointment_id}",
            task_queue=LIFECYCLES,
        )


async def start_the_clock(stack: Stack) -> None:
    """Register what is done every minute and every night; nothing of it is started by people."""
    where = f"127.0.0.1:{stack.ports['temporal']}"
    temporal = await Client.connect(where, namespace=NAMESPACE)
    names = [line.partition(":")[0] async for line in register(temporal)]
    console.print(f"the clock starts {', '.join(names)}")


def accounts_of(stack: Stack) -> dict[str, object]:
    more = {
        "PATIENT": {"patient_id": str(an_id("patient", 1))},
        "DOCTOR": {"doctor_id": str(an_id("doctor", "Okafor"))},
    }
    return {
        account.role: {
            "username": account.username,
            "password": stack.secrets.demo_password,
            **more.get(account.role, {}),
        }
        for account in ACCOUNTS
    }


def show(stack: Stack) -> None:
    places = Table(title="The hospital is open", show_header=False)
    for what, where in (
        ("API, its page", f"{stack.url('api')}/docs"),
        ("Temporal UI", stack.url("ui")),
        ("mail that was sent", stack.url("mail")),
        ("payment peer", f"{stack.url('payments')}/_control/intents"),
        ("state for scripts", str(stack.folder.parent / "dev.json")),
        ("logs", str(stack.folder / "logs")),
    ):
        places.add_row(what, where)
    logins = Table(title="Who can log in", show_header=True)
    for column in ("role", "username", "password"):
        logins.add_column(column)
    for account in ACCOUNTS:
        logins.add_row(account.role, account.username, stack.secrets.demo_password)
    console.print(places)
    console.print(logins)


async def book_one(stack: Stack) -> None:
    """Book a visit through the public API, as anybody would, and show how."""
    api = stack.url("api")
    async with httpx2.AsyncClient(base_url=api, timeout=WAIT) as client:
        login = {"username": "reception", "password": stack.secrets.demo_password}
        tokens = (await client.post("/v1/auth/login", json=login)).raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        doctor = an_id("doctor", "Night")
        body = await first_free(client, str(doctor))
        booked = await client.post(
            "/v1/appointments", json=body, headers={"Idempotency-Key": f"demo-{uuid4()}"}
        )
        booked.raise_for_status()
        visit = booked.json()
        following = await first_free(client, str(doctor))
    workflow = f"{stack.url('ui')}/namespaces/hms/workflows/book-{visit['id']}"
    console.print(
        f"\nbooked: {visit['status']} {visit['slot_start']} ({visit['timezone']}),"
        f" appointment {visit['id']}\nits process: {workflow}\n\nbook another:\n",
        soft_wrap=True,
    )
    print(curl(api, following, login))  # noqa: T201 - to be copied as it is, never wrapped


async def first_free(client: httpx2.AsyncClient, doctor: str) -> dict[str, Any]:
    """Make the body of a booking for the first slot that is free."""
    record = (await client.get(f"/v1/doctors/{doctor}")).raise_for_status().json()
    free = (await client.get(f"/v1/doctors/{doctor}/slots")).raise_for_status().json()
    return {
        "patient_id": str(an_id("patient", 2)),
        "doctor_id": doctor,
        "department_id": record["department_id"],
        "slot_start": free["data"][0]["slot_start"],
        "service_type": "CONSULTATION",
        "payment": {"mode": "pay_later"},
    }


def curl(api: str, body: dict[str, Any], login: dict[str, str]) -> str:
    return (
        f"TOKEN=$(curl -s {api}/v1/auth/login -H 'Content-Type: application/json'"
        f" -d '{json.dumps(login)}' | python3 -c 'import json,sys;"
        f'print(json.load(sys.stdin)["access_token"])\')\n'
        f'curl -i {api}/v1/appointments -H "Authorization: Bearer $TOKEN"'
        f" -H 'Content-Type: application/json' -H \"Idempotency-Key: $(date +%s)\""
        f" -d '{json.dumps(body)}'"
    )
