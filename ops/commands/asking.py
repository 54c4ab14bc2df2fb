"""What the commands that go through the API have in common: who asks, what is said, how it ends."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import typer
from httpx2 import HTTPError

from ops.commands import ending
from ops.commands.ending import FAILED, NOT_FOUND, STILL_RUNNING, USAGE
from ops.door import Body, Caller, Door, NobodyError, RefusedError, StillRunningError

AsJson = Annotated[bool, typer.Option("--json", help="Print what the API answers.")]
Key = Annotated[
    str | None, typer.Option(help="Of a command that failed: sends the same again, done once.")
]
ENDS = {404: NOT_FOUND, 422: USAGE}
"""How a command ends by the status of a problem; all others are failures."""
RULES = {"lead-time", "slot-not-offered", "patient-inactive", "doctor-unavailable"}
"""Refused with 422, though nothing is wrong with the words of the command."""


@contextmanager
def at_the_door(*, as_json: bool = False) -> Iterator[Door]:
    """Let ask; tell what the API answers, instead of a page of traceback."""
    caller = ending.read(Caller)
    try:
        with Door(caller) as door:
            yield door
    except NobodyError:
        told, code = "HMS_TOKEN, or HMS_USERNAME and HMS_PASSWORD, must say who asks", USAGE
    except StillRunningError as running:
        told, code = still_running(running.process, as_json=as_json), STILL_RUNNING
    except RefusedError as refused:
        told, code = refusal(refused, as_json=as_json), end_of(refused)
    except (HTTPError, ValueError) as error:
        told, code = f"{caller.api_url}: {type(error).__name__}", FAILED
    else:
        return
    raise ending.because(told, code)


@contextmanager
def commanding(key: str | None, *, as_json: bool) -> Iterator[Callable[[str, Body], Body]]:
    """Let send one command; when it was taken and failed, say the key that sends it again."""
    command_key = key or str(uuid4())
    try:
        with at_the_door(as_json=as_json) as door:
            yield lambda path, body: door.send(path, body, command_key)
    except typer.Exit as end:
        if end.exit_code in {FAILED, STILL_RUNNING}:
            typer.echo(f"hms: this very command again: --key {command_key}", err=True)
        raise


def show(body: Body, told: Callable[[Body], str], *, as_json: bool) -> None:
    typer.echo(json.dumps(body, indent=2, ensure_ascii=False) if as_json else told(body))


def still_running(process: Body, *, as_json: bool) -> str:
    if as_json:
        typer.echo(json.dumps(process, indent=2, ensure_ascii=False))
    return f"{process['type']} is {process['state']}: hms saga show {process['workflow_id']}"


def refusal(refused: RefusedError, *, as_json: bool) -> str:
    problem = refused.problem
    if as_json:
        typer.echo(json.dumps(problem, indent=2, ensure_ascii=False))
    return "\n     ".join([f"{problem['detail']} ({problem['code']})", *details_of(problem)])


def details_of(problem: Body) -> Iterator[str]:
    """Say what else the problem names: each on a line."""
    for name in ("decline_code", "current_status"):
        if name in problem:
            yield f"{name.replace('_', ' ')}: {problem[name]}"
    for error in problem.get("errors", []):
        place = error.get("pointer") or error.get("parameter") or "the request"
        yield f"{place}: {error['detail']}"
    for slot in problem.get("alternatives", []):
        yield f"free: {slot['slot_start']}"
    if "quote" in problem:
        yield f"it costs {money(problem['quote']['fee'])} now"
    for name, place in problem.get("links", {}).items():
        yield f"{name}: {place}"


def end_of(refused: RefusedError) -> int:
    return FAILED if refused.problem.get("code") in RULES else ENDS.get(refused.status, FAILED)


def money(amount: Mapping[str, str] | None) -> str:
    return f"{amount['amount']} {amount['currency']}" if amount else "nothing"


def wall_time(moment: str, timezone: str) -> str:
    local = datetime.fromisoformat(moment).astimezone(ZoneInfo(timezone))
    return f"{local:%a %d %b %Y %H:%M} ({timezone})"


def visit_line(visit: Mapping[str, Any]) -> str:
    when = wall_time(visit["slot_start"], visit["timezone"])
    return (
        f"{visit['id']}  {visit['status']:<10}  {when}  {visit.get('doctor_name') or ''}".rstrip()
    )
